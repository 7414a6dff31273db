#include "engine/state_directory.hpp"

#include "base/testing/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace hermes::engine {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class StateDirectoryTest : public ::testing::Test {
 protected:
  const TemporaryDirectory temporary_;
  const std::filesystem::path folder_{temporary_.path()};
};

TEST_F(StateDirectoryTest, BelongsToOneEngineAtATime) {
  const auto path = folder_ / "some" / "where";
  EXPECT_FALSE(is_in_use(path));
  {
    const auto first = StateDirectory::open(path);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_TRUE(is_in_use(path));
    const auto second = StateDirectory::open(path);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, AllOf(HasSubstr("another engine uses this state directory"),
                                              HasSubstr("process " + std::to_string(getpid()))));
  }
  EXPECT_FALSE(is_in_use(path));
  EXPECT_TRUE(StateDirectory::open(path));
}

TEST_F(StateDirectoryTest, EachApplicationHasAPartThatOthersCannotRead) {
  const auto state = StateDirectory::open(folder_ / "state");
  ASSERT_TRUE(state);
  const auto part = (*state)->application("shop");
  ASSERT_TRUE(part);
  EXPECT_EQ(*part, folder_ / "state" / "applications" / "shop");
  EXPECT_EQ(std::filesystem::status(*part).permissions(), std::filesystem::perms::owner_all);
  EXPECT_EQ((*state)->application("shop").value(), *part);
  ASSERT_TRUE((*state)->application("bank"));
  std::filesystem::create_directory(folder_ / "state" / "applications" / "Not An Application");

  const auto all = stored_applications(folder_ / "state");
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2);
  EXPECT_EQ((*all)[0].name, "bank");
  EXPECT_EQ((*all)[1].name, "shop");
  EXPECT_EQ(stored_applications(folder_ / "state", "shop")->size(), 1);
  EXPECT_FALSE(stored_applications(folder_ / "state", "other"));
}

TEST_F(StateDirectoryTest, SaysWhatIsWrong) {
  std::ofstream(folder_ / "file") << "x";
  EXPECT_THAT(StateDirectory::open(folder_ / "file").error().message, HasSubstr("file: "));
  EXPECT_THAT(StateDirectory::open(folder_ / "file" / "below").error().message,
              HasSubstr("file: "));
  EXPECT_THAT(stored_applications(folder_ / "none").error().message,
              HasSubstr("no such directory"));
  EXPECT_TRUE(stored_applications(folder_)->empty());
}

}  // namespace
}  // namespace hermes::engine
