#include "sqlite/database.hpp"

#include "base/testing/temporary_directory.hpp"
#include "sqlite/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

namespace hermes::sqlite {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int32_t kId = 0x54455354;
constexpr std::array<const char*, 3> kSteps = {
    "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT",
    "ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 7",
    "UPDATE thing SET size = 8 WHERE name = 'b'"};

Schema schema(std::size_t steps) { return {kId, std::span(kSteps).first(steps)}; }

class DatabaseTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "test.sqlite"; }
  Result<Database> open(DatabaseOptions options = {}) { return Database::open(file(), options); }
  Database must_open(std::size_t steps, DatabaseOptions options = {}) {
    auto database = open(options);
    EXPECT_TRUE(database) << database.error().message;
    const auto done = migrate(*database, schema(steps), Durability::kProcess);
    EXPECT_TRUE(done) << done.error().message;
    return std::move(*database);
  }
  void write(std::string_view bytes) { std::ofstream(file(), std::ios::binary) << bytes; }
  std::string bytes() {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  const TemporaryDirectory temporary_;
  const std::filesystem::path folder_{temporary_.path()};
};

TEST_F(DatabaseTest, KeepsTextWithEveryByte) {
  Database database = must_open(1);
  const std::string text("a\0b\xff '\"", 7);
  {
    auto insert = database.prepare("INSERT INTO thing VALUES (?1, ?2)");
    ASSERT_TRUE(insert);
    ASSERT_TRUE(insert->bind(1, std::int64_t{5}).bind(2, text).run());
    // The statement can be used again.
    ASSERT_TRUE(insert->bind(1, std::int64_t{6}).bind(2, std::string_view()).run());
  }
  auto select = database.prepare("SELECT id, name FROM thing ORDER BY id");
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->integer(0), 5);
  EXPECT_EQ(select->text(1), text);
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->text(1), "");
  EXPECT_FALSE(select->step().value());
}

TEST_F(DatabaseTest, ATransactionIsWholeOrNothing) {
  Database database = must_open(1);
  {
    auto transaction = Transaction::begin(database);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database.execute("INSERT INTO thing VALUES (1, 'x')"));
    EXPECT_FALSE(database.execute("INSERT INTO thing VALUES (1, 'y')"));
  }
  EXPECT_EQ(database.query_integer("SELECT count(*) FROM thing"), 0);
  auto transaction = Transaction::begin(database);
  ASSERT_TRUE(database.execute("INSERT INTO thing VALUES (1, 'x')"));
  ASSERT_TRUE(std::move(*transaction).commit());
  EXPECT_EQ(database.query_integer("SELECT count(*) FROM thing"), 1);
}

TEST_F(DatabaseTest, MigratesStepByStepAndKeepsWhatIsThere) {
  {
    Database database = must_open(1);
    ASSERT_TRUE(database.execute("INSERT INTO thing VALUES (1, 'a'), (2, 'b')"));
  }
  EXPECT_EQ(must_open(2).query_integer("SELECT sum(size) FROM thing"), 14);
  EXPECT_EQ(must_open(3).query_integer("SELECT sum(size) FROM thing"), 15);
  EXPECT_EQ(must_open(3).query_integer("SELECT sum(size) FROM thing"), 15);
}

TEST_F(DatabaseTest, AStepThatFailsLeavesTheFileAtTheVersionBefore) {
  must_open(1);
  constexpr std::array<const char*, 3> kBroken = {kSteps[0], kSteps[1], "CREATE TABLE thing (x)"};
  auto database = open();
  ASSERT_TRUE(database);
  EXPECT_FALSE(migrate(*database, {kId, kBroken}, Durability::kProcess));
  EXPECT_EQ(database->query_integer("PRAGMA user_version"), 1);
  EXPECT_EQ(database->query_integer("SELECT count(*) FROM pragma_table_info('thing')"), 2);
}

TEST_F(DatabaseTest, RefusesANewerVersionAndLeavesItAsItIs) {
  must_open(3);
  const std::string before = bytes();
  auto database = open();
  const auto done = migrate(*database, schema(2), Durability::kProcess);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message,
              AllOf(HasSubstr("test.sqlite"), HasSubstr("newer version of hermes (schema 3"),
                    HasSubstr("move the file away")));
  EXPECT_EQ(bytes(), before);
  EXPECT_FALSE(check_version(*database, schema(2)));
  EXPECT_TRUE(check_version(*database, schema(3)));
}

TEST_F(DatabaseTest, RefusesADatabaseOfSomethingElse) {
  {
    auto database = open();
    ASSERT_TRUE(database->execute("CREATE TABLE other (x)"));
  }
  const std::string before = bytes();
  auto database = open();
  const auto done = migrate(*database, schema(1), Durability::kProcess);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("a database of something else"));
  EXPECT_EQ(bytes(), before);
}

TEST_F(DatabaseTest, SaysThatAFileIsDamagedAndLeavesIt) {
  const std::string text(5000, 'x');
  write(text);
  auto database = open();
  // Opening reads nothing on some versions of SQLite; using it does.
  Result<void> done;
  if (!database) {
    done = std::unexpected(database.error());
  } else {
    done = migrate(*database, schema(1), Durability::kProcess);
  }
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message,
              AllOf(HasSubstr("test.sqlite"), HasSubstr("damaged"), HasSubstr("-wal")));
  EXPECT_EQ(bytes(), text);
}

TEST_F(DatabaseTest, ChecksPages) {
  {
    Database database = must_open(1);
    for (int i = 0; i < 300; ++i) {
      ASSERT_TRUE(database.execute("INSERT INTO thing(name) VALUES (hex(randomblob(50)))"));
    }
    EXPECT_TRUE(database.check());
  }
  std::string damaged = bytes();
  ASSERT_GT(damaged.size(), 12'288);
  damaged.replace(8192, 100, std::string(100, '\xee'));
  write(damaged);
  auto database = open();
  ASSERT_TRUE(database);
  const auto done = database->check();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("damaged"));
}

TEST_F(DatabaseTest, AFullDiskIsALimitAndGoesAwayByItself) {
  Database database = must_open(1, {.max_pages = 4});
  std::optional<Error> full;
  for (int i = 0; i < 300 && !full; ++i) {
    auto done = database.execute("INSERT INTO thing(name) VALUES (hex(randomblob(50)))");
    if (!done) full = done.error();
  }
  ASSERT_TRUE(full);
  EXPECT_EQ(full->code, ErrorCode::kLimit);
  EXPECT_THAT(full->message, HasSubstr("the disk is full"));
  ASSERT_TRUE(database.execute("DELETE FROM thing"));
  EXPECT_TRUE(database.execute("INSERT INTO thing(name) VALUES ('x')"));
}

TEST_F(DatabaseTest, AReaderChangesNothing) {
  EXPECT_FALSE(open({.access = Access::kReadOnly}));
  EXPECT_FALSE(std::filesystem::exists(file()));
  Database writer = must_open(1);
  ASSERT_TRUE(writer.execute("INSERT INTO thing VALUES (1, 'x')"));
  // Beside the writer, with what is only in its log so far.
  auto reader = open({.access = Access::kReadOnly});
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->query_integer("SELECT count(*) FROM thing"), 1);
  const auto done = reader->execute("DELETE FROM thing");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("must be allowed to"));
}

TEST_F(DatabaseTest, RefusesALinkInPlaceOfTheFile) {
  must_open(1);
  std::filesystem::create_symlink(file(), folder_ / "link.sqlite");
  EXPECT_FALSE(Database::open(folder_ / "link.sqlite", {}));
}

}  // namespace
}  // namespace hermes::sqlite
