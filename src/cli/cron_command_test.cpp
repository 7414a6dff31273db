#include "cli/cron_command.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>

namespace hermes::cli {
namespace {

using namespace std::chrono_literals;
using ext::cron::EntryId;
using ext::cron::EntryName;
using ext::cron::Minute;
using ext::cron::Retrigger;

constexpr WallTime kNow = ManualClock::kWallStart + 65min + 5s;

CronReport example() {
  const Minute start = std::chrono::floor<std::chrono::minutes>(ManualClock::kWallStart);
  CronReport report{.running = false};
  report.applications.push_back({"shop",
                                 {{.id = EntryId{1},
                                   .name = std::make_shared<EntryName>("*/10 * * * *", "a\nb"),
                                   .retrigger = Retrigger::kYes,
                                   .progress = {.done = start + 40min,
                                                .completed = ManualClock::kWallStart + 40min,
                                                .missed = 3}},
                                  {.id = EntryId{2},
                                   .name = std::make_shared<EntryName>("1 1 1 1 *", "d"),
                                   .retrigger = Retrigger::kNo,
                                   .once_at = ManualClock::kWallStart + 61min + 7s}}});
  return report;
}

TEST(CronCommand, PrintsATable) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ("\n" + to_text(example(), kNow, {out, err, false, false}), R"(
  application  when                 again  next (UTC)           last handled (UTC)   overdue  left out  tag
  shop         */10 * * * *         yes    2024-01-01 01:10:00  2024-01-01 00:40:00  2        3         a\nb
  shop         once, after a delay  no     2024-01-01 01:01:07  -                    1        0         d

2 entries of 1 application; no engine is running
)");
  EXPECT_EQ(to_text({.running = true}, kNow, {out, err, false, false}),
            "0 entries of 0 applications; the engine is running: what it handled in the last "
            "moments may still be shown as overdue\n");
}

TEST(CronCommand, PrintsJson) {
  EXPECT_EQ(to_json(example(), kNow),
            R"({"running":false,"applications":[{"name":"shop","entries":[)"
            R"({"when":"*/10 * * * *","tag":"a\nb","retrigger":true,"delay":false,)"
            R"("next":"2024-01-01T01:10:00Z","completed":"2024-01-01T00:40:00Z","overdue":2,)"
            R"("missed":3},)"
            R"({"when":"1 1 1 1 *","tag":"d","retrigger":false,"delay":true,)"
            R"("next":"2024-01-01T01:01:07Z","completed":null,"overdue":1,"missed":0}]}]})");
}

}  // namespace
}  // namespace hermes::cli
