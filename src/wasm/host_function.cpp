#include "wasm/host_function.hpp"

#include "wasm/error.hpp"

#include <string>

namespace hermes::wasm {
namespace {

std::string prefix(const FunctionType& type) {
  std::string text("call of ");
  if (!type.interface_name.empty()) {
    text += type.interface_name;
    text += '.';
  }
  text += type.name;
  text += ": ";
  return text;
}

}  // namespace

hn_error* take_failure(CallContext& context, const FunctionType& type) {
  CallContext::Internals& internals = context.internals();
  const std::string text = prefix(type) + internals.failure;
  internals.failure.clear();
  return hn_error_new(internals.failure_kind, to_native(text));
}

hn_error* make_host_error(const Trap& trap, const FunctionType& type) {
  const std::string text = prefix(type) + trap.message;
  return hn_error_new(HN_ERROR_HOST, to_native(text));
}

}  // namespace hermes::wasm
