#include "cron.hpp"

#include "base/clock.hpp"
#include "base/random.hpp"
#include "runtime_extensions/cron/durable_schedule.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::bench {
namespace {

using namespace std::chrono_literals;
using ext::cron::DurableSchedule;
using Steady = std::chrono::steady_clock;

/// Entries that are made, and then removed, while the clock is read once.
constexpr std::size_t kBatch = 10'000;
constexpr int kBatches = 20;

/// What the heap holds, in bytes.
std::size_t heap_bytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

struct Name {
  std::string when;
  std::string tag;
};

/// A schedule as an application without a state directory has it.
class Subject final : private DurableSchedule::Owner {
 public:
  explicit Subject(std::uint32_t live)
      : schedule_({.max_entries = live + kBatch}, ext::cron::Recording::kOff, clock_, *this) {
    for (std::uint32_t i = 0; i < live; ++i) {
      // One half of either kind.
      if (i % 2 == 0) {
        add(name(i));
      } else {
        delay(std::to_string(i));
      }
    }
  }

  Name name(std::uint64_t number) {
    return {fmt::format("{} {} * * *", random_.below(60), random_.below(24)),
            std::to_string(number)};
  }
  void add(const Name& name) {
    schedule_.add(schedule_.new_ticket(), name.when, name.tag, ext::cron::Retrigger::kYes,
                  expect_yes());
  }
  void delay(std::string_view tag) {
    // Nothing falls due while it is measured.
    const Duration duration = 1h + Duration{random_.between(0, Duration{24h}.count())};
    schedule_.delay(schedule_.new_ticket(), static_cast<std::uint64_t>(duration.count()), tag,
                    expect_yes());
  }
  void rm(const Name& name) {
    schedule_.rm(schedule_.new_ticket(), name.when, name.tag, expect_yes());
  }
  /// The name under which the only entry with `tag` is listed.
  [[nodiscard]] Name listed(const std::string& tag) const {
    return {schedule_.ls(tag).at(0).name->when, tag};
  }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  DurableSchedule::Answer expect_yes() {
    return [this](const Result<bool>& answer) { refused_ += answer && *answer ? 0 : 1; };
  }
  void on_sooner() override {}
  void on_disk_error(const Error&) override {}

  SystemClock clock_;
  SeededRandom random_{1};
  std::uint64_t refused_ = 0;
  DurableSchedule schedule_;
};

template <class Operation>
Duration timed(Operation&& operation) {
  const auto start = Steady::now();
  operation();
  return Steady::now() - start;
}

Result<double> per_operation(Duration spent) {
  return static_cast<double>(spent.count()) / (static_cast<double>(kBatches) * kBatch);
}

}  // namespace

Result<double> cron_entries(const std::string& what, std::uint32_t live) {
  const std::size_t before = heap_bytes();
  Subject subject(live);
  const std::size_t bytes = heap_bytes() - before;
  if (subject.refused() > 0) return fail(ErrorCode::kInternal, "an entry was refused");
  if (what == "bytes") return static_cast<double>(bytes) / live;

  Duration adding{};
  Duration delaying{};
  Duration removing{};
  std::uint64_t number = live;
  for (int batch = 0; batch < kBatches; ++batch) {
    const bool expressions = what != "delay" && batch % 2 == 0;
    std::vector<Name> names;
    for (std::size_t i = 0; i < kBatch; ++i) names.push_back(subject.name(++number));
    if (what == "add" || expressions) {
      adding += timed([&] {
        for (const Name& name : names) subject.add(name);
      });
    } else {
      delaying += timed([&] {
        for (const Name& name : names) subject.delay(name.tag);
      });
      for (Name& name : names) name = subject.listed(name.tag);
    }
    removing += timed([&] {
      for (const Name& name : names) subject.rm(name);
    });
  }
  if (subject.refused() > 0) return fail(ErrorCode::kInternal, "an operation was refused");
  if (what == "add") return per_operation(adding);
  if (what == "delay") return per_operation(delaying);
  if (what == "rm") return per_operation(removing);
  return fail(ErrorCode::kInvalidArgument, "add, delay, rm or bytes can be measured");
}

Result<double> cron_floor(const std::string& what, std::uint32_t live) {
  SeededRandom random(1);
  std::set<std::pair<std::int64_t, std::uint64_t>> timers;
  std::uint64_t number = 0;
  const auto timer = [&] { return std::pair(random.between(0, Duration{24h}.count()), ++number); };
  while (timers.size() < live) timers.insert(timer());
  Duration inserting{};
  Duration erasing{};
  for (int batch = 0; batch < kBatches; ++batch) {
    std::vector<std::pair<std::int64_t, std::uint64_t>> some;
    for (std::size_t i = 0; i < kBatch; ++i) some.push_back(timer());
    inserting += timed([&] {
      for (const auto& each : some) timers.insert(each);
    });
    erasing += timed([&] {
      for (const auto& each : some) timers.erase(each);
    });
  }
  return per_operation(what == "rm" ? erasing : inserting);
}

}  // namespace hermes::bench
