// A directory of files with times that a test chooses, and the directory served.
#pragma once

#include "base/clock.hpp"
#include "base/testing/temporary_directory.hpp"
#include "http/static/directory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace hermes::http {

/// `root()` is served; what stands beside it is outside. The clock is an hour ahead of that of the
/// file system, so that files are settled as soon as they are written.
class StaticSite {
 public:
  StaticSite() { std::filesystem::create_directory(root()); }

  [[nodiscard]] std::string root() const { return outside_ / "www"; }
  [[nodiscard]] std::string path(const std::string& name) const { return root() + "/" + name; }

  /// Writes a file, with the directories that it is in. A change of contents is seen even within
  /// one tick of the kernel's clock: the file gets a time of its own.
  void write(const std::string& name, std::string_view content) {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    outside_.write("www/" + name, content);
    set_time(name, ++last_second_);
  }
  void write_outside(const std::string& name, std::string_view content) {
    outside_.write(name, content);
  }
  /// Seconds since 1970.
  void set_time(const std::string& name, std::int64_t second) {
    const timespec time{.tv_sec = second, .tv_nsec = 0};
    const std::array<timespec, 2> times{time, time};
    EXPECT_EQ(::utimensat(AT_FDCWD, path(name).c_str(), times.data(), 0), 0) << name;
  }

  /// For the calls that follow, the directory is served like this.
  void serve(const StaticOptions& options = {}) {
    auto opened = StaticDirectory::open(root(), options, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    directory_ = std::move(*opened);
  }
  [[nodiscard]] const StaticDirectory& directory() {
    if (!directory_) serve();
    return *directory_;
  }

  ManualClock& clock() { return clock_; }

 private:
  TemporaryDirectory outside_;
  ManualClock clock_{SystemClock().wall() + std::chrono::hours{1}};
  std::int64_t last_second_ = 1'700'000'000;
  std::unique_ptr<StaticDirectory> directory_;
};

}  // namespace hermes::http
