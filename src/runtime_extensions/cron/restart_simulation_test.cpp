// Random applications on a schedule that is stopped, killed and restarted again and again. A
// failure prints its seed; HERMES_SEED runs one, HERMES_RESTART_SEEDS as many as that.
#include "base/random.hpp"
#include "base/simulated_executor.hpp"
#include "runtime_extensions/cron/durable_schedule.hpp"
#include "runtime_extensions/cron/testing/memory_disk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace hermes::ext::cron {
namespace {

using namespace std::chrono_literals;
using testing::Disk;
using testing::DiskStorage;

using Name = std::pair<std::string, std::string>;  // when, tag

constexpr std::array<const char*, 4> kTimes = {"* * * * *", "*/2 * * * *", "3-50/7 * * * *",
                                               "@hourly"};
constexpr std::array<const char*, 3> kTags = {"a", "b", "c"};

// What the application knows, across all runs.
struct Knowledge {
  // Entries by what was acknowledged last; nothing: an operation has never been answered.
  std::map<Name, std::optional<Retrigger>> entries;
  // Removed, acknowledged, and not asked for again since.
  std::set<Name> removed;
  // Delays that were acknowledged, by tag and time; and those that have been handled.
  std::map<std::pair<std::string, WallTime>, Name> delays;
  std::set<std::pair<std::string, WallTime>> handled_delays;
  // Handled, and an orderly stop came after it.
  std::set<std::pair<Name, WallTime>> settled;
};

// One run of the engine with an application that does whatever the seed says.
class EngineRun final : private DurableSchedule::Owner {
 public:
  EngineRun(Disk& disk, Knowledge& known, SeededRandom& random, WallTime wall, MissedPolicy policy)
      : disk_(disk),
        known_(known),
        random_(random),
        executor_(random.next(), wall),
        blocking_(executor_),
        schedule_({.missed = policy, .max_fire_all = 20}, Recording::kOn, executor_.clock(),
                  *this) {
    EXPECT_TRUE(schedule_.restore(std::make_unique<DiskStorage>(disk), disk.entries(), blocking_));
    check_restored();
  }

  // Until the process dies, or `steps` are over.
  void live(std::uint64_t steps) {
    for (std::uint64_t step = 0; step < steps && !disk_.dead; ++step) act();
  }

  void stop_in_order() {
    pass(0s);
    handle_everything();
    ASSERT_TRUE(schedule_.flush());
    known_.settled.insert(handled_.begin(), handled_.end());
  }

  void handle_everything() {
    while (!handling_.empty()) end_one(handling_.begin()->first);
    for (auto& [tag, lane] : lanes_) {
      while (!lane.empty()) {
        begin_one(tag);
        if (handling_.contains(tag)) end_one(tag);
      }
    }
  }
  void pass(Duration by) {
    // An operation takes no time, so that what is due is known in the order in which it is.
    executor_.run_ready();
    executor_.run_for(by);
    take();
  }
  [[nodiscard]] WallTime wall() const { return executor_.clock().wall(); }

 private:
  void on_sooner() override {}
  void on_disk_error(const Error&) override {}

  void act() {
    switch (random_.below(9)) {
      case 0:
        return add();
      case 1:
        return delay();
      case 2:
        return rm();
      case 3:
      case 4:
        executor_.step();
        return;
      case 5:
        return pass(std::chrono::seconds{random_.below(90)});
      case 6:
        disk_.broken = random_.chance(1, 5);
        return;
      default:
        return handle();
    }
  }

  Name some_name() {
    return {kTimes[random_.below(kTimes.size())], kTags[random_.below(kTags.size())]};
  }

  void add() {
    const Name name = some_name();
    // Of two at the same time nobody knows which is first.
    if (!asked_.insert(name).second) return;
    const Retrigger retrigger = random_.chance(2, 3) ? Retrigger::kYes : Retrigger::kNo;
    known_.removed.erase(name);
    const auto before = known_.entries.find(name);
    const std::optional<Retrigger> old =
        before == known_.entries.end() ? std::nullopt : before->second;
    known_.entries[name].reset();
    schedule_.add(schedule_.new_ticket(), name.first, name.second, retrigger,
                  [this, name, retrigger, old](const Result<bool>& result) {
                    if (disk_.dead) return;
                    asked_.erase(name);
                    if (result) {
                      known_.entries[name] = retrigger;
                    } else if (old) {
                      known_.entries[name] = old;
                    }
                  });
  }

  void delay() {
    const std::string tag = kTags[random_.below(kTags.size())];
    const Duration duration{static_cast<std::int64_t>(random_.below(600'000'000'000))};
    const WallTime due = wall() + duration;
    const Name name{Crontab::at_minute(std::chrono::floor<std::chrono::minutes>(due)).to_string(),
                    tag};
    known_.removed.erase(name);
    ++generation_[name];
    ++delaying_[name];
    schedule_.delay(schedule_.new_ticket(), static_cast<std::uint64_t>(duration.count()), tag,
                    [this, tag, due, name](const Result<bool>& result) {
                      if (disk_.dead) return;
                      --delaying_[name];
                      // Unless it is being removed.
                      if (result && !asked_.contains(name)) known_.delays[{tag, due}] = name;
                    });
  }

  void rm() {
    Name name = some_name();
    if (random_.chance(1, 2) && !known_.delays.empty()) {
      auto delay = known_.delays.begin();
      std::advance(delay, static_cast<std::ptrdiff_t>(random_.below(known_.delays.size())));
      name = delay->second;
    }
    if (!asked_.insert(name).second) return;
    known_.removed.erase(name);
    const auto entry = known_.entries.find(name);
    if (entry != known_.entries.end()) entry->second.reset();
    // From now on it may be gone.
    std::set<std::pair<std::string, WallTime>> delays;
    for (const auto& [key, its_name] : known_.delays) {
      if (its_name == name) delays.insert(key);
    }
    for (const auto& key : delays) known_.delays.erase(key);
    // A delay that is on its way may come before or after it.
    const bool certain = delaying_[name] == 0;
    schedule_.rm(schedule_.new_ticket(), name.first, name.second,
                 [this, name, certain, asked = ++generation_[name]](const Result<bool>& result) {
                   if (disk_.dead) return;
                   asked_.erase(name);
                   if (!result) return;
                   known_.entries.erase(name);
                   if (*result && certain && generation_[name] == asked)
                     known_.removed.insert(name);
                 });
  }

  void take() {
    Due due;
    schedule_.take_due(due);
    for (Occurrence& each : due.occurrences) {
      const std::string tag = each.name->tag;
      lanes_[tag].push_back(std::move(each));
    }
  }

  void handle() {
    const std::string tag = kTags[random_.below(kTags.size())];
    if (handling_.contains(tag)) {
      end_one(tag);
    } else if (!lanes_[tag].empty()) {
      begin_one(tag);
    }
  }

  void begin_one(const std::string& tag) {
    const Occurrence occurrence = lanes_[tag].front();
    lanes_[tag].pop_front();
    if (!schedule_.begin(occurrence.entry)) {
      schedule_.abandon(occurrence);
      return;
    }
    const Name name{occurrence.name->when, tag};
    EXPECT_FALSE(known_.removed.contains(name)) << name.first << ' ' << tag << " was removed";
    EXPECT_FALSE(known_.settled.contains({name, occurrence.at}))
        << name.first << ' ' << tag << " was handled before an orderly stop";
    EXPECT_TRUE(begun_.insert({occurrence.entry, occurrence.at}).second) << "twice in one run";
    EXPECT_LE(last_[tag], occurrence.at) << "order of tag " << tag;
    last_[tag] = occurrence.at;
    handling_.emplace(tag, occurrence);
  }

  // By value: what names the tag goes away here.
  void end_one(std::string tag) {  // NOLINT(performance-unnecessary-value-param)
    const auto found = handling_.find(tag);
    const Occurrence occurrence = found->second;
    handling_.erase(found);
    schedule_.finished(occurrence, true);
    const Name name{occurrence.name->when, tag};
    handled_.insert({name, occurrence.at});
    known_.handled_delays.insert({tag, occurrence.at});
  }

  // Nothing that was acknowledged is missing, and nothing is there that was removed.
  void check_restored() {
    std::map<Name, Retrigger> listed;
    for (const Listed& each : schedule_.ls(std::nullopt)) {
      listed[{each.name->when, each.name->tag}] = each.retrigger;
    }
    for (const auto& [name, retrigger] : known_.entries) {
      if (retrigger != Retrigger::kYes) continue;
      const auto found = listed.find(name);
      ASSERT_NE(found, listed.end()) << name.first << ' ' << name.second << " is missing";
      EXPECT_EQ(found->second, Retrigger::kYes);
    }
    for (const Name& name : known_.removed) {
      EXPECT_FALSE(listed.contains(name)) << name.first << ' ' << name.second << " is back";
    }
    for (const auto& [key, name] : known_.delays) {
      if (known_.handled_delays.contains(key)) continue;
      EXPECT_TRUE(listed.contains(name)) << "the delay " << name.first << " is missing";
    }
  }

  Disk& disk_;
  Knowledge& known_;
  SeededRandom& random_;
  SimulatedExecutor executor_;
  SimulatedBlocking blocking_;

  std::set<Name> asked_;
  // How often something was asked of a name; and its delays that are not answered.
  std::map<Name, std::uint64_t> generation_;
  std::map<Name, int> delaying_;
  std::map<std::string, std::deque<Occurrence>> lanes_;
  std::map<std::string, Occurrence> handling_;
  std::map<std::string, WallTime> last_;
  std::set<std::pair<EntryId, WallTime>> begun_;
  std::set<std::pair<Name, WallTime>> handled_;
  DurableSchedule schedule_;
};

void simulate(std::uint64_t seed) {
  SeededRandom random(seed);
  Disk disk;
  Knowledge known;
  WallTime wall = ManualClock::kWallStart;
  const auto policy = static_cast<MissedPolicy>(random.below(3));
  const std::uint64_t runs = 2 + random.below(6);
  for (std::uint64_t number = 0; number < runs; ++number) {
    disk.dead = false;
    disk.broken = false;
    disk.dies_after.reset();
    if (random.chance(1, 2)) disk.dies_after = random.below(40);
    {
      EngineRun run(disk, known, random, wall, policy);
      run.live(random.below(400));
      if (!disk.dead) disk.dies_after.reset();
      disk.broken = false;
      // Otherwise it is killed where it stands.
      if (!disk.dead && random.chance(1, 3)) run.stop_in_order();
      wall = run.wall();
    }
    if (::testing::Test::HasFailure()) return;
    wall += std::chrono::seconds{random.below(random.chance(1, 3) ? 20'000 : 100)};
  }
  // In the end every delay that was accepted and not removed has come.
  disk.dead = false;
  disk.dies_after.reset();
  EngineRun last(disk, known, random, wall, policy);
  for (int round = 0; round < 20; ++round) {
    last.pass(1min);
    last.handle_everything();
  }
  for (const auto& [key, name] : known.delays) {
    EXPECT_TRUE(known.handled_delays.contains(key)) << name.first << ' ' << name.second;
  }
}

TEST(RestartSimulation, NothingAcknowledgedIsLostAndNothingRemovedComesBack) {
  const char* one = std::getenv("HERMES_SEED");
  const char* count = std::getenv("HERMES_RESTART_SEEDS");
  const std::uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 1;
  const std::uint64_t seeds = one != nullptr     ? 1
                              : count != nullptr ? std::strtoull(count, nullptr, 10)
                                                 : 300;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("HERMES_SEED=" + std::to_string(seed));
    simulate(seed);
    ASSERT_FALSE(HasFailure()) << "HERMES_SEED=" << seed;
  }
}

}  // namespace
}  // namespace hermes::ext::cron
