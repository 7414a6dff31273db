// hermes playground: one application of the given components, until it is stopped.
#pragma once

#include "base/clock.hpp"
#include "cli/console.hpp"
#include "cli/session.hpp"
#include "engine/config.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hermes::cli {

struct PlaygroundOptions {
  std::vector<std::filesystem::path> components;
  /// Unset: made from the name of the first component.
  std::optional<std::string> application_name;
  /// Unset: runs until it is stopped.
  std::optional<std::uint64_t> timeout_ms;
  std::uint64_t grace_ms = 10'000;
  /// Unset: there is no listener for operators.
  std::optional<boost::asio::ip::tcp::endpoint> admin_address;
  /// Names that it answers under.
  std::vector<std::string> admin_hosts;
  /// An address, or the file of the gateway; unset: no HTTP requests are answered.
  std::optional<std::string> http;
  /// Unset: nothing survives the run.
  std::optional<std::filesystem::path> state_directory;
  LogSettings log;
  RunSettings run;
};

/// Declares the command with its options, which go to `options`.
CLI::App& add_playground(CLI::App& commands, PlaygroundOptions& options);

/// Runs it. Takes SIGINT, SIGTERM and SIGHUP over while it runs. The exit status is that of
/// init.done; 0 after the timeout or a signal; kFailure when something does not load or start.
int run_playground(const PlaygroundOptions& options, const Console& console);

}  // namespace hermes::cli
