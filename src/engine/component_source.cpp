#include "engine/component_source.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "wasm/component_loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

namespace hermes::engine {

namespace {

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::unexpected<Error> refuse(const std::filesystem::path& path, ErrorCode code,
                              std::string_view what) {
  return fail(code, fmt::format("{}: {}", printable(path.string()), what));
}

}  // namespace

FileFormat recognise(std::span<const std::byte> bytes) {
  using namespace std::string_view_literals;
  std::string_view text = as_text(bytes.first(std::min<std::size_t>(bytes.size(), 4096)));
  if (text.starts_with("\0asm"sv)) {
    // The version and the layer follow: component model, Binary.md.
    if (text.substr(4).starts_with("\1\0\0\0"sv)) return FileFormat::kCoreModule;
    return FileFormat::kComponent;
  }
  // Text begins with a comment or a parenthesis.
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!text.starts_with(";;")) break;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
  return text.starts_with("(") ? FileFormat::kText : FileFormat::kUnknown;
}

Result<std::vector<std::byte>> read_file(const std::filesystem::path& path,
                                         std::uint64_t max_bytes) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return refuse(path, ErrorCode::kNotFound, "there is no such file");
  }
  if (error) return refuse(path, ErrorCode::kSystem, error.message());
  if (status.type() == std::filesystem::file_type::directory) {
    return refuse(path, ErrorCode::kInvalidArgument, "it is a directory; name a file in it");
  }
  if (status.type() != std::filesystem::file_type::regular) {
    return refuse(path, ErrorCode::kInvalidArgument, "it is not a regular file");
  }
  return wasm::read_component_file(path, max_bytes);
}

Result<ComponentSource> read_component(const std::filesystem::path& path, std::uint64_t max_bytes) {
  auto bytes = read_file(path, max_bytes);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  if (bytes->empty()) return refuse(path, ErrorCode::kInvalidComponent, "the file is empty");
  switch (recognise(*bytes)) {
    case FileFormat::kComponent:
      break;
    case FileFormat::kCoreModule:
      return refuse(path, ErrorCode::kInvalidComponent,
                    "it is a core module, not a component; make a component of it with `hermes "
                    "componentize`");
    case FileFormat::kText:
      return refuse(path, ErrorCode::kInvalidComponent,
                    "it is WebAssembly text, and only binary components are loaded; `hermes "
                    "componentize` makes a "
                    "component of a core module in text form");
    case FileFormat::kUnknown:
      return refuse(path, ErrorCode::kInvalidComponent,
                    "it is not WebAssembly: a component begins with the bytes 00 61 73 6d");
  }
  return ComponentSource{path, path.stem().string(), std::move(*bytes)};
}

}  // namespace hermes::engine
