#include "wasm/engine.hpp"

#include "wasm/error.hpp"

#include <utility>

namespace hermes::wasm {

Engine::Engine(const EngineConfig& config,
               std::unique_ptr<hn_runtime, NativeRuntimeDeleter> runtime,
               std::unique_ptr<hn_engine, NativeEngineDeleter> engine)
    : config_(config), runtime_(std::move(runtime)), engine_(std::move(engine)) {}

Result<std::shared_ptr<const Engine>> Engine::create(const EngineConfig& config) {
  hn_runtime* runtime = nullptr;
  if (auto made = check(hn_runtime_new(config.blocking_threads, &runtime)); !made) {
    return std::unexpected(std::move(made.error()).with_context("cannot start the WASI runtime"));
  }
  std::unique_ptr<hn_runtime, NativeRuntimeDeleter> owned_runtime(runtime);

  const hn_engine_config native = config.to_native();
  hn_engine* engine = nullptr;
  if (auto made = check(hn_engine_new(&native, &engine)); !made) {
    return std::unexpected(
        std::move(made.error()).with_context("cannot make a WebAssembly engine"));
  }
  std::unique_ptr<hn_engine, NativeEngineDeleter> owned_engine(engine);

  return std::shared_ptr<const Engine>(
      new Engine(config, std::move(owned_runtime), std::move(owned_engine)));
}

}  // namespace hermes::wasm
