#include "http/static/directory.hpp"

#include "http/static/testing/static_site.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

namespace hermes::http {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class DirectoryTest : public testing::Test {
 protected:
  Lookup look(std::string_view path, std::string_view accept = {}) {
    const auto parsed = RequestPath::parse(path);
    EXPECT_TRUE(parsed) << path;
    return site_.directory().find(*parsed, AcceptEncoding::parse(accept));
  }
  /// Reads it where that is needed.
  FoundFile find(std::string_view path, std::string_view accept = {}) {
    Lookup found = look(path, accept);
    if (auto* const reading = std::get_if<NeedsReading>(&found)) {
      auto read = site_.directory().read(*reading);
      EXPECT_TRUE(read) << path << ": " << read.error().message;
      return read.value_or(FoundFile{});
    }
    auto* const file = std::get_if<FoundFile>(&found);
    EXPECT_NE(file, nullptr) << path << ": alternative " << found.index();
    return file != nullptr ? *file : FoundFile{};
  }
  static std::string contents(const FoundFile& found) {
    if (found.file->content()) return *found.file->content();
    std::string text(found.file->size(), '\0');
    EXPECT_EQ(::pread(found.open->descriptor(), text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
    return text;
  }
  bool is_ready(std::string_view path, std::string_view accept = {}) {
    return std::holds_alternative<FoundFile>(look(path, accept));
  }
  bool is_nothing(std::string_view path) {
    return std::holds_alternative<NothingThere>(look(path));
  }

  StaticSite site_;
};

TEST_F(DirectoryTest, ASmallFileIsReadOnceAndThenInMemory) {
  site_.write("a.txt", "hello");
  ASSERT_TRUE(std::holds_alternative<NeedsReading>(look("/a.txt")));
  const FoundFile first = find("/a.txt");
  EXPECT_EQ(contents(first), "hello");
  EXPECT_EQ(first.open, nullptr);
  EXPECT_EQ(first.file->media_type(), "text/plain; charset=utf-8");
  ASSERT_TRUE(is_ready("/a.txt"));
  EXPECT_EQ(find("/a.txt").file, first.file);
  EXPECT_GT(site_.directory().memory(), 5U);
}

TEST_F(DirectoryTest, ALargeFileIsHashedOnceAndSentFromTheDisk) {
  site_.serve({.max_file_bytes_in_memory = 4});
  site_.write("a.txt", "hello");
  site_.write("b.txt", "hell");
  ASSERT_TRUE(std::holds_alternative<NeedsReading>(look("/a.txt")));
  const FoundFile first = find("/a.txt");
  EXPECT_FALSE(first.file->content());
  ASSERT_NE(first.open, nullptr);
  EXPECT_EQ(contents(first), "hello");
  ASSERT_TRUE(is_ready("/a.txt"));
  EXPECT_EQ(find("/a.txt").file->tag(), first.file->tag());
  EXPECT_TRUE(find("/b.txt").file->content());
}

TEST_F(DirectoryTest, TheTagOfALargeFileIsRememberedLongerThanTheRest) {
  site_.serve({.max_file_bytes_in_memory = 0, .max_cache_bytes = 0});
  site_.write("a.txt", "hello");
  const std::string tag = find("/a.txt").file->tag();
  EXPECT_EQ(site_.directory().memory(), 0U);
  ASSERT_TRUE(is_ready("/a.txt"));
  EXPECT_EQ(find("/a.txt").file->tag(), tag);
  // By what the file is, not by its name.
  fs::rename(site_.path("a.txt"), site_.path("b.txt"));
  EXPECT_FALSE(is_ready("/b.txt")) << "renaming changes the time of the last change";
  EXPECT_EQ(find("/b.txt").file->tag(), tag);
}

TEST_F(DirectoryTest, AnEmptyFileIsAFile) {
  site_.write("empty.txt", "");
  EXPECT_EQ(contents(find("/empty.txt")), "");
  EXPECT_TRUE(is_ready("/empty.txt"));
}

TEST_F(DirectoryTest, TheTagIsThatOfTheContents) {
  site_.write("a.txt", "hello");
  site_.write("b.txt", "hello");
  site_.write("c.txt", "hellO");
  EXPECT_EQ(find("/a.txt").file->tag(), "\"2cf24dba5fb0a30e26e83b2ac5b9e29e\"");
  EXPECT_EQ(find("/b.txt").file->tag(), find("/a.txt").file->tag());
  EXPECT_NE(find("/c.txt").file->tag(), find("/a.txt").file->tag());
}

TEST_F(DirectoryTest, AChangeIsSeenByTheNextRequest) {
  for (const std::uint64_t in_memory : {1000, 0}) {
    site_.serve({.max_file_bytes_in_memory = in_memory});
    site_.write("a.txt", "one");
    const FoundFile before = find("/a.txt");
    ASSERT_TRUE(is_ready("/a.txt"));
    site_.write("a.txt", "two");
    EXPECT_FALSE(is_ready("/a.txt"));
    const FoundFile after = find("/a.txt");
    EXPECT_EQ(contents(after), "two");
    EXPECT_NE(after.file->tag(), before.file->tag());
    fs::remove(site_.path("a.txt"));
    EXPECT_TRUE(is_nothing("/a.txt"));
  }
}

TEST_F(DirectoryTest, WhatHasJustBeenWrittenIsNotRemembered) {
  site_.clock().set_wall(SystemClock().wall());
  site_.write("a.txt", "one");
  // Within a tick it could become another file that looks the same.
  EXPECT_EQ(contents(find("/a.txt")), "one");
  EXPECT_FALSE(is_ready("/a.txt"));
  site_.clock().set_wall(SystemClock().wall() + 1h);
  find("/a.txt");
  EXPECT_TRUE(is_ready("/a.txt"));
}

TEST_F(DirectoryTest, WhatTakesThePlaceOfAFileIsNotServed) {
  site_.write_outside("secret.txt", "secret");
  for (const char* kind : {"link", "pipe", "directory"}) {
    site_.write("a.txt", "hello");
    find("/a.txt");
    ASSERT_TRUE(is_ready("/a.txt"));
    fs::remove(site_.path("a.txt"));
    if (std::string_view(kind) == "link") {
      fs::create_symlink("../secret.txt", site_.path("a.txt"));
    } else if (std::string_view(kind) == "pipe") {
      ASSERT_EQ(::mkfifo(site_.path("a.txt").c_str(), 0600), 0);
    } else {
      fs::create_directory(site_.path("a.txt"));
    }
    EXPECT_TRUE(is_nothing("/a.txt")) << kind;
    const auto read = site_.directory().read({.representation = {.path = "a.txt", .type = {}}});
    ASSERT_FALSE(read) << kind;
    EXPECT_EQ(read.error().code, ErrorCode::kNotFound) << kind;
    fs::remove(site_.path("a.txt"));
  }
}

TEST_F(DirectoryTest, IndexFiles) {
  site_.write("index.html", "root");
  site_.write("guide/index.html", "guide");
  site_.write("empty/other.html", "other");
  EXPECT_EQ(contents(find("/")), "root");
  EXPECT_EQ(contents(find("/guide/")), "guide");
  EXPECT_TRUE(std::holds_alternative<NeedsSlash>(look("/guide")));
  EXPECT_TRUE(is_nothing("/empty/"));
  EXPECT_TRUE(is_nothing("/empty")) << "a directory without an index does not show that it exists";
  EXPECT_TRUE(is_nothing("/index.html/"));
  site_.serve({.index = "other.html"});
  EXPECT_EQ(contents(find("/empty/")), "other");
  EXPECT_TRUE(is_nothing("/"));
}

TEST_F(DirectoryTest, TheFallbackIsForPathsWithoutAnExtension) {
  site_.write("app.html", "app");
  site_.write("here.txt", "here");
  EXPECT_TRUE(is_nothing("/users/42"));
  site_.serve({.fallback = "app.html"});
  for (const char* path : {"/users/42", "/users/42/", "/", "/a.b/c"})
    EXPECT_EQ(contents(find(path)), "app") << path;
  EXPECT_EQ(contents(find("/here.txt")), "here");
  EXPECT_TRUE(is_nothing("/missing.js"));
  fs::remove(site_.path("app.html"));
  EXPECT_TRUE(is_nothing("/users/42"));
}

TEST_F(DirectoryTest, PrecompressedVariants) {
  site_.write("a.js", "plain");
  site_.write("a.js.gz", "gz");
  site_.write("a.js.zst", "zst");
  site_.write("a.js.br", "br");
  struct Case {
    std::string_view accept;
    std::string_view content;
  };
  for (const auto& [accept, content] : {Case{"", "plain"},
                                        {"br", "br"},
                                        {"gzip", "gz"},
                                        {"zstd, gzip", "zst"},
                                        {"*", "br"},
                                        {"br;q=0.1, gzip", "gz"},
                                        {"identity, br;q=0.5", "plain"},
                                        {"br;q=0", "plain"}})
    EXPECT_EQ(contents(find("/a.js", accept)), content) << accept;
  const FoundFile compressed = find("/a.js", "br");
  EXPECT_EQ(compressed.file->coding(), ContentCoding::kBrotli);
  EXPECT_EQ(compressed.file->media_type(), "text/javascript; charset=utf-8");
  // The same file under its own name is something else.
  const FoundFile itself = find("/a.js.br");
  EXPECT_EQ(itself.file->coding(), ContentCoding::kIdentity);
  EXPECT_EQ(itself.file->media_type(), "application/octet-stream");
  EXPECT_NE(itself.file->tag(), compressed.file->tag());

  site_.serve({.precompressed = Precompressed::kIgnore});
  EXPECT_EQ(contents(find("/a.js", "br")), "plain");
}

TEST_F(DirectoryTest, AVariantOlderThanItsFileIsNotUsed) {
  site_.write("a.js", "plain");
  site_.write("a.js.gz", "gz");
  site_.write("a.js.br", "br");
  site_.set_time("a.js", 1'700'000'100);
  site_.set_time("a.js.br", 1'700'000'099);
  site_.set_time("a.js.gz", 1'700'000'100);
  EXPECT_EQ(contents(find("/a.js", "br, gzip")), "gz");
  site_.write("only.js.gz", "gz");
  EXPECT_TRUE(is_nothing("/only.js")) << "a variant stands beside its file";
}

TEST_F(DirectoryTest, AVariantThatIsALinkIsNotUsed) {
  site_.write_outside("secret.br", "secret");
  site_.write("a.js", "plain");
  fs::create_symlink("../secret.br", site_.path("a.js.br"));
  EXPECT_EQ(contents(find("/a.js", "br")), "plain");
}

TEST_F(DirectoryTest, WhatIsTrustedIsNotLookedAtAgain) {
  site_.serve({.trusted_for = 10s});
  site_.write("a.txt", "one");
  find("/a.txt");
  ASSERT_TRUE(is_ready("/a.txt"));
  site_.write("a.txt", "two");
  site_.clock().advance(9s);
  EXPECT_EQ(contents(find("/a.txt")), "one");
  site_.clock().advance(2s);
  EXPECT_EQ(contents(find("/a.txt")), "two");
}

TEST_F(DirectoryTest, ALargeFileThatIsTrustedIsStillNotMixedUp) {
  site_.serve({.max_file_bytes_in_memory = 0, .trusted_for = Duration::max()});
  site_.write("a.txt", "one");
  const FoundFile before = find("/a.txt");
  site_.write("a.txt", "three");
  const FoundFile after = find("/a.txt");
  EXPECT_EQ(contents(after), "three");
  EXPECT_EQ(after.file->size(), 5U);
  EXPECT_NE(after.file->tag(), before.file->tag());
  fs::remove(site_.path("a.txt"));
  EXPECT_TRUE(is_nothing("/a.txt"));
}

TEST_F(DirectoryTest, MemoryHasABound) {
  constexpr std::size_t kBound = 20'000;
  site_.serve({.max_cache_bytes = kBound, .trusted_for = 1h});
  for (int i = 0; i < 40; ++i) {
    const std::string name = "file" + std::to_string(i) + ".txt";
    site_.write(name, std::string(1000, 'x'));
    EXPECT_EQ(find("/" + name).file->size(), 1000U);
    EXPECT_LE(site_.directory().memory(), kBound + kBound / 8);
  }
  EXPECT_TRUE(is_ready("/file39.txt"));
  EXPECT_FALSE(is_ready("/file0.txt"));
}

TEST_F(DirectoryTest, ReadingCanBeStopped) {
  site_.write("a.txt", "hello");
  std::stop_source stop;
  stop.request_stop();
  const auto read =
      site_.directory().read(std::get<NeedsReading>(look("/a.txt")), stop.get_token());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kCancelled);
}

TEST_F(DirectoryTest, OptionsAreChecked) {
  for (const StaticOptions& options : {StaticOptions{.index = ""},
                                       {.index = "a/b.html"},
                                       {.index = ".."},
                                       {.index = "a%20b"},
                                       {.fallback = "../secret.txt"},
                                       {.fallback = "/index.html"},
                                       {.fallback = "app/"},
                                       {.fallback = ".hidden"},
                                       {.cache_control = "a\r\nb: c"},
                                       {.cache_control = std::string(2000, 'x')}}) {
    const auto opened = StaticDirectory::open(site_.root(), options, site_.clock());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument) << opened.error().message;
  }
  EXPECT_FALSE(StaticDirectory::open(site_.root() + "/none", {}, site_.clock()));
}

}  // namespace
}  // namespace hermes::http
