#include "wasm/compile_cache.hpp"

#include "base/testing/temporary_directory.hpp"
#include "wasm/cache_entry.hpp"
#include "wasm/testing/in_child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

namespace hermes::wasm {
namespace {

using ::testing::HasSubstr;
using testing::in_child;

CompileCacheKey key_of(int number) {
  const auto bytes = std::as_bytes(std::span(&number, 1));
  return CompileCacheKey::of(sha256(bytes), 7);
}

std::vector<std::byte> pattern(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& value : bytes) value = static_cast<std::byte>(random());
  return bytes;
}

CompiledArtefact artefact_of(const std::vector<std::byte>& bytes) {
  auto file = make_memory_file("test");
  EXPECT_TRUE(file && write_all(*file, bytes));
  return {.file = std::move(*file), .size = bytes.size()};
}

std::vector<std::byte> contents(const CompiledArtefact& artefact) {
  std::vector<std::byte> bytes(artefact.size);
  EXPECT_TRUE(read_exactly(artefact.file, 0, bytes));
  return bytes;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class CompileCacheTest : public ::testing::Test {
 protected:
  CompileCache open(std::uint64_t max_bytes = CompileCacheOptions::kDefaultMaxBytes) {
    auto cache = CompileCache::open({.directory = directory(), .max_bytes = max_bytes});
    if (!cache) ADD_FAILURE() << cache.error().message;
    return std::move(*cache);
  }
  std::string directory() const { return folder_ / "cache"; }
  std::string entry_path(const CompileCacheKey& key) const {
    return directory() + "/" + CompileCache::file_name(key);
  }
  std::string open_error() const {
    auto cache = CompileCache::open({.directory = directory()});
    return cache ? "opened" : cache.error().message;
  }
  /// The entry is not used, the reason is given, and it is gone.
  void expect_rejected(const CompileCache& cache, const CompileCacheKey& key,
                       const std::string& why) {
    const auto found = cache.find(key);
    EXPECT_FALSE(found.artefact.has_value());
    ASSERT_EQ(found.warnings.size(), 1U);
    EXPECT_THAT(found.warnings[0], HasSubstr(why));
    EXPECT_THAT(found.warnings[0], HasSubstr(entry_path(key)));
    struct stat status{};
    EXPECT_NE(::lstat(entry_path(key).c_str(), &status), 0) << "the entry is still there";
    EXPECT_TRUE(cache.find(key).warnings.empty());
  }

  TemporaryDirectory folder_;
};

TEST_F(CompileCacheTest, FindsWhatWasStoredAndNothingElse) {
  const CompileCache cache = open();
  EXPECT_FALSE(cache.find(key_of(1)).artefact.has_value());
  for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, std::size_t{1} << 20}) {
    const auto bytes = pattern(size, 1);
    const auto stored = cache.store(key_of(1), artefact_of(bytes));
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_EQ(contents(stored->artefact), bytes);
    const auto found = cache.find(key_of(1));
    ASSERT_TRUE(found.artefact.has_value());
    EXPECT_EQ(contents(*found.artefact), bytes);
    EXPECT_TRUE(found.warnings.empty());
  }
  EXPECT_FALSE(cache.find(key_of(2)).artefact.has_value());
  cache.remove(key_of(1));
  EXPECT_FALSE(cache.find(key_of(1)).artefact.has_value());
}

TEST_F(CompileCacheTest, KeyDependsOnComponentAndFingerprint) {
  const Digest a = sha256(pattern(1, 1));
  const Digest b = sha256(pattern(2, 1));
  EXPECT_EQ(CompileCacheKey::of(a, 1).digest, CompileCacheKey::of(a, 1).digest);
  EXPECT_NE(CompileCacheKey::of(a, 1).digest, CompileCacheKey::of(b, 1).digest);
  EXPECT_NE(CompileCacheKey::of(a, 1).digest, CompileCacheKey::of(a, 2).digest);
}

TEST_F(CompileCacheTest, EveryFlippedBitIsNoticed) {
  const CompileCache cache = open();
  ASSERT_TRUE(cache.store(key_of(1), artefact_of(pattern(100, 2))));
  const std::string good = read_file(entry_path(key_of(1)));
  ASSERT_EQ(good.size(), 100 + kCacheTrailerBytes);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    write_file(entry_path(key_of(1)), bad);
    const auto found = cache.find(key_of(1));
    EXPECT_FALSE(found.artefact.has_value()) << "bit " << bit;
    EXPECT_EQ(found.warnings.size(), 1U) << "bit " << bit;
  }
}

TEST_F(CompileCacheTest, EveryTruncationAndExtensionIsNoticed) {
  const CompileCache cache = open();
  ASSERT_TRUE(cache.store(key_of(1), artefact_of(pattern(100, 3))));
  const std::string good = read_file(entry_path(key_of(1)));
  for (std::size_t size = 0; size < good.size(); ++size) {
    write_file(entry_path(key_of(1)), good.substr(0, size));
    const auto found = cache.find(key_of(1));
    EXPECT_FALSE(found.artefact.has_value()) << size << " bytes";
    EXPECT_EQ(found.warnings.size(), 1U) << size << " bytes";
  }
  write_file(entry_path(key_of(1)), good + "x");
  expect_rejected(cache, key_of(1), "cut off");
}

TEST_F(CompileCacheTest, AnEntryUnderAnotherNameIsNoticed) {
  const CompileCache cache = open();
  ASSERT_TRUE(cache.store(key_of(1), artefact_of(pattern(100, 4))));
  std::filesystem::copy_file(entry_path(key_of(1)), entry_path(key_of(2)));
  expect_rejected(cache, key_of(2), "another component");
  EXPECT_TRUE(cache.find(key_of(1)).artefact.has_value());
}

TEST_F(CompileCacheTest, AnEntryOfAnotherMachineIsNoticed) {
  const CompileCache cache = open();
  ASSERT_TRUE(cache.store(key_of(1), artefact_of(pattern(100, 5))));
  std::filesystem::remove(directory() + "/key");
  expect_rejected(open(), key_of(1), "authentication code is wrong");
}

TEST_F(CompileCacheTest, WhatIsNoRegularFileOfOursIsNotOpened) {
  const CompileCache cache = open();
  const std::string elsewhere = folder_ / "elsewhere";
  ASSERT_TRUE(cache.store(key_of(1), artefact_of(pattern(100, 6))));
  std::filesystem::rename(entry_path(key_of(1)), elsewhere);
  std::filesystem::create_symlink(elsewhere, entry_path(key_of(1)));
  expect_rejected(cache, key_of(1), "symbolic link");
  EXPECT_TRUE(std::filesystem::exists(elsewhere)) << "only the link is removed";

  // Without a writer, opening a pipe to read would wait for ever.
  ASSERT_EQ(::mkfifo(entry_path(key_of(2)).c_str(), 0600), 0);
  expect_rejected(cache, key_of(2), "not a regular file");

  ASSERT_TRUE(cache.store(key_of(3), artefact_of(pattern(100, 6))));
  ASSERT_EQ(::chmod(entry_path(key_of(3)).c_str(), 0666), 0);
  expect_rejected(cache, key_of(3), "other users can write");
}

TEST_F(CompileCacheTest, AnEntryThatCannotBeOpenedNowIsKept) {
  const CompileCache cache = open();
  ASSERT_TRUE(cache.store(key_of(1), artefact_of(pattern(100, 6))));
  const std::string said = in_child([&]() -> std::string {
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    if (::setrlimit(RLIMIT_NOFILE, &none) != 0) return "setrlimit";
    const auto found = cache.find(key_of(1));
    return found.artefact ? "found" : found.warnings.at(0);
  });
  EXPECT_THAT(said, HasSubstr("Too many open files"));
  EXPECT_TRUE(cache.find(key_of(1)).artefact.has_value());
}

TEST_F(CompileCacheTest, AFolderInPlaceOfAnEntryIsReportedAndNotUsed) {
  const CompileCache cache = open();
  std::filesystem::create_directories(entry_path(key_of(1)) + "/x");
  const auto found = cache.find(key_of(1));
  EXPECT_FALSE(found.artefact.has_value());
  ASSERT_EQ(found.warnings.size(), 1U);
  EXPECT_THAT(found.warnings[0], HasSubstr("cannot be removed"));
  const auto stored = cache.store(key_of(1), artefact_of(pattern(100, 7)));
  ASSERT_FALSE(stored);
  EXPECT_THAT(stored.error().message, HasSubstr(directory()));
}

TEST_F(CompileCacheTest, FolderAndKeyAreForThisUserOnly) {
  (void)open();
  struct stat status{};
  ASSERT_EQ(::stat(directory().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  ASSERT_EQ(::stat((directory() + "/key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(status.st_size, 32);
}

TEST_F(CompileCacheTest, AKeyThatOthersCanUseIsRefusedWithTheWayOut) {
  (void)open();
  const std::string key = directory() + "/key";
  for (const mode_t mode : {0604U, 0640U, 0602U, 0620U, 0666U}) {
    ASSERT_EQ(::chmod(key.c_str(), mode), 0);
    EXPECT_THAT(open_error(), HasSubstr("chmod 600 " + key)) << std::oct << mode;
  }
  ASSERT_EQ(::chmod(key.c_str(), 0600), 0);
  EXPECT_EQ(open_error(), "opened");
}

TEST_F(CompileCacheTest, ADamagedKeyIsRefusedWithTheWayOut) {
  (void)open();
  const std::string key = directory() + "/key";
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, std::size_t{33}}) {
    write_file(key, std::string(size, 'k'));
    EXPECT_THAT(open_error(), HasSubstr("remove it, a new one will be made")) << size;
  }
  std::filesystem::rename(key, folder_ / "other-key");
  std::filesystem::create_symlink(folder_ / "other-key", key);
  EXPECT_THAT(open_error(), HasSubstr("symbolic link"));
  std::filesystem::remove(key);
  ASSERT_EQ(::mkfifo(key.c_str(), 0600), 0);
  EXPECT_THAT(open_error(), HasSubstr("not a key"));
}

TEST_F(CompileCacheTest, AFolderThatOthersCanWriteToIsRefusedWithTheWayOut) {
  (void)open();
  ASSERT_EQ(::chmod(directory().c_str(), 0777), 0);
  EXPECT_THAT(open_error(), HasSubstr("chmod 700 " + directory()));
}

TEST_F(CompileCacheTest, APathThatIsAFileIsRefused) {
  write_file(directory(), "");
  EXPECT_THAT(open_error(), HasSubstr(directory()));
}

TEST_F(CompileCacheTest, AFolderThatCannotBeWrittenToStillServesWhatIsThere) {
  (void)open();
  const std::string said = in_child([&]() -> std::string {
    if (::geteuid() == 0 && ::chown(directory().c_str(), 65534, 65534) != 0) return "chown";
    if (::geteuid() == 0 && ::chown((directory() + "/key").c_str(), 65534, 65534) != 0)
      return "chown";
    if (::geteuid() == 0 && ::chmod(folder_.path().c_str(), 0755) != 0) return "chmod";
    testing::drop_privileges();
    const CompileCache cache = open();
    if (!cache.store(key_of(1), artefact_of(pattern(100, 8)))) return "the first store";
    if (::chmod(directory().c_str(), 0500) != 0) return "chmod";
    if (!cache.find(key_of(1)).artefact) return "not found";
    const auto stored = cache.store(key_of(2), artefact_of(pattern(100, 8)));
    return stored ? "stored" : stored.error().message;
  });
  EXPECT_THAT(said, HasSubstr("Permission denied"));
  EXPECT_THAT(said, HasSubstr(directory()));
}

TEST_F(CompileCacheTest, AFullDiskIsAnErrorAndLeavesNothingBehind) {
  std::filesystem::create_directory(directory());
  const std::string said = in_child([&]() -> std::string {
    std::string mounted = testing::mount_memory_file_system(directory(), "size=256k,mode=700", 0);
    if (!mounted.empty()) return mounted;
    const CompileCache cache = open();
    if (!cache.store(key_of(1), artefact_of(pattern(100 << 10, 9)))) return "the first store";
    const auto stored = cache.store(key_of(2), artefact_of(pattern(300 << 10, 9)));
    if (stored) return "stored";
    if (!cache.find(key_of(1)).artefact) return "the first entry is lost";
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory()))
      files += file.exists() ? 1 : 0;
    return stored.error().message + "; " + std::to_string(files) + " files";
  });
  if (said.starts_with("unshare") || said.starts_with("mount")) GTEST_SKIP() << said;
  EXPECT_THAT(said, HasSubstr("No space left on device"));
  EXPECT_THAT(said, HasSubstr("; 2 files")) << "the key and the first entry";
}

TEST_F(CompileCacheTest, AFileSizeLimitIsAnErrorAndNotASignal) {
  (void)open();
  const std::string said = in_child([&]() -> std::string {
    const rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
    const CompileCache cache = open();
    const auto artefact = artefact_of(pattern(5000, 10));
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "setrlimit";
    const auto stored = cache.store(key_of(1), artefact);
    return stored ? "stored" : stored.error().message;
  });
  EXPECT_THAT(said, HasSubstr("File too large"));
}

TEST_F(CompileCacheTest, WhereCodeCannotBeMappedEntriesComeFromMemory) {
  std::filesystem::create_directory(directory());
  const std::string said = in_child([&]() -> std::string {
    std::string mounted =
        testing::mount_memory_file_system(directory(), "size=1m,mode=700", MS_NOEXEC);
    if (!mounted.empty()) return mounted;
    const CompileCache cache = open();
    const auto bytes = pattern(1000, 11);
    if (!cache.store(key_of(1), artefact_of(bytes))) return "store";
    const auto found = cache.find(key_of(1));
    if (!found.artefact || contents(*found.artefact) != bytes) return "find";
    if (*size_of(found.artefact->file) != bytes.size()) return "not a copy";
    const std::byte byte{};
    return write_all(found.artefact->file, std::span(&byte, 1)) ? "not sealed" : "sealed copy";
  });
  if (said.starts_with("unshare") || said.starts_with("mount")) GTEST_SKIP() << said;
  EXPECT_EQ(said, "sealed copy");
}

TEST_F(CompileCacheTest, WhatWasUsedLongestAgoMakesRoom) {
  // Room for three entries of 40 KiB, whatever the block size.
  const CompileCache cache = open(std::uint64_t{140} << 10);
  const auto artefact = artefact_of(pattern(40 << 10, 12));
  const auto set_used = [&](int number, time_t when) {
    const timespec times[2] = {{.tv_sec = when, .tv_nsec = 0},
                               {.tv_sec = 0, .tv_nsec = UTIME_OMIT}};
    ASSERT_EQ(::utimensat(AT_FDCWD, entry_path(key_of(number)).c_str(), times, 0), 0);
  };
  for (const int number : {1, 2, 3}) {
    ASSERT_TRUE(cache.store(key_of(number), artefact));
    set_used(number, 1'000'000 + number);
  }
  // Using the first makes it the newest; the second is now the oldest.
  ASSERT_TRUE(cache.find(key_of(1)).artefact.has_value());
  const auto stored = cache.store(key_of(4), artefact);
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_TRUE(stored->warnings.empty());
  EXPECT_TRUE(std::filesystem::exists(entry_path(key_of(1))));
  EXPECT_FALSE(std::filesystem::exists(entry_path(key_of(2))));
  EXPECT_TRUE(std::filesystem::exists(entry_path(key_of(3))));
  EXPECT_TRUE(std::filesystem::exists(entry_path(key_of(4))));
}

TEST_F(CompileCacheTest, WhatIsLargerThanTheCacheIsNotStored) {
  const CompileCache cache = open(1000);
  const auto stored = cache.store(key_of(1), artefact_of(pattern(1000, 13)));
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::kLimit);
  EXPECT_FALSE(std::filesystem::exists(entry_path(key_of(1))));
}

TEST_F(CompileCacheTest, FilesThatNobodyFinishedAreRemovedAfterAnHour) {
  const CompileCache cache = open();
  const std::string old = directory() + "/.new-1";
  const std::string fresh = directory() + "/.new-2";
  write_file(old, "x");
  write_file(fresh, "x");
  const timespec times[2] = {{.tv_sec = 1'000'000, .tv_nsec = 0},
                             {.tv_sec = 1'000'000, .tv_nsec = 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, old.c_str(), times, 0), 0);
  ASSERT_TRUE(cache.store(key_of(1), artefact_of(pattern(10, 14))));
  EXPECT_FALSE(std::filesystem::exists(old));
  EXPECT_TRUE(std::filesystem::exists(fresh));
}

TEST_F(CompileCacheTest, ProcessesMayMakeTheKeyAtTheSameTime) {
  for (int round = 0; round < 20; ++round) {
    std::filesystem::remove_all(directory());
    std::vector<pid_t> children;
    for (int number = 0; number < 4; ++number) {
      const pid_t child = ::fork();
      if (child == 0) {
        auto cache = CompileCache::open({.directory = directory()});
        ::_exit(cache && cache->store(key_of(number), artefact_of(pattern(100, 15))) ? 0 : 1);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      EXPECT_EQ(status, 0) << "round " << round;
    }
    // All were made under one key, or some would not be accepted.
    const CompileCache cache = open();
    for (int number = 0; number < 4; ++number) {
      EXPECT_TRUE(cache.find(key_of(number)).artefact.has_value())
          << "round " << round << ", entry " << number;
    }
  }
}

TEST_F(CompileCacheTest, ProcessesMayUseTheSameEntryAtTheSameTime) {
  // Two compilations of one component need not give the same bytes: writers use different sizes. A
  // reader must see one of them, whole, while others replace, remove and evict it.
  (void)open();
  std::vector<pid_t> children;
  for (unsigned number = 0; number < 4; ++number) {
    const pid_t child = ::fork();
    if (child == 0) {
      const CompileCache cache = open(std::uint64_t{200} << 10);
      const auto bytes = pattern((20 + number) << 10, number);
      const auto artefact = artefact_of(bytes);
      for (int round = 0; round < 100; ++round) {
        const auto stored = cache.store(key_of(round % 3), artefact);
        // Another process may have removed the new entry before it was looked at again: an error,
        // and no crash.
        if (stored && stored->artefact.size < (std::size_t{20} << 10)) ::_exit(1);
        const auto found = cache.find(key_of(round % 3));
        if (!found.warnings.empty()) ::_exit(2);
        if (found.artefact) {
          const auto whose = static_cast<unsigned>((found.artefact->size >> 10) - 20);
          if (contents(*found.artefact) != pattern((20 + whose) << 10, whose)) ::_exit(3);
        }
        if (round % 10 == 9) cache.remove(key_of(round % 3));
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
}

}  // namespace
}  // namespace hermes::wasm
