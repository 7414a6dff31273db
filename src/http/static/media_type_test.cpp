#include "http/static/media_type.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hermes::http {
namespace {

TEST(MediaTypeTest, ByExtension) {
  struct Case {
    std::string_view name;
    std::string_view type;
  };
  constexpr Case kCases[] = {
      {"index.html", "text/html; charset=utf-8"},
      {"INDEX.HTM", "text/html; charset=utf-8"},
      {"a/b.c/style.CSS", "text/css; charset=utf-8"},
      {"app.js", "text/javascript; charset=utf-8"},
      {"app.min.mjs", "text/javascript; charset=utf-8"},
      {"data.json", "application/json"},
      {"app.js.map", "application/json"},
      {"logo.svg", "image/svg+xml"},
      {"a.png", "image/png"},
      {"a.jpg", "image/jpeg"},
      {"a.JPEG", "image/jpeg"},
      {"a.webp", "image/webp"},
      {"a.avif", "image/avif"},
      {"a.gif", "image/gif"},
      {"favicon.ico", "image/vnd.microsoft.icon"},
      {"f.woff", "font/woff"},
      {"f.woff2", "font/woff2"},
      {"f.ttf", "font/ttf"},
      {"m.wasm", "application/wasm"},
      {"robots.txt", "text/plain; charset=utf-8"},
      {"README.md", "text/markdown; charset=utf-8"},
      {"feed.xml", "application/xml"},
      {"paper.pdf", "application/pdf"},
      {"v.mp4", "video/mp4"},
      {"v.webm", "video/webm"},
      {"s.mp3", "audio/mpeg"},
      {"s.ogg", "audio/ogg"},
      {"all.zip", "application/zip"},
      {"app.js.gz", "application/gzip"},
      {"app.js.zst", "application/zstd"},
      {"app.js.br", "application/octet-stream"},
      {"site.webmanifest", "application/manifest+json"},
      {"Makefile", "application/octet-stream"},
      {"a.unheard-of", "application/octet-stream"},
      {"html", "application/octet-stream"},
      {"ends.", "application/octet-stream"},
      {"", "application/octet-stream"},
      {"html.d/file", "application/octet-stream"},
      {"a.htm\xc3\xa9", "application/octet-stream"},
  };
  for (const auto& [name, type] : kCases) EXPECT_EQ(media_type_of(name).name, type) << name;
}

TEST(MediaTypeTest, WhatIsCompressedAlreadyIsNotCompressible) {
  for (const std::string_view name : {"a.html", "a.js", "a.svg", "a.wasm", "a.json", "a.ttf", "a"})
    EXPECT_EQ(media_type_of(name).compressible, Compressible::kYes) << name;
  for (const std::string_view name : {"a.png", "a.jpg", "a.woff2", "a.mp4", "a.zip", "a.js.br"})
    EXPECT_EQ(media_type_of(name).compressible, Compressible::kNo) << name;
}

}  // namespace
}  // namespace hermes::http
