// The latest warnings and errors, for those who look at the engine now.
#pragma once

#include "base/clock.hpp"
#include "base/log_entry.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hermes {

/// A line of the log, kept. What is longer than the bounds of RecentProblems is cut, and ends with
/// "...". Texts are UTF-8, and otherwise as they came: who shows them makes them safe.
struct RecentProblem {
  /// Counts lines, repeated ones too: what is new has a higher one than all before.
  std::uint64_t sequence = 0;
  /// Of the last one, when it was repeated.
  WallTime at{};
  WallTime first_at{};
  /// How often it came.
  std::uint64_t count = 1;
  LogLevel level = LogLevel::kError;
  std::string application;
  std::string module;
  std::string event;
  /// Of the last one.
  std::optional<std::uint64_t> counter;
  std::string message;
  /// Key and value.
  std::vector<std::pair<std::string, std::string>> fields;
  /// Innermost first.
  std::vector<std::string> backtrace;
};

/// Keeps the latest lines that it is given: kMost at most, 1.5 MiB at the very worst. A line that
/// repeats one of its application is counted there. When there are too many, the oldest one goes of
/// the application that has the most: none can push out what others had to say. Any thread; adding
/// takes a lock and copies, so it is for what is rare.
class RecentProblems {
 public:
  static constexpr std::size_t kMost = 100;
  static constexpr std::size_t kMostBytes = 2048;
  static constexpr std::size_t kMostFrames = 32;
  static constexpr std::size_t kMostFrameBytes = 256;
  static constexpr std::size_t kMostFields = 8;
  static constexpr std::size_t kMostFieldBytes = 256;

  void add(const LogEntry& entry, WallTime at);

  /// The latest first.
  [[nodiscard]] std::vector<RecentProblem> all() const;

 private:
  void make_room();

  mutable std::mutex mutex_;
  /// The latest last.
  std::list<RecentProblem> kept_;
  std::uint64_t sequence_ = 0;
};

}  // namespace hermes
