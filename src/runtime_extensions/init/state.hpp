// How one application wants the run to end.
#pragma once

#include "app/extension_state.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

namespace hermes::ext::init {

/// The exit status that an application has asked for. Any thread.
class InitState final : public app::ExtensionState {
 public:
  /// Returns whether this is the first request; only that counts.
  bool request(std::uint8_t status) {
    int none = kNone;
    return status_.compare_exchange_strong(none, status);
  }

  [[nodiscard]] std::optional<std::uint8_t> status() const {
    const int status = status_.load();
    if (status == kNone) return std::nullopt;
    return static_cast<std::uint8_t>(status);
  }

 private:
  static constexpr int kNone = -1;
  std::atomic<int> status_{kNone};
};

}  // namespace hermes::ext::init
