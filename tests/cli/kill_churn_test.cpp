// What a schedule looks like after kill -9 while entries are added, removed and fire all the time.
// HERMES_KILL_ROUNDS says how often the engine is killed (6), HERMES_SEED where.
#include "base/testing/temporary_directory.hpp"
#include "process.hpp"
#include "runtime_extensions/cron/store.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::tests {
namespace {

using ext::cron::StoredEntry;

/// Rounds with the same state directory.
constexpr std::uint64_t kRoundsPerState = 25;
std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// The number after `prefix` in `text`, from `at` on.
std::optional<std::int64_t> number_after(std::string_view text, std::string_view prefix) {
  const std::size_t at = text.find(prefix);
  if (at == std::string_view::npos) return std::nullopt;
  return std::strtoll(std::string(text.substr(at + prefix.size(), 12)).c_str(), nullptr, 10);
}

/// What the component has said, each time after it was answered.
struct Said {
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::uint64_t fired = 0;
  std::int64_t last_added = -1;
  std::int64_t last_removed = -1;

  void read(const std::string& log) {
    for (const std::string& line : lines_of(log)) {
      if (const auto mark = number_after(line, "added mark ")) {
        ++added;
        last_added = std::max(last_added, *mark);
      }
      if (const auto mark = number_after(line, "removed mark ")) {
        ++removed;
        last_removed = std::max(last_removed, *mark);
      }
      if (line.find("fired ordered") != std::string::npos) ++fired;
    }
  }
};

/// What is on the disk.
struct Kept {
  bool kept = false;
  std::set<std::int64_t> marks;
  std::size_t steps = 0;
  /// The events of the tag `ordered`, in the order in which they fall due.
  std::set<std::pair<WallTime, std::uint64_t>> ordered;
};

Kept look(const std::string& state) {
  Kept kept;
  const auto entries = ext::cron::Store::read(state + "/applications/churn/cron.sqlite");
  EXPECT_TRUE(entries) << entries.error().message;
  if (!entries) return kept;
  for (const StoredEntry& entry : *entries) {
    const std::string& tag = entry.name->tag;
    if (tag == "kept") kept.kept = true;
    if (const auto number = number_after(tag, "mark ")) kept.marks.insert(*number);
    if (tag == "step") ++kept.steps;
    if (tag == "ordered") kept.ordered.emplace(entry.once_at.value(), entry.id.value());
  }
  return kept;
}

void expect_nothing_lost(const Kept& kept, const Said& said) {
  EXPECT_TRUE(kept.kept);
  // The chain goes on: with the next step, or with this one, or with both.
  EXPECT_GE(kept.steps, 1U);
  EXPECT_LE(kept.steps, 2U);
  if (kept.marks.empty()) {
    EXPECT_EQ(said.last_added, -1);
    return;
  }
  // Everything that was acknowledged is there, what was removed is not, nor is there a gap.
  EXPECT_GE(*kept.marks.rbegin(), said.last_added);
  EXPECT_GT(*kept.marks.begin(), said.last_removed);
  EXPECT_EQ(*kept.marks.rbegin() - *kept.marks.begin() + 1,
            static_cast<std::int64_t>(kept.marks.size()));
}

/// Of what there was before, what is gone had been due before everything that is left.
void expect_order(const Kept& before, const Kept& after) {
  bool left = false;
  for (const auto& entry : before.ordered) {
    const bool there = after.ordered.contains(entry);
    EXPECT_FALSE(left && !there) << "one that was due later came first";
    left = left || there;
  }
}

TEST(Kill, WhatIsAddedRemovedAndFiresIsKeptInOrder) {
  const std::uint64_t seed = number_from("HERMES_SEED", std::random_device{}());
  const std::uint64_t rounds = number_from("HERMES_KILL_ROUNDS", 6);
  SCOPED_TRACE("HERMES_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::unique_ptr<TemporaryDirectory> directory;
  Said all;
  Said said;
  Kept before;
  std::uint64_t overdue = 0;
  for (std::uint64_t round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    if (round % kRoundsPerState == 0) {
      directory = std::make_unique<TemporaryDirectory>();
      said = {};
      before = {};
    }
    const std::string state = *directory / "state";
    Process process({"playground", guest("churn"), "--app-name", "churn", "--state-dir", state});
    if (round % kRoundsPerState == 0) {
      ASSERT_TRUE(process.wait_for_err("added mark 1")) << process.err();
    }
    ASSERT_TRUE(process.wait_for_err_lines(1 + random() % 100)) << process.err();
    process.send(SIGKILL);
    const ProcessEnd end = process.wait();
    ASSERT_EQ(end.signal, SIGKILL) << end.err;
    const Said last = std::exchange(said, {});
    said.read(end.err);
    all.added += said.added;
    all.removed += said.removed;
    all.fired += said.fired;
    // What was said in earlier runs holds on.
    said.last_added = std::max(said.last_added, last.last_added);
    said.last_removed = std::max(said.last_removed, last.last_removed);

    const Kept kept = look(state);
    expect_nothing_lost(kept, said);
    expect_order(before, kept);
    overdue += kept.ordered.size();
    before = kept;
    if (HasFailure()) ADD_FAILURE() << "round " << round << "\n" << end.err;
    if ((round + 1) % 50 == 0) {
      fmt::print(stderr, "  {} of {} kills\n", round + 1, rounds);
    }
  }
  fmt::print("kills {}, added {}, removed {}, fired {}, waiting at a kill {}\n", rounds, all.added,
             all.removed, all.fired, overdue);
  EXPECT_GT(all.added, 0U);
  EXPECT_GT(all.removed, 0U);
  EXPECT_GT(all.fired, 0U);
}

}  // namespace
}  // namespace hermes::tests
