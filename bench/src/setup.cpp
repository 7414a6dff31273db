#include "setup.hpp"

#include <charconv>
#include <cstdint>
#include <utility>

namespace hermes::bench {

Result<void> change_setting(wasm::EngineConfig& config, const std::string& argument) {
  const auto equals = argument.find('=');
  std::uint64_t value = 0;
  const char* end = argument.data() + argument.size();
  if (equals == std::string::npos ||
      std::from_chars(argument.data() + equals + 1, end, value).ptr != end) {
    return fail(ErrorCode::kInvalidArgument, argument + " is not of the form SETTING=NUMBER");
  }
  const std::string name = argument.substr(0, equals);
  if (name == "memory_keep_resident_bytes") {
    config.memory_keep_resident_bytes = value;
  } else if (name == "table_keep_resident_bytes") {
    config.table_keep_resident_bytes = value;
  } else if (name == "max_instances") {
    config.max_instances = static_cast<std::uint32_t>(value);
  } else if (name == "pagemap_scan") {
    config.pagemap_scan = value != 0;
  } else {
    return fail(ErrorCode::kInvalidArgument, "unknown setting: " + name);
  }
  return {};
}

Result<RunningEngine> RunningEngine::start(const Setup& setup) {
  auto engine = wasm::Engine::create(setup.config);
  if (!engine) return std::unexpected(std::move(engine.error()));
  auto ticker = std::make_unique<wasm::EpochTicker>(*engine);
  return RunningEngine{std::move(*engine), std::move(ticker)};
}

Result<wasm::LoadedComponent> RunningEngine::load(const std::filesystem::path& file) const {
  const wasm::Compiler compiler;
  const auto bytes = wasm::read_component_file(file, compiler.limits().component_bytes);
  if (!bytes) return std::unexpected(bytes.error());
  return wasm::load_component(*engine, nullptr, compiler, *bytes);
}

}  // namespace hermes::bench
