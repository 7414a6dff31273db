#include "wasm/abi/lift_context.hpp"

#include <fmt/format.h>

#include <utility>

namespace hermes::wasm::abi {

bool LiftContext::fail(std::string message) {
  call_.internals().failure = std::move(message);
  call_.internals().failure_kind = HN_ERROR_TRAP;
  return false;
}

bool LiftContext::fail_discriminant(const char* what, std::uint32_t found, std::uint32_t cases) {
  return fail(fmt::format("{} discriminant {} is not one of its {} cases", what, found, cases));
}

bool LiftContext::fail_char(std::uint32_t found) {
  return fail(fmt::format("char {:#x} is not a Unicode scalar value", found));
}

bool LiftContext::fail_handle(const char* what, std::uint32_t representation) {
  return fail(fmt::format("{} handle stands for slot {}, where there is no resource of its type",
                          what, representation));
}

bool LiftContext::fail_alignment(const char* what, std::uint32_t pointer, std::uint32_t alignment) {
  return fail(fmt::format("{} pointer {} is not aligned to {} bytes", what, pointer, alignment));
}

bool LiftContext::fail_bounds(const char* what, std::uint32_t pointer, std::uint64_t bytes) {
  return fail(fmt::format("{} pointer {} + {} bytes is outside of the memory of {} bytes", what,
                          pointer, bytes, memory_size_));
}

bool LiftContext::fail_budget() {
  fail(fmt::format("the values of one call are larger than {} bytes, which is its limit",
                   call_.limits().lift_bytes));
  call_.internals().failure_kind = HN_ERROR_LIMIT;
  return false;
}

}  // namespace hermes::wasm::abi
