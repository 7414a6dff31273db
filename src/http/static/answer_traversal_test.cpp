// Nothing outside the directory is reached, however a path is spelled: the corpus of attempts, on a
// tree that has every kind of door in it.

#include "http/static/answer.hpp"
#include "http/static/testing/static_site.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace hermes::http {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> attempts() {
  const std::string name = HERMES_SOURCE_DIR "/src/http/static/testing/traversal_attempts.txt";
  std::ifstream file(name);
  EXPECT_TRUE(file) << name;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#')) lines.push_back(line);
  }
  EXPECT_GE(lines.size(), 300U);
  return lines;
}

class TraversalTest : public testing::Test {
 protected:
  TraversalTest() {
    site_.write_outside("secret.txt", "secret");
    for (const char* name : {"index.html", "a/b/ok.txt", "a/index.html", "hard.txt", ".env",
                             ".git/config", ".htaccess", "a/.hidden", ".well-known/.hidden"})
      site_.write(name, "inside");
    fs::create_symlink("../secret.txt", site_.path("link"));
    fs::create_symlink("../secret.txt", site_.path("link.html"));
    fs::create_directory_symlink("..", site_.path("up"));
    fs::create_directory_symlink("../..", site_.path("a/up"));
    fs::create_symlink("../secret.txt", site_.path("a/link"));
    fs::create_directory_symlink("/etc", site_.path("absolute"));
    fs::create_symlink("loop", site_.path("loop"));
    fs::create_directory_symlink(".", site_.path("self"));
    fs::create_symlink("nowhere", site_.path("dangling"));
    fs::create_directory(site_.path("linked-index"));
    fs::create_symlink("../../secret.txt", site_.path("linked-index/index.html"));
    EXPECT_EQ(::mkfifo(site_.path("pipe").c_str(), 0600), 0);
  }

  StaticAnswer get(std::string_view path) {
    const StaticRequest request{.method = "GET", .path = path, .accept_encoding = "br, gzip"};
    auto first = answer(site_.directory(), request);
    if (auto* const later = std::get_if<AnswerLater>(&first))
      return read_and_answer(site_.directory(), request, *later);
    return std::get<StaticAnswer>(std::move(first));
  }
  static std::string_view body(const StaticAnswer& answer) {
    const auto* const memory = std::get_if<MemoryBody>(&answer.body);
    EXPECT_FALSE(std::holds_alternative<FileBody>(answer.body));
    return memory == nullptr ? std::string_view{} : memory->bytes;
  }

  StaticSite site_;
};

TEST_F(TraversalTest, TheTreeIsServedOtherwise) {
  EXPECT_EQ(body(get("/")), "inside");
  EXPECT_EQ(body(get("/a/b/ok.txt")), "inside");
}

TEST_F(TraversalTest, NoAttemptIsAnsweredWithAFile) {
  for (const std::string& attempt : attempts()) {
    const StaticAnswer got = get(attempt);
    EXPECT_TRUE(got.status == 400 || got.status == 404) << attempt << ": " << got.status;
    EXPECT_EQ(body(got), "") << attempt;
  }
}

TEST_F(TraversalTest, ASinglePageApplicationAnswersWithItselfAtMost) {
  site_.write("app.html", "the application");
  site_.serve({.fallback = "app.html"});
  for (const std::string& attempt : attempts()) {
    const StaticAnswer got = get(attempt);
    if (got.status == 200) {
      EXPECT_EQ(body(got), "the application") << attempt;
    } else {
      EXPECT_TRUE(got.status == 400 || got.status == 404) << attempt << ": " << got.status;
    }
  }
}

}  // namespace
}  // namespace hermes::http
