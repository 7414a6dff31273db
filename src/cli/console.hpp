// Where commands write.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace hermes::cli {

/// How a piece of text is shown on a terminal.
enum class Style : std::uint8_t { kPlain, kBold, kDim, kGood, kBad, kWarning };

/// Standard output for results, standard error for everything else. One thread.
class Console {
 public:
  /// Both streams outlive the console. `*_colour`: whether the stream is a terminal that wants
  /// colour.
  Console(std::ostream& out, std::ostream& err, bool out_colour, bool err_colour)
      : out_(out), err_(err), out_colour_(out_colour), err_colour_(err_colour) {}

  /// The console of this process. Colour where the stream is a terminal and NO_COLOR is not set
  /// (no-color.org).
  static Console standard();

  [[nodiscard]] std::ostream& out() const { return out_; }
  [[nodiscard]] std::ostream& err() const { return err_; }

  /// `text` with what makes it appear in `style` on that stream; as it is when there is no colour.
  [[nodiscard]] std::string out_style(Style style, std::string_view text) const {
    return paint(style, text, out_colour_);
  }
  [[nodiscard]] std::string err_style(Style style, std::string_view text) const {
    return paint(style, text, err_colour_);
  }

  /// "hermes: error: ..." on standard error. Whatever is in the message, no control character but
  /// line ends gets through.
  void error(std::string_view message) const;
  void error(const Error& error) const { this->error(std::string_view(error.message)); }

 private:
  static std::string paint(Style style, std::string_view text, bool colour);

  std::ostream& out_;
  std::ostream& err_;
  bool out_colour_;
  bool err_colour_;
};

}  // namespace hermes::cli
