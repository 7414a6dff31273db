// A regular expression for paths, and how specific it is.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace hermes::ext::http_gateway {

inline constexpr std::size_t kMaxPatternBytes = 512;
/// Memory that one pattern may take: its program and the states that matching builds. When it is
/// used up, matching goes on more slowly, and still in time linear in the path.
inline constexpr std::int64_t kMaxPatternMemoryBytes = std::int64_t{512} * 1024;
/// Instructions of a compiled pattern beyond its literal start. A pattern that makes more states
/// than that memory holds takes up to some 5 ns per instruction and byte of a path.
inline constexpr int kMaxPatternInstructions = 400;
/// The same for all endpoints or all auth rules of an application together: they bound what a
/// request may cost before anything runs.
inline constexpr int kMaxInstructionsInAll = 8000;

/// An RE2 regular expression (https://github.com/google/re2/wiki/Syntax) that a whole canonical
/// path (RequestPath) has to match. `.` matches every character. Immutable; any thread may use it;
/// copies share the compiled expression.
class PathPattern {
 public:
  /// The error shows the pattern, the column (bytes, from 1) and what is wrong there.
  static Result<PathPattern> compile(std::string_view text);

  /// Allocates nothing, as long as RE2 has the memory that it needs.
  [[nodiscard]] bool matches(std::string_view path) const;

  [[nodiscard]] const std::string& text() const { return text_; }
  /// The text before the first character with a special meaning; every match begins with it. Empty
  /// if the pattern is a choice at its top level, `/a|/b`.
  [[nodiscard]] const std::string& literal_start() const { return start_; }
  /// Whether the pattern matches its literal start and nothing else.
  [[nodiscard]] bool is_fixed() const { return expression_ == nullptr; }
  /// Beyond the literal start; at most kMaxPatternInstructions.
  [[nodiscard]] int instructions() const { return instructions_; }

 private:
  PathPattern() = default;
  std::string text_;
  std::string start_;
  int instructions_ = 0;
  // None: a fixed path needs none.
  std::shared_ptr<const re2::RE2> expression_;
};

/// Whether patterns with so many instructions together are within kMaxInstructionsInAll; `what`
/// they are is what the error names.
Result<void> check_instructions(int in_all, std::string_view what);

}  // namespace hermes::ext::http_gateway
