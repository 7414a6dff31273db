#include "cli/console.hpp"

#include "base/text.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace hermes::cli {

namespace {

bool wants_colour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  return (no_colour == nullptr || *no_colour == '\0') && isatty(descriptor) == 1;
}

std::string_view code_of(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\x1b[1m";
    case Style::kDim:
      return "\x1b[2m";
    case Style::kGood:
      return "\x1b[32m";
    case Style::kBad:
      return "\x1b[31m";
    case Style::kWarning:
      return "\x1b[33m";
  }
  return "";
}

}  // namespace

Console Console::standard() {
  return {std::cout, std::cerr, wants_colour(STDOUT_FILENO), wants_colour(STDERR_FILENO)};
}

std::string Console::paint(Style style, std::string_view text, bool colour) {
  const std::string_view code = code_of(style);
  if (!colour || code.empty()) return std::string(text);
  std::string painted(code);
  painted += text;
  painted += "\x1b[0m";
  return painted;
}

void Console::error(std::string_view message) const {
  std::string text;
  append_printable(text, message, true);
  out_.flush();
  err_ << "hermes: " << err_style(Style::kBad, "error:") << ' ' << text << std::endl;
}

}  // namespace hermes::cli
