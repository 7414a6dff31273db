// "name=number,name=number": how settings travel on the command line of our own compile worker.
// Strict in both directions, so that two versions of the program that do not fit together notice.
#pragma once

#include "base/result.hpp"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>

namespace hermes::wasm {

class KeyValueWriter {
 public:
  void add(std::string_view name, std::uint64_t value) {
    if (!text_.empty()) text_ += ',';
    text_ += name;
    text_ += '=';
    text_ += std::to_string(value);
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

/// Takes settings one by one; finish() then says whether all were there, in range, and nothing
/// else. The text must outlive the reader.
class KeyValueReader {
 public:
  [[nodiscard]] static Result<KeyValueReader> parse(std::string_view text) {
    KeyValueReader reader;
    while (!text.empty()) {
      const std::string_view item = text.substr(0, text.find(','));
      text.remove_prefix(std::min(text.size(), item.size() + 1));
      const auto equals = item.find('=');
      std::uint64_t value = 0;
      const char* end = item.data() + item.size();
      if (equals == std::string_view::npos || equals == 0) return malformed(item);
      const auto [stop, error] = std::from_chars(item.data() + equals + 1, end, value);
      if (error != std::errc() || stop != end) return malformed(item);
      if (!reader.values_.emplace(item.substr(0, equals), value).second) {
        return fail(ErrorCode::kInvalidArgument, "the setting " + quoted(item) + " is there twice");
      }
    }
    return reader;
  }

  template <class T>
    requires std::unsigned_integral<T>
  void take(std::string_view name, T& into) {
    const auto found = values_.find(name);
    if (found == values_.end()) {
      problem("the setting " + quoted(name) + " is missing");
      return;
    }
    const std::uint64_t most =
        std::same_as<T, bool> ? 1 : static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    if (found->second > most) {
      problem("the setting " + quoted(name) + " is " + std::to_string(found->second) +
              ", more than " + std::to_string(most));
    } else {
      into = static_cast<T>(found->second);
    }
    values_.erase(found);
  }

  [[nodiscard]] Result<void> finish() {
    if (!values_.empty()) problem("the setting " + quoted(values_.begin()->first) + " is unknown");
    if (!problem_.empty()) return fail(ErrorCode::kInvalidArgument, problem_);
    return {};
  }

 private:
  static std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }
  static std::unexpected<Error> malformed(std::string_view item) {
    return fail(ErrorCode::kInvalidArgument, quoted(item) + " is not of the form name=number");
  }
  /// Keeps the first problem.
  void problem(std::string text) {
    if (problem_.empty()) problem_ = std::move(text);
  }

  std::map<std::string_view, std::uint64_t> values_;
  std::string problem_;
};

}  // namespace hermes::wasm
