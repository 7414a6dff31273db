#include "runtime_extensions/http_gateway/path_pattern.hpp"

#include "base/text.hpp"
#include "runtime_extensions/http_gateway/ascii.hpp"
#include "runtime_extensions/http_gateway/shown.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

constexpr std::string_view kSpecial = "\\.[](){}*+?|^$";
constexpr std::string_view kQuantifiers = "*+?{";

constexpr bool is_special(char c) { return kSpecial.find(c) != std::string_view::npos; }

// Walks over a regular expression by its outermost structure. Only as far as RE2's own grammar
// needs it to find brackets and parentheses.
class Outline {
 public:
  explicit Outline(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at < text_.size(); at = after(at)) {
      if (text_[at] == '(') open_.push_back(at);
      if (text_[at] == ')' && !open_.empty()) open_.pop_back();
      if (text_[at] == '|' && open_.empty()) has_choice_ = true;
    }
  }

  // Whether there is a `|` outside all parentheses.
  [[nodiscard]] bool has_choice() const { return has_choice_; }
  // Where the last parenthesis is that is never closed.
  [[nodiscard]] std::size_t unclosed() const { return open_.empty() ? 0 : open_.back(); }

 private:
  // The position after the character, escape, quotation or class that begins at `at`.
  [[nodiscard]] std::size_t after(std::size_t at) const {
    if (text_.substr(at).starts_with("\\Q")) {
      const std::size_t end = text_.find("\\E", at + 2);
      return end == std::string_view::npos ? text_.size() : end + 2;
    }
    if (text_[at] == '\\') return at + 2;
    if (text_[at] == '[') return after_class(at + 1);
    return at + 1;
  }

  [[nodiscard]] std::size_t after_class(std::size_t at) const {
    if (at < text_.size() && text_[at] == '^') ++at;
    // A bracket that comes first is one of the characters.
    if (at < text_.size() && text_[at] == ']') ++at;
    while (at < text_.size() && text_[at] != ']') {
      if (text_.substr(at).starts_with("[:")) {
        const std::size_t end = text_.find(":]", at + 2);
        if (end != std::string_view::npos) {
          at = end + 2;
          continue;
        }
      }
      at += text_[at] == '\\' ? 2 : 1;
    }
    return at + 1;
  }

  std::string_view text_;
  std::vector<std::size_t> open_;
  bool has_choice_ = false;
};

struct Start {
  std::string literal;
  bool is_whole = false;
};

// An escaped mark stands for itself: `\.`.
Start literal_start_of(std::string_view text) {
  Start start;
  if (Outline(text).has_choice()) return start;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t next = at + 1;
    char c = text[at];
    if (c == '\\' && next < text.size() && is_special(text[next])) {
      c = text[next++];
    } else if (is_special(c)) {
      break;
    }
    if (next < text.size() && kQuantifiers.find(text[next]) != std::string_view::npos) break;
    start.literal += c;
    at = next;
  }
  start.is_whole = at == text.size();
  // What is repeated may be a character of several bytes, of which only the last was left out.
  if (!start.is_whole) {
    while (!start.literal.empty() && !is_utf8(start.literal)) start.literal.pop_back();
  }
  return start;
}

std::unexpected<Error> refuse(std::string_view text, std::size_t position, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("path pattern {}, column {}: {}", shown(text), position + 1, why));
}

// Where RE2 found what it complains about; it names the text, not the place.
std::size_t position_of(const re2::RE2& expression, std::string_view text) {
  if (expression.error_code() == re2::RE2::ErrorMissingParen) return Outline(text).unclosed();
  const std::size_t found = text.find(expression.error_arg());
  return found == std::string_view::npos ? 0 : found;
}

Result<void> check_before_compiling(std::string_view text) {
  if (text.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "a path pattern must not be empty; /.* matches every path");
  }
  if (text.size() > kMaxPatternBytes) {
    return fail(ErrorCode::kLimit, fmt::format("a path pattern may have {} bytes, this one has {}",
                                               kMaxPatternBytes, text.size()));
  }
  if (!is_utf8(text)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("path pattern {} is not UTF-8", shown(text)));
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_control(text[at])) return refuse(text, at, "a path has no control characters");
  }
  if (text.front() != '/' && !is_special(text.front())) {
    return refuse(text, 0, fmt::format("paths begin with a slash; write /{}", printable(text)));
  }
  // Meant as in a shell, not as in a regular expression. No path has two slashes in a row.
  for (const std::string_view repeated : {"/*", "/+"}) {
    const std::size_t at = text.find(repeated);
    if (at != std::string_view::npos && (at == 0 || text[at - 1] != '[')) {
      return refuse(text, at,
                    fmt::format("{} repeats the slash; for anything below, write /.*", repeated));
    }
  }
  return {};
}

}  // namespace

Result<PathPattern> PathPattern::compile(std::string_view text) {
  if (auto checked = check_before_compiling(text); !checked) {
    return std::unexpected(std::move(checked).error());
  }
  re2::RE2::Options options;
  options.set_max_mem(kMaxPatternMemoryBytes);
  options.set_never_capture(true);
  options.set_dot_nl(true);
  options.set_log_errors(false);
  auto expression =
      std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!expression->ok()) {
    return refuse(text, position_of(*expression, text), printable(expression->error()));
  }
  PathPattern pattern;
  pattern.text_ = text;
  Start start = literal_start_of(text);
  pattern.start_ = std::move(start.literal);
  if (start.is_whole) return pattern;
  pattern.instructions_ =
      std::max(0, expression->ProgramSize() - static_cast<int>(pattern.start_.size()));
  pattern.expression_ = std::move(expression);
  if (pattern.instructions_ > kMaxPatternInstructions) {
    return fail(ErrorCode::kLimit,
                fmt::format("path pattern {} is too complicated: {} instructions when compiled, at "
                            "most {} are allowed; use fewer or smaller repetitions {{n,m}}",
                            shown(text), pattern.instructions_, kMaxPatternInstructions));
  }
  return pattern;
}

bool PathPattern::matches(std::string_view path) const {
  if (!path.starts_with(start_)) return false;
  if (is_fixed()) return path.size() == start_.size();
  return re2::RE2::FullMatch(re2::StringPiece(path.data(), path.size()), *expression_);
}

Result<void> check_instructions(int in_all, std::string_view what) {
  if (in_all <= kMaxInstructionsInAll) return {};
  return fail(ErrorCode::kLimit,
              fmt::format("the path patterns of the {} are too complicated together: {} "
                          "instructions when compiled, at most {} are allowed; use fewer or "
                          "smaller repetitions {{n,m}}",
                          what, in_all, kMaxInstructionsInAll));
}

}  // namespace hermes::ext::http_gateway
