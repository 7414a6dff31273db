// From the pieces in which a guest writes to the lines that people read.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace hermes::app {

/// Joins pieces of output until a line is whole. Keeps its capacity between uses.
class LineSplitter {
 public:
  /// Longer lines are given out in parts of this size.
  static constexpr std::size_t kMaxLineBytes = std::size_t{8} * 1024;

  /// Calls `on_line` for each line that is whole with `data`, without its line end ("\n" or
  /// "\r\n"), and for each full part of a line that is too long.
  template <class OnLine>
  void append(std::string_view data, OnLine&& on_line) {
    while (!data.empty()) {
      const std::size_t end = data.find('\n');
      const bool whole = end != std::string_view::npos;
      std::string_view piece = data.substr(0, end);
      data.remove_prefix(whole ? end + 1 : data.size());
      while (pending_.size() + piece.size() > kMaxLineBytes) {
        const std::size_t taken = kMaxLineBytes - pending_.size();
        pending_ += piece.substr(0, taken);
        piece.remove_prefix(taken);
        on_line(std::string_view(pending_));
        pending_.clear();
        // What follows belongs to a line that was begun: if nothing follows, there is no empty line
        // to report.
        continues_ = true;
      }
      if (!whole) {
        pending_ += piece;
      } else if (pending_.empty()) {
        if (!piece.empty() || !continues_) on_line(without_return(piece));
        continues_ = false;
      } else {
        pending_ += piece;
        on_line(without_return(pending_));
        pending_.clear();
        continues_ = false;
      }
    }
  }

  /// Calls `on_line` with what is left of a line that was not ended.
  template <class OnLine>
  void flush(OnLine&& on_line) {
    if (!pending_.empty()) on_line(without_return(pending_));
    pending_.clear();
    continues_ = false;
  }

 private:
  static std::string_view without_return(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  std::string pending_;
  bool continues_ = false;
};

}  // namespace hermes::app
