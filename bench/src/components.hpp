// The components that the benchmarks run, made from bench/guests and bench/wit.
#pragma once

#include "base/result.hpp"

#include <filesystem>

namespace hermes::bench {

/// Writes `event.wasm`, `calls.wasm` and `touch.wasm` to `folder`, which is made if need be.
[[nodiscard]] Result<void> write_components(const std::filesystem::path& bench_sources,
                                            const std::filesystem::path& folder);

}  // namespace hermes::bench
