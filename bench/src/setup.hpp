// What all measurements start from.
#pragma once

#include "base/result.hpp"
#include "wasm/component.hpp"
#include "wasm/component_loader.hpp"
#include "wasm/engine.hpp"
#include "wasm/epoch_ticker.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace hermes::bench {

struct Setup {
  /// Where the benchmark's components are.
  std::filesystem::path components;
  /// The engine settings that are measured.
  wasm::EngineConfig config;
};

/// "name=value" changes one of the settings, as in hermes-bench-peer.
[[nodiscard]] Result<void> change_setting(wasm::EngineConfig& config, const std::string& argument);

/// An engine that runs guests: with its ticker, as in production.
struct RunningEngine {
  std::shared_ptr<const wasm::Engine> engine;
  std::unique_ptr<wasm::EpochTicker> ticker;

  [[nodiscard]] static Result<RunningEngine> start(const Setup& setup);
  /// Compiles the component in `file` without a cache.
  [[nodiscard]] Result<wasm::LoadedComponent> load(const std::filesystem::path& file) const;
};

}  // namespace hermes::bench
