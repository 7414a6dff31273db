// The header fields that decide how a static file is answered: ranges stay inside the file,
// preferences end, conditions are read without harm, and dates survive being written.
//
// The first eight bytes, if there are as many, are the size of the file; the rest is the value.

#include "http/static/accept_encoding.hpp"
#include "http/static/byte_range.hpp"
#include "http/static/http_date.hpp"
#include "http/static/preconditions.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

using hermes::http::AcceptEncoding;
using hermes::http::ByteRange;
using hermes::http::HttpDate;
using hermes::http::Validators;
using hermes::http::Verdict;

namespace {

void require(bool held) {
  if (!held) __builtin_trap();
}

void check_range(std::string_view value, std::uint64_t size) {
  const ByteRange range = hermes::http::parse_byte_range(value, size);
  if (range.kind == ByteRange::Kind::kPart) {
    require(range.length > 0 && range.length <= size && range.first <= size - range.length);
  } else {
    require(range.first == 0 && range.length == 0);
  }
  if (range.kind != ByteRange::Kind::kWhole)
    require(!hermes::http::format_content_range(range, size).empty());
}

void check_date(std::string_view value, HttpDate now) {
  const auto date = hermes::http::parse_http_date(value, now);
  if (!date) return;
  const auto again = hermes::http::parse_http_date(hermes::http::format_http_date(*date), now);
  // A leap second at the end of the year 9999 has no date after it.
  require(again && (*again == *date || *date - *again == std::chrono::seconds{1}));
}

void check_conditions(std::string_view value, HttpDate now) {
  const Validators current{.tag = {.opaque = "a", .weak = false}, .last_modified = now};
  const Verdict match = evaluate({.if_match = value}, current, now);
  require(match == Verdict::kProceed || match == Verdict::kFailed);
  const Verdict none_match = evaluate({.if_none_match = value}, current, now);
  require(none_match == Verdict::kProceed || none_match == Verdict::kNotModified);
  // What matches strongly matches weakly.
  require(value.empty() || match == Verdict::kFailed || none_match == Verdict::kNotModified);
  const Verdict range = evaluate({.if_range = value}, current, now);
  require(range == Verdict::kProceed || range == Verdict::kIgnoreRange);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t file_size = 0;
  if (size >= sizeof file_size) {
    std::memcpy(&file_size, data, sizeof file_size);
    data += sizeof file_size;
    size -= sizeof file_size;
  }
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  constexpr HttpDate kNow = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  check_range(value, file_size);
  check_date(value, kNow);
  check_conditions(value, kNow);
  require(AcceptEncoding::parse(value).preference().back() ==
          hermes::http::ContentCoding::kIdentity);
  return 0;
}
