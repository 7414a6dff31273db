#include "components.hpp"

#include "hermes_native/wasm.h"
#include "wasm/component_loader.hpp"
#include "wasm/error.hpp"

#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace hermes::bench {
namespace {

constexpr std::uint64_t kMaxSourceBytes = std::uint64_t{1} << 20;

Result<void> write_file(const std::filesystem::path& to, std::string_view bytes) {
  std::ofstream file(to, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return fail(ErrorCode::kSystem, "cannot write " + to.string());
  return {};
}

/// A component made of a core module and a world of the benchmarks' WIT.
Result<void> write_component(const std::filesystem::path& core, const std::filesystem::path& wit,
                             std::string_view world, const std::filesystem::path& to) {
  const auto text = wasm::read_component_file(core, kMaxSourceBytes);
  if (!text) return std::unexpected(text.error());
  const std::string wit_path = wit.string();
  const hn_componentize_options options{
      .core = {reinterpret_cast<const std::uint8_t*>(text->data()), text->size()},
      .wit_path = wasm::to_native(wit_path),
      .world = wasm::to_native(world),
      .encoding = HN_STRING_UTF8,
  };
  hn_buffer* component = nullptr;
  if (auto made = wasm::check(hn_componentize(&options, &component)); !made) {
    return std::unexpected(std::move(made.error()).with_context(core.string()));
  }
  const wasm::NativeBuffer owned(component);
  return write_file(to, wasm::to_view(owned));
}

/// A component that is written as text.
Result<void> write_binary(const std::filesystem::path& source, const std::filesystem::path& to) {
  const auto text = wasm::read_component_file(source, kMaxSourceBytes);
  if (!text) return std::unexpected(text.error());
  hn_buffer* component = nullptr;
  const hn_bytes bytes{reinterpret_cast<const std::uint8_t*>(text->data()), text->size()};
  if (auto made = wasm::check(hn_wat_to_wasm(bytes, &component)); !made) {
    return std::unexpected(std::move(made.error()).with_context(source.string()));
  }
  const wasm::NativeBuffer owned(component);
  return write_file(to, wasm::to_view(owned));
}

}  // namespace

Result<void> write_components(const std::filesystem::path& bench_sources,
                              const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kSystem, folder.string() + ": " + error.message());
  const auto wit = bench_sources / "wit";
  const auto guests = bench_sources / "guests";
  if (auto made = write_component(guests / "event.wat", wit, "event-guest", folder / "event.wasm");
      !made)
    return made;
  if (auto made = write_component(guests / "spin.wat", wit, "event-guest", folder / "spin.wasm");
      !made)
    return made;
  if (auto made = write_component(guests / "calls.wat", wit, "call-guest", folder / "calls.wasm");
      !made)
    return made;
  return write_binary(guests / "touch.wat", folder / "touch.wasm");
}

}  // namespace hermes::bench
