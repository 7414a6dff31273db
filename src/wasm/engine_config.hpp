// The settings of a WebAssembly engine, and their text form for the command line of a compile
// worker.
#pragma once

#include "base/result.hpp"
#include "hermes_native/wasm.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hermes::wasm {

/// What an Engine is made with. Mirrors hn_engine_config, where the bounds are documented; the
/// values given here are not used: start from defaults(), so that there is one place that knows
/// them.
struct EngineConfig {
  /// Instances come from a pool of fixed slots; otherwise memory is mapped per instance (tools,
  /// tests).
  bool pooling = false;
  /// Reset slots by asking the kernel which pages were written (Linux 6.7 and newer); ignored
  /// elsewhere.
  bool pagemap_scan = false;
  /// Component instances that can live at the same time.
  std::uint32_t max_instances = 0;
  /// What one component may hold.
  std::uint32_t max_core_instances_per_component = 0;
  std::uint32_t max_memories_per_component = 0;
  std::uint32_t max_tables_per_component = 0;
  /// Upper bounds of one linear memory (bytes) and one table (elements).
  std::size_t max_memory_bytes = 0;
  std::size_t max_table_elements = 0;
  /// Bytes of a slot that are cleared by writing when it is reset, instead of being given back to
  /// the kernel. docs/decisions/0032-pool-settings.md has what they cost.
  std::size_t memory_keep_resident_bytes = 0;
  std::size_t table_keep_resident_bytes = 0;
  /// Stack for WebAssembly code, and the whole stack of a call, which must be larger.
  std::size_t max_wasm_stack_bytes = 0;
  std::size_t fiber_stack_bytes = 0;
  /// Threads that WASI's blocking file operations may use together, at least 1. Not part of
  /// compiled code.
  std::uint32_t blocking_threads = 8;

  /// The settings for a small server.
  [[nodiscard]] static EngineConfig defaults();
  /// The settings for tools and tests that run a few instances: the defaults without a pool.
  [[nodiscard]] static EngineConfig on_demand();

  [[nodiscard]] hn_engine_config to_native() const;

  bool operator==(const EngineConfig&) const = default;
};

/// "pooling=1,pagemap_scan=1,...": every setting by its name.
[[nodiscard]] std::string to_text(const EngineConfig& config);

/// Reads what to_text() wrote. Every setting must be there exactly once; anything else is refused
/// and named.
[[nodiscard]] Result<EngineConfig> parse_engine_config(std::string_view text);

}  // namespace hermes::wasm
