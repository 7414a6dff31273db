#include "base/recent_problems.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace hermes {
namespace {

constexpr std::string_view kCut = "...";

/// Whether `byte` goes on with a character of UTF-8.
bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

/// As UTF-8, of `most` bytes at most.
std::string cut(std::string_view text, std::size_t most) {
  // A little more than fits: so that what is cut in the middle of a character is cut off again.
  constexpr std::size_t kLongestCharacter = 4;
  std::string kept = to_utf8(text.substr(0, most + kLongestCharacter));
  if (kept.size() <= most) return kept;
  std::size_t end = most - kCut.size();
  while (end > 0 && continues(kept[end])) --end;
  kept.resize(end);
  return kept += kCut;
}

std::string value_text(const LogField& field) {
  return std::visit(
      [](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::string_view>) {
          return cut(value, RecentProblems::kMostFieldBytes);
        } else if constexpr (std::is_same_v<Value, RawJson>) {
          return cut(value.text, RecentProblems::kMostFieldBytes);
        } else {
          return fmt::format("{}", value);
        }
      },
      field.value);
}

RecentProblem kept_from(const LogEntry& entry, WallTime at) {
  using Kept = RecentProblems;
  RecentProblem problem{.at = at,
                        .first_at = at,
                        .level = entry.level,
                        .application = cut(entry.scope.application, Kept::kMostFieldBytes),
                        .module = cut(entry.scope.module, Kept::kMostFieldBytes),
                        .event = cut(entry.scope.event, Kept::kMostFieldBytes),
                        .counter = entry.scope.counter,
                        .message = cut(entry.message, Kept::kMostBytes),
                        .fields = {},
                        .backtrace = {}};
  for (const LogField& field :
       entry.fields.first(std::min(entry.fields.size(), Kept::kMostFields))) {
    problem.fields.emplace_back(cut(field.key, Kept::kMostFieldBytes), value_text(field));
  }
  for (const std::string& frame :
       entry.backtrace.first(std::min(entry.backtrace.size(), Kept::kMostFrames))) {
    problem.backtrace.push_back(cut(frame, Kept::kMostFrameBytes));
  }
  if (entry.backtrace.size() > Kept::kMostFrames) {
    problem.backtrace.push_back(
        fmt::format("and {} more", entry.backtrace.size() - Kept::kMostFrames));
  }
  return problem;
}

bool same(const RecentProblem& one, const RecentProblem& other) {
  return one.level == other.level && one.application == other.application &&
         one.module == other.module && one.event == other.event && one.message == other.message &&
         one.backtrace == other.backtrace;
}

}  // namespace

void RecentProblems::add(const LogEntry& entry, WallTime at) {
  RecentProblem problem = kept_from(entry, at);
  const std::lock_guard lock(mutex_);
  problem.sequence = ++sequence_;
  const auto repeated =
      std::ranges::find_if(kept_, [&](const RecentProblem& kept) { return same(kept, problem); });
  if (repeated != kept_.end()) {
    problem.first_at = repeated->first_at;
    problem.count = repeated->count + 1;
    kept_.erase(repeated);
  } else if (kept_.size() >= kMost) {
    make_room();
  }
  kept_.push_back(std::move(problem));
}

void RecentProblems::make_room() {
  std::map<std::string_view, std::size_t> by_application;
  for (const RecentProblem& kept : kept_) ++by_application[kept.application];
  const auto most =
      std::ranges::max_element(by_application, {}, [](const auto& each) { return each.second; });
  kept_.erase(std::ranges::find(kept_, most->first, &RecentProblem::application));
}

std::vector<RecentProblem> RecentProblems::all() const {
  const std::lock_guard lock(mutex_);
  return {kept_.rbegin(), kept_.rend()};
}

}  // namespace hermes
