// Requests of HTTP/1.1, one behind the other: what is read does not depend on the pieces in which
// it comes, and nothing is let through that another reader could see the end of elsewhere.
//
// The first byte is the size of the pieces; the rest is what a client sends.

#include "http/request_parser.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

using hermes::http::Field;
using hermes::http::Limits;
using hermes::http::RequestHead;
using hermes::http::RequestParser;

namespace {

using State = RequestParser::State;

void require(bool held) {
  if (!held) __builtin_trap();
}

const Limits& limits() {
  static const Limits kLimits = [] {
    Limits small;
    small.max_header_bytes = 2048;
    small.max_header_fields = 10;
    small.max_body_bytes = 4096;
    return small;
  }();
  return kLimits;
}

/// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char each) {
    return std::isalnum(static_cast<unsigned char>(each)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").contains(each);
  });
}

/// How many lines of `head`, as it was sent, begin with the field `name`, in lower case. A request
/// line could begin so, too: that one is not looked at.
std::size_t count_lines(std::string_view head, std::string_view name) {
  std::size_t count = 0;
  const std::size_t request_line = head.find_first_not_of("\r\n");
  for (std::size_t line = head.find('\n', request_line) + 1; line < head.size();
       line = std::min(head.find('\n', line), head.size() - 1) + 1) {
    const std::string_view rest = head.substr(line);
    count += std::size_t{
        rest.size() > name.size() &&
        std::ranges::equal(rest.substr(0, name.size()), name, {},
                           [](unsigned char each) { return std::tolower(each); }) &&
        (rest[name.size()] == ':' || rest[name.size()] == ' ' || rest[name.size()] == '\t')};
  }
  return count;
}

/// What the parser has found, against the bytes of the head as they were sent.
void check_head(const RequestHead& head, std::string_view sent) {
  require(sent.ends_with("\r\n\r\n"));
  require(head.version == 10 || head.version == 11);
  require(is_token(head.method) && hermes::http::is_valid_target(head.method, head.target));
  require(head.version == 10 || !head.host.empty() || count_lines(sent, "host") == 1);
  require(count_lines(sent, "host") <= 1);
  const std::size_t lengths = count_lines(sent, "content-length");
  const std::size_t codings = count_lines(sent, "transfer-encoding");
  require(lengths + codings <= 1);
  require(head.content_length.has_value() == (lengths == 1));
  require(head.chunked == (codings == 1));
  require(!head.chunked || head.version == 11);
  require(head.content_length.value_or(0) <= limits().max_body_bytes);
  require(head.fields.size() <= limits().max_header_fields);
  for (const Field& each : head.fields) {
    require(is_token(each.name));
    require(std::ranges::none_of(each.name, [](unsigned char one) { return std::isupper(one); }));
    require(each.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
}

/// Everything that is read from `text` in pieces of `step` bytes. Not whether it was refused: what
/// comes in pieces may wait for the end of a line that is refused already when it comes whole.
std::string read_all(const std::string& original, std::size_t step) {
  // The parser writes to what it reads.
  std::string text = original;
  std::string found;
  RequestParser parser(limits());
  std::size_t used = 0;
  std::size_t begin = 0;
  std::size_t there = 0;
  std::size_t content_left = 0;
  std::size_t content_size = 0;
  while (there < text.size()) {
    there = std::min(there + step, text.size());
    for (;;) {
      const std::size_t before = used;
      const std::span<char> bytes = std::span(text).subspan(used, there - used);
      if (bytes.empty() || parser.state() == State::kRefused) break;
      if (content_left > 0) {
        const std::size_t size = std::min(content_left, bytes.size());
        used += size;
        content_left -= size;
        if (content_left > 0) break;
        parser.restart();
        begin = used;
      } else if (parser.state() == State::kHead) {
        const std::size_t taken = parser.parse_head(bytes);
        require(taken <= bytes.size());
        used += taken;
        if (parser.state() == State::kHead || parser.state() == State::kRefused) break;
        const RequestHead& head = parser.head();
        check_head(head, std::string_view(original).substr(begin, used - begin));
        found += head.method;
        found += ' ';
        found += head.target;
        for (const Field& each : head.fields) {
          found += '\n';
          found += each.name;
          found += '=';
          found += each.value;
        }
        content_left = head.content_length.value_or(0);
        content_size = 0;
      } else {
        std::string_view content;
        const std::size_t taken = parser.parse_content(bytes, content);
        require(taken <= bytes.size() && content.size() <= taken);
        used += taken;
        content_size += content.size();
        require(content_size <= limits().max_body_bytes);
        found += content;
        if (taken == 0) break;
      }
      if (parser.state() == State::kDone && content_left == 0) {
        for (const auto& [name, value] : parser.trailers()) {
          found += '\n';
          found += name;
          found += '=';
          found += value;
        }
        found += "\n.\n";
        parser.restart();
        begin = used;
      }
      if (used == before) break;
    }
  }
  require(parser.state() != State::kRefused || parser.refusal().status >= 400);
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string whole = read_all(text, std::max<std::size_t>(1, text.size()));
  require(read_all(text, std::size_t{1} + data[0]) == whole);
  require(read_all(text, 1) == whole);
  return 0;
}
