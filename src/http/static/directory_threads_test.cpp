// Files that change under threads that read them: what is answered always belongs together.

#include "http/static/testing/static_site.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <span>
#include <thread>
#include <vector>

namespace hermes::http {
namespace {

namespace fs = std::filesystem;

/// Contents say which they are, all over.
std::string contents_of(int number) {
  return std::string(200 + number % 7, "abcdefghij"[number % 10]);
}

std::string tag_of(std::string_view content) {
  ContentTag tag;
  tag.update(std::as_bytes(std::span(content)));
  return strong_tag(tag.finish(), {});
}

void read_while_replaced(const StaticOptions& options) {
  StaticSite site;
  site.write("a.txt", contents_of(0));
  site.serve(options);
  const StaticDirectory& directory = site.directory();
  const RequestPath path = *RequestPath::parse("/a.txt");

  constexpr int kReplacements = 50;
  constexpr int kReaders = 3;
  std::atomic<bool> done{false};
  std::atomic<int> answers{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      do {
        Lookup found = directory.find(path, {});
        Result<FoundFile> file = fail(ErrorCode::kInternal, "not found");
        if (auto* const reading = std::get_if<NeedsReading>(&found)) {
          file = directory.read(*reading);
        } else if (auto* const ready = std::get_if<FoundFile>(&found)) {
          file = std::move(*ready);
        }
        ASSERT_TRUE(file) << file.error().message;
        std::string content(file->file->size(), '\0');
        if (file->file->content()) {
          content = *file->file->content();
        } else {
          ASSERT_EQ(::pread(file->open->descriptor(), content.data(), content.size(), 0),
                    static_cast<ssize_t>(content.size()));
        }
        ASSERT_EQ(content, std::string(content.size(), content.front()));
        ASSERT_EQ(file->file->tag(), tag_of(content));
        ++answers;
      } while (!done);
    });
  }
  for (int i = 1; i <= kReplacements; ++i) {
    site.write("next.txt", contents_of(i));
    fs::rename(site.path("next.txt"), site.path("a.txt"));
    // Each is served at least once by somebody.
    const int seen = answers;
    while (answers == seen && !testing::Test::HasFailure()) std::this_thread::yield();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST(DirectoryThreadsTest, InMemory) { read_while_replaced({}); }
TEST(DirectoryThreadsTest, FromTheDisk) { read_while_replaced({.max_file_bytes_in_memory = 0}); }
TEST(DirectoryThreadsTest, WithoutRoomToRemember) {
  read_while_replaced(
      {.max_file_bytes_in_memory = 0, .max_cache_bytes = 0, .max_remembered_tags = 0});
}

}  // namespace
}  // namespace hermes::http
