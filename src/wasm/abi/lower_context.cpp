#include "wasm/abi/lower_context.hpp"

#include <fmt/format.h>

#include <utility>

namespace hermes::wasm::abi {

void LowerContext::fail(std::string message) { fail(HN_ERROR_HOST, std::move(message)); }

void LowerContext::fail(hn_error_kind kind, std::string message) {
  if (!failed_) {
    failed_ = true;
    call_.internals().failure = std::move(message);
    call_.internals().failure_kind = kind;
  }
}

void LowerContext::fail_handle_limit() {
  fail(HN_ERROR_LIMIT,
       fmt::format("the call has {} resources of the host already, which is its limit",
                   call_.resources().max_slots()));
}

void LowerContext::fail_size(const char* what, std::uint64_t bytes) {
  fail(HN_ERROR_LIMIT,
       fmt::format("{} of {} bytes does not fit into the guest's 32-bit memory", what, bytes));
}

}  // namespace hermes::wasm::abi
