#include "cli/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hermes::cli {
namespace {

using testing::ElementsAre;

TEST(Table, AlignsColumnsByCharacters) {
  Table table(2);
  table.add({"a", "größer", "x"});
  table.add({"long", "b", ""});
  EXPECT_EQ(table.text(),
            "  a     größer  x\n"
            "  long  b\n");
}

TEST(Table, WrapsTheLastColumn) {
  Table table(0, 40);
  table.add({"name", "one two three four five six seven eight nine"});
  EXPECT_EQ(table.text(),
            "name  one two three four five six seven\n"
            "      eight nine\n");
}

TEST(Table, PaintsCellsAfterTheyWereMeasured) {
  Table table(0);
  table.add({"a", "b"});
  table.add({"ccc", "d"});
  EXPECT_EQ(table.text([](std::size_t row, std::size_t column, const std::string& cell) {
    return row == 0 && column == 0 ? "<" + cell + ">" : cell;
  }),
            "<a  >  b\n"
            "ccc  d\n");
}

TEST(Wrap, BreaksAtBlanksAndKeepsLongWords) {
  EXPECT_THAT(wrap("", 10), ElementsAre(""));
  EXPECT_THAT(wrap("one two", 10), ElementsAre("one two"));
  EXPECT_THAT(wrap("one  two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("a-very-long-word b", 5), ElementsAre("a-very-long-word", "b"));
}

}  // namespace
}  // namespace hermes::cli
