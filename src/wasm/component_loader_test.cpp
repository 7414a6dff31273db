#include "wasm/component_loader.hpp"

#include "base/testing/temporary_directory.hpp"
#include "wasm/error.hpp"
#include "wasm/testing/in_child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

namespace hermes::wasm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::byte> binary(std::string_view text) {
  hn_buffer* wasm = nullptr;
  const auto made = check(
      hn_wat_to_wasm({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, &wasm));
  if (!made) {
    ADD_FAILURE() << made.error().message;
    return {};
  }
  const NativeBuffer owned(wasm);
  const auto bytes = std::as_bytes(std::span(to_view(owned)));
  return {bytes.begin(), bytes.end()};
}

class ComponentLoaderTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    // With and without a pool: compiled code must fit the engine either way.
    EngineConfig config = GetParam() ? EngineConfig::defaults() : EngineConfig::on_demand();
    config.max_instances = 4;
    auto engine = Engine::create(config);
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = *engine;
    auto cache = CompileCache::open({.directory = folder_ / "cache"});
    ASSERT_TRUE(cache) << cache.error().message;
    cache_.emplace(std::move(*cache));
  }
  Result<LoadedComponent> load() { return load_component(*engine_, &*cache_, compiler_, bytes_); }
  std::string entry_path() const {
    return folder_ / "cache/" +
           CompileCache::file_name(CompileCacheKey::of(sha256(bytes_), engine_->fingerprint()));
  }

  TemporaryDirectory folder_;
  std::shared_ptr<const Engine> engine_;
  std::optional<CompileCache> cache_;
  Compiler compiler_;
  std::vector<std::byte> bytes_ = binary(R"((component
    (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "echo") (param "value" u32) (result u32) (canon lift (core func $i "f")))))");
};

INSTANTIATE_TEST_SUITE_P(Engines, ComponentLoaderTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Pooling" : "OnDemand"; });

TEST_P(ComponentLoaderTest, CompilesOnceThenLoadsFromTheCache) {
  const auto first = load();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_FALSE(first->from_cache);
  EXPECT_THAT(first->warnings, IsEmpty());
  EXPECT_EQ(first->digest, sha256(bytes_));

  const auto second = load();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_TRUE(second->from_cache);
  EXPECT_THAT(second->warnings, IsEmpty());

  for (const auto* loaded : {&*first, &*second}) {
    const Component copy = loaded->component;
    const auto type = copy.describe();
    ASSERT_TRUE(type) << type.error().message;
    EXPECT_THAT(type->imports, IsEmpty());
    ASSERT_EQ(type->exports.size(), 1U);
    EXPECT_EQ(type->exports[0].name, "echo");
    EXPECT_EQ(type->exports[0].kind, ComponentItem::Kind::kFunction);
    EXPECT_EQ(type->exports[0].signature, "func(u32) -> u32");
  }
}

TEST_P(ComponentLoaderTest, ADamagedEntryIsCompiledAgain) {
  ASSERT_TRUE(load());
  std::filesystem::resize_file(entry_path(), 5000);
  const auto second = load();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_FALSE(second->from_cache);
  EXPECT_THAT(second->warnings, ElementsAre(HasSubstr("not used")));
  const auto third = load();
  ASSERT_TRUE(third);
  EXPECT_TRUE(third->from_cache);
}

TEST_P(ComponentLoaderTest, AnEntryThatVerifiesButDoesNotLoadIsCompiledAgain) {
  // As if another build of the engine had given the same fingerprint.
  const auto key = CompileCacheKey::of(sha256(bytes_), engine_->fingerprint());
  auto file = make_memory_file("test");
  ASSERT_TRUE(file && write_all(*file, bytes_));
  ASSERT_TRUE(cache_->store(key, {.file = std::move(*file), .size = bytes_.size()}));
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_FALSE(loaded->from_cache);
  EXPECT_THAT(loaded->warnings, ElementsAre(HasSubstr("cannot be loaded and was removed")));
  const auto again = load();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->from_cache);
}

TEST_P(ComponentLoaderTest, WithoutACacheOrWithOneThatIsTooSmallItStillLoads) {
  const auto without = load_component(*engine_, nullptr, compiler_, bytes_);
  ASSERT_TRUE(without) << without.error().message;
  EXPECT_FALSE(without->from_cache);
  EXPECT_THAT(without->warnings, IsEmpty());
  EXPECT_TRUE(without->component.describe());

  const auto tiny = CompileCache::open({.directory = folder_ / "tiny", .max_bytes = 1});
  ASSERT_TRUE(tiny) << tiny.error().message;
  const auto loaded = load_component(*engine_, &*tiny, compiler_, bytes_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->warnings, ElementsAre(HasSubstr("more than the whole cache may have")));
  EXPECT_TRUE(loaded->component.describe());
}

TEST_P(ComponentLoaderTest, ACacheFolderThatVanishedCostsAWarning) {
  std::filesystem::remove_all(folder_ / "cache");
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->warnings, ElementsAre(HasSubstr("No such file or directory")));
  EXPECT_TRUE(loaded->component.describe());
}

TEST_P(ComponentLoaderTest, ThreadsMayLoadTheSameComponentAtTheSameTime) {
  std::atomic<int> loaded = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int number = 0; number < 4; ++number) {
      threads.emplace_back([&] {
        const auto component = load();
        EXPECT_TRUE(component && component->warnings.empty());
        if (component && component->component.describe()) ++loaded;
      });
    }
  }
  EXPECT_EQ(loaded, 4);
}

TEST_P(ComponentLoaderTest, TheUsualMistakesAreNamed) {
  const struct {
    std::vector<std::byte> bytes;
    const char* message;
  } cases[] = {
      {{}, "not WebAssembly"},
      {std::vector<std::byte>(3), "not WebAssembly"},
      {std::vector<std::byte>(100, std::byte{'('}), "not WebAssembly"},
      {binary("(module)"), "hermes componentize"},
      {{bytes_.begin(), bytes_.end() - 3}, "unexpected end"},
  };
  for (const auto& test : cases) {
    const auto loaded = load_component(*engine_, &*cache_, compiler_, test.bytes);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::kInvalidComponent);
    EXPECT_THAT(loaded.error().message, HasSubstr(test.message));
  }
}

TEST_P(ComponentLoaderTest, AComponentOutlivesTheFolderAndTheFileItCameFrom) {
  ASSERT_TRUE(load());
  auto loaded = load();
  ASSERT_TRUE(loaded && loaded->from_cache);
  std::filesystem::remove_all(folder_ / "cache");
  engine_.reset();
  EXPECT_TRUE(loaded->component.describe());
}

TEST(EngineTest, EnginesOfOtherSettingsHaveOtherFingerprints) {
  EngineConfig config = EngineConfig::on_demand();
  const auto a = Engine::create(config);
  const auto b = Engine::create(config);
  ASSERT_TRUE(a && b);
  EXPECT_EQ((*a)->fingerprint(), (*b)->fingerprint());
  EXPECT_EQ((*a)->config(), config);
  {
    const Engine::ThreadScope outer(**a);
    const Engine::ThreadScope inner(**b);
  }
  (*a)->increment_epoch();

  config.fiber_stack_bytes = config.max_wasm_stack_bytes;
  const auto refused = Engine::create(config);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("fiber_stack_bytes"));
}

TEST(ReadComponentFileTest, ReadsAFileOrSaysWhyNot) {
  const TemporaryDirectory folder;
  std::ofstream(folder / "a.wasm") << "abc";
  const auto bytes = read_component_file(folder / "a.wasm", 3);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(bytes->size(), 3U);

  EXPECT_THAT(read_component_file(folder / "a.wasm", 2).error().message,
              HasSubstr("3 bytes, more than the 2"));
  const auto missing = read_component_file(folder / "b.wasm", 3);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("b.wasm: there is no such file"));
  EXPECT_THAT(read_component_file(folder.path(), 3).error().message,
              HasSubstr("not a regular file"));
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(read_component_file(folder / "pipe", 3).error().message,
              HasSubstr("not a regular file"));
}

TEST(DefaultCacheDirectoryTest, FollowsTheEnvironment) {
  const std::string cache =
      std::getenv("XDG_CACHE_HOME") != nullptr ? std::getenv("XDG_CACHE_HOME") : "";
  const std::string home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
  ::setenv("XDG_CACHE_HOME", "/caches", 1);
  EXPECT_EQ(*default_cache_directory(), "/caches/hermes/compiled");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  ::setenv("HOME", "/home/a", 1);
  EXPECT_EQ(*default_cache_directory(), "/home/a/.cache/hermes/compiled");
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("HOME");
  EXPECT_FALSE(default_cache_directory());
  if (!cache.empty()) ::setenv("XDG_CACHE_HOME", cache.c_str(), 1);
  if (!home.empty()) ::setenv("HOME", home.c_str(), 1);
}

}  // namespace
}  // namespace hermes::wasm
