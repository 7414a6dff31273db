#include "http/static/root_directory.hpp"

#include "base/testing/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace hermes::http {
namespace {

namespace fs = std::filesystem;
using Kind = FileStatus::Kind;

class RootDirectoryTest : public testing::Test {
 protected:
  RootDirectoryTest() {
    outside_.write("secret.txt", "secret");
    fs::create_directories(www() + "/a/b");
    outside_.write("www/file.txt", "content");
    outside_.write("www/a/b/ok.txt", "ok");
  }

  [[nodiscard]] std::string www() const { return outside_ / "www"; }
  [[nodiscard]] RootDirectory root() const {
    auto opened = RootDirectory::open(www());
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(opened).value();
  }
  static Kind kind_of(const RootDirectory& root, const std::string& name) {
    const auto status = root.status(name);
    EXPECT_TRUE(status) << status.error().message;
    // What is not a regular file cannot be opened.
    const auto open = root.open_file(name);
    EXPECT_EQ(open.has_value(), status->kind == Kind::kRegular) << name;
    EXPECT_TRUE(open || open.error().code == ErrorCode::kNotFound) << name;
    return status->kind;
  }

  TemporaryDirectory outside_;
};

TEST_F(RootDirectoryTest, SeesFilesAndDirectories) {
  const RootDirectory root = this->root();
  EXPECT_EQ(kind_of(root, ""), Kind::kDirectory);
  EXPECT_EQ(kind_of(root, "a"), Kind::kDirectory);
  EXPECT_EQ(kind_of(root, "file.txt"), Kind::kRegular);
  EXPECT_EQ(kind_of(root, "a/b/ok.txt"), Kind::kRegular);
  EXPECT_EQ(kind_of(root, "a/b/none.txt"), Kind::kNothing);
  EXPECT_EQ(kind_of(root, "file.txt/x"), Kind::kNothing);
  EXPECT_EQ(kind_of(root, std::string(5000, 'x')), Kind::kNothing);
  EXPECT_EQ(root.status("file.txt")->version.size, 7U);
  EXPECT_EQ(root.open_file("file.txt")->version(), root.status("file.txt")->version);
}

// These names do not come out of a RequestPath: the kernel refuses them a second time.
TEST_F(RootDirectoryTest, LeadsNowhereElse) {
  fs::create_symlink("../secret.txt", www() + "/link");
  fs::create_symlink("file.txt", www() + "/inner");
  fs::create_directory_symlink("..", www() + "/up");
  fs::create_directory_symlink("a", www() + "/same");
  fs::create_symlink(outside_ / "secret.txt", www() + "/absolute");
  fs::create_symlink("/proc/self/root", www() + "/magic");
  fs::create_symlink("loop", www() + "/loop");
  const RootDirectory root = this->root();
  for (const char* name : {"..", "../secret.txt", "a/../../secret.txt", "link", "inner", "up",
                           "up/secret.txt", "up/www/file.txt", "same/b/ok.txt", "absolute", "magic",
                           "magic/etc/passwd", "loop", "/etc/passwd", "/"})
    EXPECT_EQ(kind_of(root, name), Kind::kNothing) << name;
}

TEST_F(RootDirectoryTest, OnlyRegularFilesAreOpened) {
  ASSERT_EQ(::mkfifo((www() + "/pipe").c_str(), 0600), 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string socket_path = www() + "/socket";
  ASSERT_LT(socket_path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(socket);
  const RootDirectory root = this->root();
  EXPECT_EQ(kind_of(root, "pipe"), Kind::kNothing);
  EXPECT_EQ(kind_of(root, "socket"), Kind::kNothing);

  const auto devices = RootDirectory::open("/dev");
  ASSERT_TRUE(devices) << devices.error().message;
  EXPECT_EQ(kind_of(*devices, "null"), Kind::kNothing);
  EXPECT_EQ(kind_of(*devices, "zero"), Kind::kNothing);
}

TEST_F(RootDirectoryTest, StaysWithTheDirectoryThatWasOpened) {
  const RootDirectory root = this->root();
  fs::rename(www(), outside_ / "old");
  fs::create_directory(www());
  outside_.write("www/new.txt", "");
  EXPECT_EQ(kind_of(root, "file.txt"), Kind::kRegular);
  EXPECT_EQ(kind_of(root, "new.txt"), Kind::kNothing);
}

TEST_F(RootDirectoryTest, AFileThatMayNotBeReadIsAnErrorWithItsName) {
  if (::geteuid() == 0) GTEST_SKIP() << "the superuser may read everything";
  fs::permissions(www() + "/file.txt", fs::perms::none);
  const auto open = root().open_file("file.txt");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::kSystem);
  EXPECT_NE(open.error().message.find("file.txt"), std::string::npos);
}

TEST_F(RootDirectoryTest, IsADirectory) {
  EXPECT_EQ(RootDirectory::open(outside_ / "none").error().code, ErrorCode::kNotFound);
  const auto file = RootDirectory::open(outside_ / "secret.txt");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
  EXPECT_NE(file.error().message.find("secret.txt"), std::string::npos);
  // Links to it are the operator's own.
  fs::create_directory_symlink("www", outside_ / "current");
  EXPECT_TRUE(RootDirectory::open(outside_ / "current"));
}

TEST_F(RootDirectoryTest, AnotherStateIsAnotherVersion) {
  const RootDirectory root = this->root();
  const auto open = root.open_file("file.txt");
  ASSERT_TRUE(open);
  EXPECT_EQ(*open->version_now(), open->version());
  fs::resize_file(www() + "/file.txt", 3);
  EXPECT_NE(*open->version_now(), open->version());
  EXPECT_NE(FileVersionHash{}(*open->version_now()), FileVersionHash{}(open->version()));
}

}  // namespace
}  // namespace hermes::http
