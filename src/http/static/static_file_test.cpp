#include "http/static/static_file.hpp"

#include <gtest/gtest.h>

namespace hermes::http {
namespace {

using namespace std::chrono_literals;

constexpr HttpDate kModified = std::chrono::sys_days{std::chrono::year{2024} / 5 / 1} + 12h;
constexpr FileVersion kVersion{
    .device = 1,
    .inode = 2,
    .size = 3,
    .modified = std::chrono::nanoseconds{kModified.time_since_epoch()}.count() + 5,
    .changed = 0};

TEST(StaticFileTest, HeaderFieldsOfAPage) {
  const Representation page{.path = "index.html", .type = media_type_of("index.html")};
  const StaticFile file(page, kVersion, "0123", "abc", StaticOptions{}, kModified + 1h);
  EXPECT_EQ(file.ok().text(),
            "etag: \"0123\"\r\ncache-control: no-cache\r\nvary: accept-encoding\r\n"
            "content-type: text/html; charset=utf-8\r\n"
            "last-modified: Wed, 01 May 2024 12:00:00 GMT\r\naccept-ranges: bytes\r\n"
            "x-content-type-options: nosniff\r\ncontent-length: 3\r\n");
  EXPECT_EQ(file.not_modified().text(),
            "etag: \"0123\"\r\ncache-control: no-cache\r\nvary: accept-encoding\r\n");
  EXPECT_EQ(file.ok().fields().size(), 8U);
  EXPECT_EQ(file.without_length().size(), 7U);
  EXPECT_EQ(file.ok().value_of("content-length"), "3");
  EXPECT_EQ(file.ok().value_of("expires"), "");
  EXPECT_EQ(file.validators().tag.opaque, "0123");
}

TEST(StaticFileTest, HeaderFieldsByOption) {
  const StaticOptions options{.cache_control = "",
                              .immutable_names = ImmutableNames::kYes,
                              .cross_origin_isolation = CrossOriginIsolation::kYes};
  const Representation script{.path = "main.3f2a9c1b.js.br",
                              .type = media_type_of("a.js"),
                              .coding = ContentCoding::kBrotli};
  const StaticFile file(script, kVersion, "0123", {}, options, kModified + 1h);
  EXPECT_EQ(file.tag(), "\"0123-br\"");
  EXPECT_EQ(file.ok().value_of("content-encoding"), "br");
  EXPECT_EQ(file.ok().value_of("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(file.ok().value_of("cross-origin-opener-policy"), "same-origin");
  EXPECT_EQ(file.ok().value_of("cross-origin-embedder-policy"), "require-corp");

  const Representation picture{.path = "a.png", .type = media_type_of("a.png")};
  const StaticFile plain(picture, kVersion, "0123", {}, options, kModified + 1h);
  EXPECT_EQ(plain.ok().value_of("vary"), "");
  EXPECT_EQ(plain.ok().value_of("cache-control"), "");
}

TEST(StaticFileTest, AFileFromTheFutureIsOfNow) {
  const Representation page{.path = "index.html", .type = media_type_of("index.html")};
  const StaticFile file(page, kVersion, "0123", "abc", StaticOptions{}, kModified - 1h);
  EXPECT_EQ(file.ok().value_of("last-modified"), "Wed, 01 May 2024 11:00:00 GMT");
}

TEST(StaticFileTest, HashesInNames) {
  for (const std::string_view path :
       {"main.3f2a9c1b.js", "assets/index-BxY12k3z.js", "a/b-c.0123456789abcdef0123.css",
        "chunk-Ab_3dEfGh.mjs", "font-0a1b2c3d.woff2"})
    EXPECT_TRUE(has_hash_in_name(path)) << path;
  for (const std::string_view path :
       {"index.html", "report-20240101.pdf", "jquery-3.7.1.min.js", "app-template.js",
        "release-v2release.js", "main.deadbeef.js", "3f2a9c1b.js", "3f2a9c1b", "main-3f2a9c1.js",
        "main-3f2a9c1b", "UPPERCASE-ABCDEF12.js", "dir-3f2a9c1b.d/index.html", ""})
    EXPECT_FALSE(has_hash_in_name(path)) << path;
}

}  // namespace
}  // namespace hermes::http
