// The version of this build.
#pragma once

#include <string_view>

namespace hermes::cli {

/// "0.1.0": that of the CMake project.
[[nodiscard]] std::string_view version();

}  // namespace hermes::cli
