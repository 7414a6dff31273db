#include "engine/component_source.hpp"

#include "base/testing/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace hermes::engine {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::StartsWith;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(Recognise, TellsTheFormatsApart) {
  EXPECT_EQ(recognise(bytes_of("\0asm\x0d\0\1\0"s)), FileFormat::kComponent);
  EXPECT_EQ(recognise(bytes_of("\0asm\1\0\0\0"s)), FileFormat::kCoreModule);
  // Truncated: what is wrong with it is for the parser to say.
  EXPECT_EQ(recognise(bytes_of("\0asm"s)), FileFormat::kComponent);
  EXPECT_EQ(recognise(bytes_of("(component)")), FileFormat::kText);
  EXPECT_EQ(recognise(bytes_of("\n ;; a comment (\n;; more\n (module)")), FileFormat::kText);
  EXPECT_EQ(recognise(bytes_of("(; block ;) (module)")), FileFormat::kText);
  EXPECT_EQ(recognise(bytes_of(";; only a comment")), FileFormat::kUnknown);
  EXPECT_EQ(recognise(bytes_of("")), FileFormat::kUnknown);
  EXPECT_EQ(recognise(bytes_of("\x7f"
                               "ELF")),
            FileFormat::kUnknown);
}

class ReadComponentTest : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& content) const {
    std::ofstream(directory_ / name, std::ios::binary) << content;
    return directory_ / name;
  }
  std::string error(const std::filesystem::path& path, std::uint64_t max_bytes = 1000) const {
    const auto source = read_component(path, max_bytes);
    EXPECT_FALSE(source);
    if (source) return {};
    EXPECT_THAT(source.error().message, StartsWith(path.string() + ": "));
    return source.error().message;
  }

  const TemporaryDirectory temporary_;
  const std::filesystem::path directory_{temporary_.path()};
};

TEST_F(ReadComponentTest, NamesTheFileWhatItIsAndTheWayOut) {
  EXPECT_THAT(error(directory_ / "missing.wasm"), HasSubstr("there is no such file"));
  EXPECT_THAT(error(directory_), HasSubstr("is a directory"));
  EXPECT_THAT(error(write("empty.wasm", "")), HasSubstr("is empty"));
  EXPECT_THAT(error(write("core.wasm", "\0asm\1\0\0\0"s)), HasSubstr("`hermes componentize`"));
  EXPECT_THAT(error(write("text.wat", "(component)")), HasSubstr("WebAssembly text"));
  EXPECT_THAT(error(write("notes.txt", "hello")), HasSubstr("it is not WebAssembly"));
  EXPECT_THAT(error(write("large.wasm", std::string(11, 'x')), 10), HasSubstr("11 bytes"));
  const auto fifo = directory_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(error(fifo), HasSubstr("not a regular file"));
}

TEST_F(ReadComponentTest, GivesTheBytesAndANameWithoutTheEnding) {
  const auto source = read_component(write("my.module.wasm", "\0asm\x0d\0\1\0"s), 8);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->name, "my.module");
  EXPECT_EQ(source->bytes.size(), 8);
}

}  // namespace
}  // namespace hermes::engine
