// What a module is called across restarts.
#pragma once

#include "wasm/digest.hpp"

#include <compare>
#include <string>
#include <string_view>

namespace hermes::app {

/// Identifies a module of an application by what it is: the same component in an application of the
/// same name has the same id in every run and on every machine; another component, or another
/// application, has another one.
class ModuleId {
 public:
  /// SHA-256 over the application's name, a zero byte, and the SHA-256 of the component.
  static ModuleId of(std::string_view application_name, const wasm::Digest& component);

  /// 16 hexadecimal digits: enough for people and logs.
  [[nodiscard]] std::string short_text() const { return wasm::to_hex(digest_).substr(0, 16); }
  /// 64 hexadecimal digits.
  [[nodiscard]] std::string text() const { return wasm::to_hex(digest_); }

  friend auto operator<=>(const ModuleId&, const ModuleId&) = default;

 private:
  explicit ModuleId(const wasm::Digest& digest) : digest_(digest) {}
  wasm::Digest digest_;
};

}  // namespace hermes::app
