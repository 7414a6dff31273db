#include "wasm/testing/guest_component.hpp"

#include "wasm/error.hpp"
#include "wasm/file_descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace hermes::wasm::testing {
namespace {

hn_bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Result<Component> compile(const Engine& engine, hn_bytes component) {
  const hn_engine_config config = engine.config().to_native();
  hn_buffer* artefact = nullptr;
  if (auto compiled = check(hn_component_compile(&config, component, &artefact)); !compiled) {
    return std::unexpected(std::move(compiled).error());
  }
  const NativeBuffer owned(artefact);
  auto file = make_memory_file("guest");
  if (!file) return std::unexpected(std::move(file).error());
  const hn_bytes bytes = hn_buffer_bytes(artefact);
  if (auto written = write_all(*file, std::as_bytes(std::span(bytes.data, bytes.size))); !written) {
    return std::unexpected(std::move(written).error());
  }
  if (auto sealed = seal(*file); !sealed) return std::unexpected(std::move(sealed).error());
  return Component::load_trusted(engine, *file);
}

}  // namespace

Result<Component> build_guest(const Engine& engine, std::string_view core, std::string_view world,
                              hn_string_encoding encoding) {
  const std::string wit = HERMES_SOURCE_DIR "/src/wasm/testing/wit";
  const hn_componentize_options options{.core = bytes_of(core),
                                        .wit_path = to_native(wit),
                                        .world = to_native(world),
                                        .encoding = encoding};
  hn_buffer* component = nullptr;
  if (auto made = check(hn_componentize(&options, &component)); !made) {
    return std::unexpected(std::move(made).error());
  }
  const NativeBuffer owned(component);
  return compile(engine, hn_buffer_bytes(component));
}

Result<Component> compile_guest(const Engine& engine, std::string_view component) {
  hn_buffer* binary = nullptr;
  if (auto made = check(hn_wat_to_wasm(bytes_of(component), &binary)); !made) {
    return std::unexpected(std::move(made).error());
  }
  const NativeBuffer owned(binary);
  return compile(engine, hn_buffer_bytes(binary));
}

}  // namespace hermes::wasm::testing
