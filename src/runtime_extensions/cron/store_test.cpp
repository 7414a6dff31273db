#include "runtime_extensions/cron/store.hpp"

#include "base/testing/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace hermes::ext::cron {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr StoreOptions kFast{.durability = sqlite::Durability::kProcess};

StoredEntry entry(std::uint64_t id, std::string when, std::string tag,
                  Retrigger retrigger = Retrigger::kYes,
                  std::optional<WallTime> once_at = std::nullopt) {
  return {.id = EntryId{id},
          .name = std::make_shared<EntryName>(std::move(when), std::move(tag)),
          .retrigger = retrigger,
          .once_at = once_at,
          .progress = {.done = Minute{std::chrono::minutes{id * 100}}}};
}

// "1 '* * * * *' 'tag' again done=100 missed=0"
std::string text(const StoredEntry& entry) {
  std::string result = std::to_string(entry.id.value()) + " '" + entry.name->when + "' '" +
                       entry.name->tag + "'" +
                       (entry.retrigger == Retrigger::kYes ? " again" : " once");
  if (entry.once_at) {
    result += " at=" + std::to_string(entry.once_at->time_since_epoch().count());
  }
  result += " done=" + std::to_string(entry.progress.done.time_since_epoch().count());
  if (entry.progress.completed) {
    result += " completed=" + std::to_string(entry.progress.completed->time_since_epoch().count());
  }
  return result + " missed=" + std::to_string(entry.progress.missed);
}

class StoreTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_ / kStoreFile; }
  Store must_open(const StoreOptions& options = kFast) {
    auto store = Store::open(file(), options);
    EXPECT_TRUE(store) << store.error().message;
    return std::move(*store);
  }
  static std::vector<std::string> texts(const Result<std::vector<StoredEntry>>& entries) {
    if (!entries) return {entries.error().message};
    std::vector<std::string> result;
    for (const StoredEntry& each : *entries) result.push_back(text(each));
    return result;
  }
  std::vector<std::string> rows() { return texts(must_open().load()); }
  void damage(std::size_t offset, std::size_t count) {
    std::fstream out(file(), std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(offset));
    out << std::string(count, '\xee');
  }

  using Strings = std::vector<std::string>;
  const TemporaryDirectory temporary_;
  const std::filesystem::path folder_{temporary_.path()};
};

TEST_F(StoreTest, KeepsEveryKindOfChange) {
  const std::vector<Change> changes = {
      Insert{entry(1, "* * * * *", "a"), {}},
      Insert{entry(2, "0 5 1 1 *", std::string("\0 \"\xc3\xa4'", 6), Retrigger::kNo), {}},
      Insert{entry(3, "1 2 3 4 *", "", Retrigger::kNo, WallTime{Duration{1234567890123456789}}),
             {}},
      Insert{entry(4, "@daily", "gone"), {}}, SetRetrigger{EntryId{1}, Retrigger::kNo},
      SetProgress{EntryId{2},
                  {.done = Minute{std::chrono::minutes{77}},
                   .completed = WallTime{Duration{-5}},
                   .missed = 9}},
      Erase{EntryId{4}},
      // Of what is not there.
      SetRetrigger{EntryId{4}, Retrigger::kNo}, Erase{EntryId{99}}};
  ASSERT_TRUE(must_open().write(changes));
  const Strings expected = {
      "1 '* * * * *' 'a' once done=100 missed=0",
      "2 '0 5 1 1 *' '" + std::string("\0 \"\xc3\xa4'", 6) + "' once done=77 completed=-5 missed=9",
      "3 '1 2 3 4 *' '' once at=1234567890123456789 done=300 missed=0"};
  EXPECT_EQ(rows(), expected);
  EXPECT_EQ(texts(Store::read(file())), expected);

  ASSERT_TRUE(must_open().write(std::vector<Change>{SetOnce{EntryId{1}, WallTime{Duration{60}}}}));
  EXPECT_EQ(rows()[0], "1 '* * * * *' 'a' once at=60 done=100 missed=0");
}

TEST_F(StoreTest, WritesAllChangesOrNone) {
  Store store = must_open();
  ASSERT_TRUE(store.write(std::vector<Change>{Insert{entry(1, "* * * * *", "a"), {}}}));
  const auto done =
      store.write(std::vector<Change>{Erase{EntryId{1}}, Insert{entry(2, "* * * * *", "b"), {}},
                                      Insert{entry(2, "* * * * *", "c"), {}}});
  EXPECT_FALSE(done);
  EXPECT_EQ(texts(store.load()), Strings{"1 '* * * * *' 'a' again done=100 missed=0"});
}

TEST_F(StoreTest, AFullDiskRefusesAndLeavesEverythingAsItWas) {
  Store store = must_open({.durability = sqlite::Durability::kProcess, .max_pages = 8});
  std::uint64_t written = 0;
  Result<void> done;
  while (done && written < 1000) {
    done = store.write(
        std::vector<Change>{Insert{entry(written + 1, "* * * * *", std::string(500, 'x')), {}}});
    if (done) ++written;
  }
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kLimit);
  EXPECT_THAT(done.error().message, AllOf(HasSubstr("cron.sqlite"), HasSubstr("disk is full")));
  EXPECT_EQ(store.load()->size(), written);
  // There is room again.
  ASSERT_TRUE(store.write(std::vector<Change>{Erase{EntryId{1}}, Erase{EntryId{2}}}));
  EXPECT_TRUE(store.write(std::vector<Change>{Insert{entry(5000, "* * * * *", "y"), {}}}));
}

TEST_F(StoreTest, ReadsBesideAWriterAndWhatAKilledOneLeft) {
  Store store = must_open();
  ASSERT_TRUE(store.write(std::vector<Change>{Insert{entry(1, "* * * * *", "a"), {}}}));
  EXPECT_EQ(texts(Store::read(file())).size(), 1);
  // What a kill leaves: database and log as they are, nothing closed.
  const auto copy = folder_ / "copy";
  std::filesystem::create_directory(copy);
  for (const char* suffix : {"", "-wal"}) {
    const std::string name = std::string(kStoreFile) + suffix;
    std::filesystem::copy_file(folder_ / name, copy / name);
  }
  EXPECT_EQ(texts(Store::read(copy / kStoreFile)).size(), 1);
  EXPECT_TRUE(std::filesystem::exists(copy / (std::string(kStoreFile) + "-wal")));
  EXPECT_EQ(texts(Store::read(copy / kStoreFile)).size(), 1);
  EXPECT_EQ(texts(Store::open(copy / kStoreFile, kFast)->load()).size(), 1);
}

TEST_F(StoreTest, ADamagedFileIsNamedWithTheWayOutAndLeft) {
  {
    Store store = must_open();
    std::vector<Change> changes;
    for (std::uint64_t id = 1; id <= 200; ++id) {
      changes.emplace_back(Insert{entry(id, "* * * * *", std::string(100, 't')), {}});
    }
    ASSERT_TRUE(store.write(changes));
  }
  struct Case {
    std::size_t offset;
    std::size_t count;
  };
  for (const Case& each : {Case{8192, 200}, Case{4096, 50}, Case{0, 64}}) {
    damage(each.offset, each.count);
    const auto size = std::filesystem::file_size(file());
    const auto opened = Store::open(file(), kFast);
    ASSERT_FALSE(opened) << each.offset;
    EXPECT_THAT(opened.error().message,
                AllOf(HasSubstr("cron.sqlite"), HasSubstr("damaged"), HasSubstr("move it away")));
    EXPECT_FALSE(Store::read(file()));
    EXPECT_EQ(std::filesystem::file_size(file()), size);
  }
}

TEST_F(StoreTest, RowsThatMakeNoSenseAreRefused) {
  for (const char* change :
       {"UPDATE entry SET \"when\" = 'soon'", "UPDATE entry SET done = -1",
        "UPDATE entry SET done = 9223372036854775807", "UPDATE entry SET id = -3"}) {
    std::filesystem::remove(file());
    ASSERT_TRUE(must_open().write(std::vector<Change>{Insert{entry(1, "* * * * *", "a"), {}}}));
    ASSERT_TRUE(sqlite::Database::open(file(), {})->execute(change)) << change;
    const auto entries = must_open().load();
    ASSERT_FALSE(entries) << change;
    EXPECT_THAT(entries.error().message, HasSubstr("makes no sense"));
  }
}

TEST_F(StoreTest, ANewerSchemaIsRefused) {
  must_open();
  ASSERT_TRUE(sqlite::Database::open(file(), {})->execute("PRAGMA user_version = 2"));
  for (const auto& error : {Store::open(file(), kFast).error(), Store::read(file()).error()}) {
    EXPECT_THAT(error.message, HasSubstr("newer version of hermes"));
  }
}

TEST_F(StoreTest, AFileThatCannotBeWrittenIsRefused) {
  EXPECT_THAT(Store::open(folder_ / "no" / "such", kFast).error().message,
              HasSubstr("must be allowed to read and write"));
  std::filesystem::create_directory(file());
  EXPECT_FALSE(Store::open(file(), kFast));
}

}  // namespace
}  // namespace hermes::ext::cron
