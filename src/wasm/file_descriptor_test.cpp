#include "wasm/file_descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace hermes::wasm {
namespace {

TEST(FileDescriptorTest, OwnsOneDescriptor) {
  int number = -1;
  {
    auto file = make_memory_file("test");
    ASSERT_TRUE(file);
    number = file->get();
    EXPECT_NE(::fcntl(number, F_GETFD) & FD_CLOEXEC, 0);
    FileDescriptor moved = std::move(*file);
    EXPECT_FALSE(*file);
    EXPECT_EQ(moved.get(), number);
    // By another name, so that compilers do not object.
    FileDescriptor& same = moved;
    moved = std::move(same);
    EXPECT_EQ(moved.get(), number);
  }
  EXPECT_EQ(::fcntl(number, F_GETFD), -1) << "closed";
}

TEST(FileDescriptorTest, SealedMemoryCannotChange) {
  const auto file = make_memory_file("test");
  ASSERT_TRUE(file);
  const std::array<std::byte, 3> bytes{std::byte{1}, std::byte{2}, std::byte{3}};
  ASSERT_TRUE(write_all(*file, bytes));
  ASSERT_TRUE(seal(*file));
  EXPECT_FALSE(write_all(*file, bytes));
  EXPECT_NE(::ftruncate(file->get(), 0), 0);
  EXPECT_NE(::ftruncate(file->get(), 100), 0);
  EXPECT_EQ(*size_of(*file), 3U);
  std::array<std::byte, 2> read{};
  ASSERT_TRUE(read_exactly(*file, 1, read));
  EXPECT_EQ(read[1], std::byte{3});
  EXPECT_FALSE(read_exactly(*file, 2, read)) << "one byte short";
}

TEST(FileDescriptorTest, SizeIsOfRegularFilesOnly) {
  const FileDescriptor folder(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_TRUE(folder);
  EXPECT_FALSE(size_of(folder));
  EXPECT_FALSE(size_of(FileDescriptor()));
}

}  // namespace
}  // namespace hermes::wasm
