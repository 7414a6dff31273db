#include "wasm/component_loader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace hermes::wasm {
namespace {

using Clock = std::chrono::steady_clock;

/// Tells the usual mistakes apart before a process is started for them. What passes may still be
/// malformed.
Result<void> check_preamble(std::span<const std::byte> bytes) {
  constexpr std::array<char, 4> kMagic{'\0', 'a', 's', 'm'};
  // After the magic number come the version and the layer (component model, Binary.md).
  constexpr std::array<char, 4> kCoreModule{'\1', '\0', '\0', '\0'};
  const auto starts_with = [&](std::size_t offset, const std::array<char, 4>& expected) {
    return bytes.size() >= offset + 4 &&
           std::memcmp(bytes.data() + offset, expected.data(), 4) == 0;
  };
  if (!starts_with(0, kMagic)) {
    return fail(ErrorCode::kInvalidComponent,
                "it is not WebAssembly: a binary component starts with \\0asm");
  }
  if (starts_with(4, kCoreModule)) {
    return fail(
        ErrorCode::kInvalidComponent,
        "it is a core module, not a component: make a component of it with `hermes componentize`");
  }
  return {};
}

/// A component from the cache, or nothing. An entry that verifies but does not load is one that
/// this build of the engine cannot use: it goes.
std::optional<Component> load_from_cache(const Engine& engine, const CompileCache& cache,
                                         const CompileCacheKey& key,
                                         std::vector<std::string>& warnings) {
  auto found = cache.find(key);
  std::ranges::move(found.warnings, std::back_inserter(warnings));
  if (!found.artefact) return std::nullopt;
  auto component = Component::load_trusted(engine, found.artefact->file);
  if (component) return std::move(*component);
  warnings.push_back("the compile cache entry " +
                     (cache.directory() / CompileCache::file_name(key)).string() +
                     " cannot be loaded and was removed: " + component.error().message);
  cache.remove(key);
  return std::nullopt;
}

/// Adds `artefact` to the cache and loads it from there, where its memory can be shared; from
/// memory when that fails.
Result<Component> load_compiled(const Engine& engine, const CompileCache* cache,
                                const CompileCacheKey& key, const CompiledArtefact& artefact,
                                std::vector<std::string>& warnings) {
  if (cache != nullptr) {
    auto stored = cache->store(key, artefact);
    if (stored) {
      std::ranges::move(stored->warnings, std::back_inserter(warnings));
      auto component = Component::load_trusted(engine, stored->artefact.file);
      if (component) return component;
      warnings.push_back(component.error().message);
    } else {
      warnings.push_back(stored.error().message +
                         "; the component will be compiled again next time");
    }
  }
  return Component::load_trusted(engine, artefact.file);
}

}  // namespace

Result<LoadedComponent> load_component(const Engine& engine, const CompileCache* cache,
                                       const Compiler& compiler, std::span<const std::byte> bytes,
                                       const CompileObserver& observer,
                                       const std::stop_token& stop) {
  const auto start = Clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
  };
  if (auto plausible = check_preamble(bytes); !plausible)
    return std::unexpected(std::move(plausible.error()));

  const Digest digest = sha256(bytes);
  const auto key = CompileCacheKey::of(digest, engine.fingerprint());
  std::vector<std::string> warnings;
  if (cache != nullptr) {
    if (auto component = load_from_cache(engine, *cache, key, warnings)) {
      return LoadedComponent{std::move(*component), digest, true, elapsed(), std::move(warnings)};
    }
  }
  auto artefact = compiler.compile(engine.config(), bytes, observer, stop);
  if (!artefact) return std::unexpected(std::move(artefact.error()));
  auto component = load_compiled(engine, cache, key, *artefact, warnings);
  if (!component) return std::unexpected(std::move(component.error()));
  return LoadedComponent{std::move(*component), digest, false, elapsed(), std::move(warnings)};
}

Result<std::vector<std::byte>> read_component_file(const std::filesystem::path& path,
                                                   std::uint64_t max_bytes) {
  const auto context = [&](Error error) {
    return std::unexpected(std::move(error).with_context(path.string()));
  };
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT)
    return context(Error{ErrorCode::kNotFound, "there is no such file"});
  if (!file) return context(system_error("cannot open", errno));
  const auto size = size_of(file);
  if (!size) return context(size.error());
  if (*size > max_bytes) {
    return context(
        Error{ErrorCode::kLimit, "it has " + std::to_string(*size) + " bytes, more than the " +
                                     std::to_string(max_bytes) + " that a component may have"});
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(*size));
  if (auto read = read_exactly(file, 0, bytes); !read) return context(std::move(read.error()));
  return bytes;
}

Result<std::filesystem::path> default_cache_directory() {
  // The specification of XDG base directories: a relative value is to be ignored.
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/') {
    return std::filesystem::path(cache) / "hermes" / "compiled";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') {
    return std::filesystem::path(home) / ".cache" / "hermes" / "compiled";
  }
  return fail(ErrorCode::kNotFound,
              "no folder for compiled components: neither XDG_CACHE_HOME nor HOME names one. Set "
              "one of them");
}

}  // namespace hermes::wasm
