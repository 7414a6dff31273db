// The function of hermes:logging/api.
#pragma once

#include "wit/logging/api.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace hermes::ext::logging {

class LoggingExtension;

/// Passes records on to the extension. Any thread.
class LoggingHost final : public wit::logging::api::Host {
 public:
  explicit LoggingHost(LoggingExtension& extension) : extension_(extension) {}

  wasm::HostResult<void> log(wasm::CallContext& call, wit::logging::api::Level level,
                             const std::optional<std::string_view>& file,
                             const std::optional<std::string_view>& function,
                             std::optional<std::uint32_t> line, std::optional<std::uint32_t> col,
                             const std::optional<std::string_view>& ctx, std::string_view msg,
                             const std::optional<std::string_view>& data) override;

 private:
  LoggingExtension& extension_;
};

}  // namespace hermes::ext::logging
