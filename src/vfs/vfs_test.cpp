#include "vfs/vfs.hpp"

#include "base/testing/temporary_directory.hpp"
#include "vfs/mount_option.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace hermes::vfs {
namespace {

using testing::HasSubstr;

class GuestPathRefused : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(GuestPathRefused, NamesTheRule) {
  const auto checked = check_guest_path(GetParam().first);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr(GetParam().second));
}

INSTANTIATE_TEST_SUITE_P(
    Paths, GuestPathRefused,
    testing::Values(std::pair("", "start with a slash"), std::pair("data", "start with a slash"),
                    std::pair("/data/", "must not be empty"),
                    std::pair("//data", "must not be empty"),
                    std::pair("/a/../b", "are not allowed"), std::pair("/.", "are not allowed"),
                    std::pair("/..", "are not allowed"), std::pair("/a\nb", "control characters"),
                    std::pair(std::string("/a\0b", 4), "control characters"),
                    std::pair("/a\\b", "backslashes"), std::pair("/\xff", "UTF-8"),
                    std::pair("/" + std::string(255, 'x'), "255 bytes")));

TEST(GuestPath, AcceptsNormalForms) {
  const std::string longest = "/" + std::string(254, 'x');
  for (const std::string_view path :
       {std::string_view("/"), std::string_view("/data"), std::string_view("/a/b/c"),
        std::string_view("/..."), std::string_view("/.hidden"), std::string_view("/two words"),
        std::string_view("/ä"), std::string_view(longest)}) {
    EXPECT_TRUE(check_guest_path(path)) << path;
  }
}

class VfsTest : public testing::Test {
 protected:
  const TemporaryDirectory temporary_;
  const std::filesystem::path directory_{temporary_.path()};
  Vfs vfs_;
};

TEST_F(VfsTest, MountsInOrderWithLinksResolved) {
  std::filesystem::create_directory(directory_ / "real");
  std::filesystem::create_directory_symlink(directory_ / "real", directory_ / "link");
  ASSERT_TRUE(vfs_.mount(directory_, "/", Access::kReadOnly));
  ASSERT_TRUE(vfs_.mount(directory_ / "link", "/data", Access::kWritable));
  ASSERT_EQ(vfs_.mounts().size(), 2);
  EXPECT_EQ(vfs_.mounts()[0].access, Access::kReadOnly);
  EXPECT_EQ(vfs_.mounts()[1].host_directory, std::filesystem::canonical(directory_) / "real");
  EXPECT_EQ(vfs_.mounts()[1].guest_path, "/data");
}

TEST_F(VfsTest, RefusesWhatIsNotADirectoryOrMountedTwice) {
  EXPECT_EQ(vfs_.mount(directory_ / "missing", "/a", Access::kReadOnly).error().code,
            ErrorCode::kNotFound);
  std::ofstream(directory_ / "file") << "text";
  const auto file = vfs_.mount(directory_ / "file", "/a", Access::kReadOnly);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("is not a directory"));
  ASSERT_TRUE(vfs_.mount(directory_, "/a", Access::kReadOnly));
  const auto twice = vfs_.mount(directory_, "/a", Access::kWritable);
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("mounted twice"));
  EXPECT_EQ(vfs_.mounts().size(), 1);
}

TEST_F(VfsTest, BoundsTheNumberOfMounts) {
  for (std::size_t index = 0; index < kMaxMounts; ++index) {
    ASSERT_TRUE(vfs_.mount(directory_, "/" + std::to_string(index), Access::kReadOnly));
  }
  EXPECT_EQ(vfs_.mount(directory_, "/more", Access::kReadOnly).error().code, ErrorCode::kLimit);
}

TEST(MountOption, ReadsBothDirectoriesAndTheAccess) {
  const auto writable = parse_mount_option("./data::/data");
  ASSERT_TRUE(writable);
  EXPECT_EQ(writable->host_directory, "./data");
  EXPECT_EQ(writable->guest_path, "/data");
  EXPECT_EQ(writable->access, Access::kWritable);
  EXPECT_EQ(parse_mount_option("/srv/a:b::/data:ro")->access, Access::kReadOnly);
  EXPECT_EQ(parse_mount_option("/srv/a:b::/data:ro")->host_directory, "/srv/a:b");
  EXPECT_EQ(parse_mount_option("x::/data:rw")->access, Access::kWritable);
}

class MountOptionRefused : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(MountOptionRefused, SaysWhatIsMissingAndHowToWriteIt) {
  const auto parsed = parse_mount_option(GetParam().first);
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr(GetParam().second));
}

INSTANTIATE_TEST_SUITE_P(
    Options, MountOptionRefused,
    testing::Values(std::pair("", "no \"::\""), std::pair("/data", "no \"::\""),
                    std::pair("a:/data", "no \"::\""), std::pair("::/data", "is missing"),
                    std::pair("a::", "is missing"), std::pair("a:::ro", "is missing"),
                    std::pair("a::/data:wo", "only ro and rw"),
                    std::pair("a::data", "start with a slash"),
                    std::pair("a::/../b", "are not allowed")));

}  // namespace
}  // namespace hermes::vfs
