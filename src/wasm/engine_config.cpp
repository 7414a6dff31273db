#include "wasm/engine_config.hpp"

#include "wasm/key_values.hpp"

#include <utility>

namespace hermes::wasm {
namespace {

/// The one list of settings: calls `visit(name, member)` for each.
template <class Config, class Visitor>
void for_each_setting(Config& config, Visitor&& visit) {
  visit("pooling", config.pooling);
  visit("pagemap_scan", config.pagemap_scan);
  visit("max_instances", config.max_instances);
  visit("max_core_instances_per_component", config.max_core_instances_per_component);
  visit("max_memories_per_component", config.max_memories_per_component);
  visit("max_tables_per_component", config.max_tables_per_component);
  visit("max_memory_bytes", config.max_memory_bytes);
  visit("max_table_elements", config.max_table_elements);
  visit("memory_keep_resident_bytes", config.memory_keep_resident_bytes);
  visit("table_keep_resident_bytes", config.table_keep_resident_bytes);
  visit("max_wasm_stack_bytes", config.max_wasm_stack_bytes);
  visit("fiber_stack_bytes", config.fiber_stack_bytes);
  visit("blocking_threads", config.blocking_threads);
}

}  // namespace

EngineConfig EngineConfig::defaults() {
  const hn_engine_config native = hn_engine_config_default();
  EngineConfig config;
  config.pooling = native.pooling;
  config.pagemap_scan = native.pagemap_scan;
  config.max_instances = native.max_instances;
  config.max_core_instances_per_component = native.max_core_instances_per_component;
  config.max_memories_per_component = native.max_memories_per_component;
  config.max_tables_per_component = native.max_tables_per_component;
  config.max_memory_bytes = native.max_memory_bytes;
  config.max_table_elements = native.max_table_elements;
  config.memory_keep_resident_bytes = native.memory_keep_resident_bytes;
  config.table_keep_resident_bytes = native.table_keep_resident_bytes;
  config.max_wasm_stack_bytes = native.max_wasm_stack_bytes;
  config.fiber_stack_bytes = native.fiber_stack_bytes;
  return config;
}

EngineConfig EngineConfig::on_demand() {
  EngineConfig config = defaults();
  config.pooling = false;
  return config;
}

hn_engine_config EngineConfig::to_native() const {
  hn_engine_config native{};
  native.pooling = pooling;
  native.pagemap_scan = pagemap_scan;
  native.max_instances = max_instances;
  native.max_core_instances_per_component = max_core_instances_per_component;
  native.max_memories_per_component = max_memories_per_component;
  native.max_tables_per_component = max_tables_per_component;
  native.max_memory_bytes = max_memory_bytes;
  native.max_table_elements = max_table_elements;
  native.memory_keep_resident_bytes = memory_keep_resident_bytes;
  native.table_keep_resident_bytes = table_keep_resident_bytes;
  native.max_wasm_stack_bytes = max_wasm_stack_bytes;
  native.fiber_stack_bytes = fiber_stack_bytes;
  return native;
}

std::string to_text(const EngineConfig& config) {
  KeyValueWriter writer;
  for_each_setting(config, [&](const char* name, auto value) {
    writer.add(name, static_cast<std::uint64_t>(value));
  });
  return std::move(writer).text();
}

Result<EngineConfig> parse_engine_config(std::string_view text) {
  auto reader = KeyValueReader::parse(text);
  if (!reader) return std::unexpected(std::move(reader.error()));
  EngineConfig config;
  for_each_setting(config, [&](const char* name, auto& value) { reader->take(name, value); });
  if (auto done = reader->finish(); !done) return std::unexpected(std::move(done.error()));
  return config;
}

}  // namespace hermes::wasm
