#include "app/module_id.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace hermes::app {

ModuleId ModuleId::of(std::string_view application_name, const wasm::Digest& component) {
  const std::span name = std::as_bytes(std::span(application_name));
  std::vector<std::byte> bytes(name.begin(), name.end());
  bytes.push_back(std::byte{0});
  bytes.insert(bytes.end(), component.begin(), component.end());
  return ModuleId(wasm::sha256(bytes));
}

}  // namespace hermes::app
