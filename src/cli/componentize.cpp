#include "cli/componentize.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/exit_status.hpp"
#include "engine/component_source.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

namespace hermes::cli {

namespace {

constexpr std::uint64_t kMaxCoreBytes = std::uint64_t{256} << 20;

// To a file beside `path` first, which then takes its place: whoever reads `path` sees the old or
// the new one.
Result<void> write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const auto refuse = [&](std::string_view what, const std::string& why) {
    return fail(ErrorCode::kSystem, fmt::format("{}: {}: {}", printable(path.string()), what, why));
  };
  std::filesystem::path beside = path;
  beside += fmt::format(".{}.part", getpid());
  std::error_code ignored;
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
      const std::string why = std::strerror(errno);
      std::filesystem::remove(beside, ignored);
      return refuse("cannot write it", why);
    }
  }
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  if (!error) return {};
  std::filesystem::remove(beside, ignored);
  return refuse("cannot write it", error.message());
}

Result<std::uint64_t> run(const ComponentizeCommandOptions& options) {
  const std::string core_name = printable(options.core.string());
  auto core = engine::read_file(options.core, kMaxCoreBytes);
  if (!core) return std::unexpected(std::move(core).error());
  if (core->empty()) return fail(ErrorCode::kInvalidArgument, core_name + ": the file is empty");
  switch (engine::recognise(*core)) {
    case engine::FileFormat::kCoreModule:
    case engine::FileFormat::kText:
      break;
    case engine::FileFormat::kComponent:
      return fail(ErrorCode::kInvalidArgument,
                  core_name + ": it is a component already; `hermes inspect` shows what is in it");
    case engine::FileFormat::kUnknown:
      return fail(
          ErrorCode::kInvalidArgument,
          core_name +
              ": it is neither a binary core module (which begins with the bytes 00 61 73 6d) nor "
              "WebAssembly text");
  }
  std::error_code error;
  if (!options.componentize.wit.empty() &&
      !std::filesystem::exists(options.componentize.wit, error)) {
    return fail(ErrorCode::kNotFound, "--wit " + printable(options.componentize.wit.string()) +
                                          ": there is no such file or folder");
  }
  auto component = wasm::componentize(*core, options.componentize);
  if (!component) return std::unexpected(std::move(component).error().with_context(core_name));
  if (auto written = write_file(options.output, *component); !written) {
    return std::unexpected(std::move(written).error());
  }
  return component->size();
}

}  // namespace

CLI::App& add_componentize(CLI::App& commands, ComponentizeCommandOptions& options) {
  using wasm::StringEncoding;
  static const std::map<std::string, StringEncoding> kEncodings = {
      {"utf8", StringEncoding::kUtf8},
      {"utf16", StringEncoding::kUtf16},
      {"compact-utf16", StringEncoding::kCompactUtf16}};
  CLI::App& command = *commands.add_subcommand(
      "componentize",
      "Make a component of a core module; the adapter for WASI preview 1 is built in");
  command.add_option("CORE", options.core, "Core module, binary or text (.wat)")
      ->required()
      ->type_name("");
  CLI::Option* wit =
      command
          .add_option(
              "--wit", options.componentize.wit,
              "Folder or file with the WIT of the module; not needed when the module carries "
              "its type")
          ->type_name("DIR");
  CLI::Option* world = command.add_option("--world", options.componentize.world, "The world in it")
                           ->type_name("WORLD");
  wit->needs(world);
  world->needs(wit);
  command.add_option("-o,--output", options.output, "File to write")->required()->type_name("OUT");
  command
      .add_option("--string-encoding", options.componentize.encoding,
                  "How the module keeps strings: utf8, utf16 or compact-utf16 (Latin-1 where it is "
                  "enough); "
                  "default: utf8")
      ->transform(CLI::CheckedTransformer(kEncodings).description(""))
      ->needs(wit)
      ->type_name("ENCODING");
  return command;
}

int run_componentize(const ComponentizeCommandOptions& options, const Console& console) {
  const auto written = run(options);
  if (!written) {
    console.error(written.error());
    return kFailure;
  }
  console.err() << fmt::format("{}: component, {}\n", printable(options.output.string()),
                               format_size(*written));
  return kSuccess;
}

}  // namespace hermes::cli
