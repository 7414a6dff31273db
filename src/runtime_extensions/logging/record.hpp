// From the arguments of `log` to a line of the engine's log.
#pragma once

#include "base/log.hpp"
#include "runtime_extensions/logging/config.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace hermes::ext::logging {

/// The arguments of `log`, borrowed.
struct Record {
  LogLevel level = LogLevel::kInfo;
  std::optional<std::string_view> file{};
  std::optional<std::string_view> function{};
  std::optional<std::uint32_t> line{};
  std::optional<std::uint32_t> column{};
  std::optional<std::string_view> context{};
  std::string_view message{};
  std::optional<std::string_view> data{};
};

/// The bytes of all its texts.
std::uint64_t bytes_of(const Record& record);

/// Writes the record, with texts cut to the bounds of `config`.
void write(Log& log, const LogScope& scope, const Record& record, const Config& config);

}  // namespace hermes::ext::logging
