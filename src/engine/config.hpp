// Everything that can be configured of an engine.
#pragma once

#include "app/application.hpp"
#include "base/clock.hpp"
#include "event/limits.hpp"
#include "runtime_extensions/cron/config.hpp"
#include "runtime_extensions/http_gateway/config.hpp"
#include "runtime_extensions/logging/config.hpp"
#include "wasm/call_context.hpp"
#include "wasm/compile_cache.hpp"
#include "wasm/compiler.hpp"
#include "wasm/engine_config.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hermes::engine {

/// The listener for operators: page, metrics, health.
struct AdminConfig {
  /// Unset: none. Whoever reaches the address may read; there is no authentication.
  std::optional<boost::asio::ip::tcp::endpoint> address;
  /// Names, in lower case, that it answers under besides addresses and localhost.
  std::vector<std::string> host_names;
  /// The engine is not alive when something that has to go on all the time did not for this long.
  Duration stuck_after = std::chrono::seconds{5};
};

/// The defaults suit a small server. Each member is documented where its type is.
struct Config {
  wasm::EngineConfig wasm = wasm::EngineConfig::defaults();
  wasm::CompilerOptions compiler;
  /// Where compiled components are kept; unset: the user's cache directory.
  std::optional<std::filesystem::path> cache_directory;
  std::uint64_t cache_bytes = wasm::CompileCacheOptions::kDefaultMaxBytes;

  /// Where what has to survive a restart is kept; unset: nowhere, it is gone with the engine.
  std::optional<std::filesystem::path> state_directory;

  /// Threads that run guests; 0: one per processor.
  std::size_t workers = 0;
  event::QueueLimits queue;
  /// For applications whose specification says nothing else.
  app::ApplicationBounds application;
  wasm::CallContextLimits call_context;

  /// Of the program, for those who operate it.
  std::string version;
  AdminConfig admin;
  ext::cron::Config cron;
  /// Unset: no HTTP requests are answered.
  std::optional<ext::http_gateway::Config> http;
  ext::logging::Config logging;
};

/// How long what is under way may take when an application is stopped.
inline constexpr Duration kDefaultGrace = std::chrono::seconds{10};

}  // namespace hermes::engine
