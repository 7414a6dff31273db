// Every codec, for generated code.
#pragma once

#include "wasm/abi/codec.hpp"          // IWYU pragma: export
#include "wasm/abi/flags_codec.hpp"    // IWYU pragma: export
#include "wasm/abi/handle_codec.hpp"   // IWYU pragma: export
#include "wasm/abi/list_codec.hpp"     // IWYU pragma: export
#include "wasm/abi/product_codec.hpp"  // IWYU pragma: export
#include "wasm/abi/scalar_codec.hpp"   // IWYU pragma: export
#include "wasm/abi/string_codec.hpp"   // IWYU pragma: export
#include "wasm/abi/sum_codec.hpp"      // IWYU pragma: export
