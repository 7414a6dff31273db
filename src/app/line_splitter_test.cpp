#include "app/line_splitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace hermes::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LineSplitterTest : public testing::Test {
 protected:
  void append(std::string_view data) {
    splitter_.append(data, [this](std::string_view line) { lines_.emplace_back(line); });
  }
  void flush() {
    splitter_.flush([this](std::string_view line) { lines_.emplace_back(line); });
  }

  LineSplitter splitter_;
  std::vector<std::string> lines_;
};

TEST_F(LineSplitterTest, JoinsPiecesUntilALineIsWhole) {
  append("one");
  EXPECT_THAT(lines_, IsEmpty());
  append(" line\nan");
  append("other\n");
  EXPECT_THAT(lines_, ElementsAre("one line", "another"));
}

TEST_F(LineSplitterTest, KeepsEmptyLinesAndDropsReturns) {
  append("a\r\n\nb\r");
  append("\n");
  EXPECT_THAT(lines_, ElementsAre("a", "", "b"));
}

TEST_F(LineSplitterTest, FlushGivesOutWhatIsLeftOnce) {
  append("a\nrest");
  flush();
  flush();
  EXPECT_THAT(lines_, ElementsAre("a", "rest"));
  append("next\n");
  EXPECT_EQ(lines_.back(), "next");
}

TEST_F(LineSplitterTest, ALineThatIsTooLongComesInParts) {
  const std::string part(LineSplitter::kMaxLineBytes, 'x');
  append(part + part + "y\nz\n");
  EXPECT_THAT(lines_, ElementsAre(part, part, "y", "z"));
}

TEST_F(LineSplitterTest, ALineOfExactlyTheBoundIsOneLine) {
  const std::string part(LineSplitter::kMaxLineBytes, 'x');
  append(part + "\n" + part);
  append("\n");
  EXPECT_THAT(lines_, ElementsAre(part, part));
}

TEST_F(LineSplitterTest, NothingIsLostHoweverItIsCut) {
  EXPECT_TRUE(rc::check([] {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::weightedElement<char>({{8, 'x'}, {2, 'y'}, {1, '\n'}}));
    std::string joined;
    LineSplitter splitter;
    std::size_t at = 0;
    while (at < text.size()) {
      const auto size = *rc::gen::inRange<std::size_t>(1, 9);
      splitter.append(std::string_view(text).substr(at, size), [&](std::string_view line) {
        joined += line;
        joined += '\n';
      });
      at += size;
    }
    splitter.flush([&](std::string_view line) { joined += line; });
    RC_ASSERT(joined == text);
  }));
}

}  // namespace
}  // namespace hermes::app
