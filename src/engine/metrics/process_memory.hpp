// What the process takes.
#pragma once

#include <cstdint>
#include <optional>

namespace hermes::engine {

/// Bytes of this process that are in memory (proc(5), statm); nothing where the system does not
/// say.
[[nodiscard]] std::optional<std::uint64_t> resident_bytes();

}  // namespace hermes::engine
