// A schedule and its writing thread, used by several threads: for the thread sanitizer.
#include "base/blocking.hpp"
#include "base/clock.hpp"
#include "runtime_extensions/cron/durable_schedule.hpp"
#include "runtime_extensions/cron/testing/memory_disk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hermes::ext::cron {
namespace {

using testing::Disk;
using testing::DiskStorage;
using ::testing::IsEmpty;

class Silent final : public DurableSchedule::Owner {
  void on_sooner() override {}
  void on_disk_error(const Error& error) override { ADD_FAILURE() << error.message; }
};

TEST(DurableScheduleThreads, AnyOfThemMayUseIt) {
  constexpr int kRounds = 300;
  const SystemClock clock;
  Silent owner;
  Disk disk;
  BlockingThread writer;
  DurableSchedule schedule({}, Recording::kOn, clock, owner, {}, {1, 2});
  ASSERT_TRUE(schedule.restore(std::make_unique<DiskStorage>(disk), {}, writer));
  std::atomic<int> yes{0};
  const auto answer = [&yes](const Result<bool>& result) { yes += result.value_or(false) ? 1 : 0; };
  std::vector<std::jthread> threads;
  for (int number = 0; number < 3; ++number) {
    threads.emplace_back([&, tag = std::to_string(number)] {
      for (int round = 0; round < kRounds; ++round) {
        schedule.add(schedule.new_ticket(), "0 0 29 2 *", tag, Retrigger::kYes, answer);
        schedule.delay(schedule.new_ticket(), 0, "d" + tag, answer);
        static_cast<void>(schedule.ls(std::nullopt));
        schedule.rm(schedule.new_ticket(), "0 0 29 2 *", tag, answer);
      }
    });
  }
  // Two that handle what is due, as an engine's workers do; only one at a time may take it.
  std::mutex taking;
  std::atomic<int> handled{0};
  for (int number = 0; number < 2; ++number) {
    threads.emplace_back([&] {
      Due due;
      while (handled < 3 * kRounds) {
        due.clear();
        {
          const std::lock_guard lock(taking);
          schedule.take_due(due);
        }
        for (const Occurrence& each : due.occurrences) {
          if (schedule.begin(each.entry)) ++handled;
          schedule.finished(each, true);
        }
        std::this_thread::yield();
      }
    });
  }
  threads.clear();
  ASSERT_TRUE(schedule.flush());
  EXPECT_EQ(yes, 3 * 3 * kRounds);
  EXPECT_THAT(schedule.ls(std::nullopt), IsEmpty());
  EXPECT_THAT(disk.rows, IsEmpty());
}

}  // namespace
}  // namespace hermes::ext::cron
