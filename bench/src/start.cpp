#include "start.hpp"

#include "wasm/instance_pre.hpp"
#include "wasm/linker.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace hermes::bench {
namespace {

/// A cache folder of its own, removed when the object goes.
class FreshCache {
 public:
  FreshCache() {
    std::string name = (std::filesystem::temp_directory_path() / "hermes-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  FreshCache(const FreshCache&) = delete;
  FreshCache& operator=(const FreshCache&) = delete;
  ~FreshCache() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Result<wasm::CompileCache> open() const { return wasm::CompileCache::open({.directory = path_}); }

 private:
  std::filesystem::path path_;
};

Result<double> start(const Setup& setup, const std::string& file, bool cached) {
  auto engine = wasm::Engine::create(setup.config);
  if (!engine) return std::unexpected(std::move(engine.error()));
  // What the engine offers is put together once, before the first component is loaded.
  auto linker = wasm::Linker::create(**engine);
  if (!linker) return std::unexpected(std::move(linker.error()));
  if (auto added = linker->add_wasi(); !added) return std::unexpected(std::move(added.error()));
  const FreshCache folder;
  const auto cache = folder.open();
  if (!cache) return std::unexpected(cache.error());
  const wasm::Compiler compiler;
  if (cached) {
    const auto bytes = wasm::read_component_file(file, compiler.limits().component_bytes);
    if (!bytes) return std::unexpected(bytes.error());
    const auto warm = wasm::load_component(**engine, &*cache, compiler, *bytes);
    if (!warm) return std::unexpected(warm.error());
  }

  const auto begin = std::chrono::steady_clock::now();
  const auto bytes = wasm::read_component_file(file, compiler.limits().component_bytes);
  if (!bytes) return std::unexpected(bytes.error());
  const auto loaded = wasm::load_component(**engine, &*cache, compiler, *bytes);
  if (!loaded) return std::unexpected(loaded.error());
  if (loaded->from_cache != cached)
    return fail(ErrorCode::kInternal, "the compile cache did not do what it should");
  // The benchmark has no extensions: what the component wants of them traps when it is called.
  if (auto trapped = linker->trap_missing_imports(loaded->component); !trapped) {
    return std::unexpected(std::move(trapped.error()));
  }
  const auto pre = wasm::InstancePre::create(*linker, loaded->component);
  if (!pre) return std::unexpected(pre.error());
  const std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - begin;
  return elapsed.count();
}

}  // namespace

Result<double> start_cold(const Setup& setup, const std::string& file) {
  return start(setup, file, false);
}

Result<double> start_cached(const Setup& setup, const std::string& file) {
  return start(setup, file, true);
}

}  // namespace hermes::bench
