// Calls of host functions by a guest, in loops inside of one instance.
#pragma once

#include "base/result.hpp"
#include "setup.hpp"

#include <cstdint>

namespace hermes::bench {

/// Nanoseconds of a call without parameters and result.
[[nodiscard]] Result<double> host_call_noop(const Setup& setup);
/// Nanoseconds of a call with a record of two strings and a bool, that returns a bool.
[[nodiscard]] Result<double> host_call_string(const Setup& setup);
/// Nanoseconds of a call with a list of `size` bytes, that returns as many.
[[nodiscard]] Result<double> host_call_bytes(const Setup& setup, std::uint32_t size);
/// Bytes per nanosecond (GB/s) from the guest to the host, and from the host to the guest.
[[nodiscard]] Result<double> bytes_in(const Setup& setup, std::uint32_t size);
[[nodiscard]] Result<double> bytes_out(const Setup& setup, std::uint32_t size);

}  // namespace hermes::bench
