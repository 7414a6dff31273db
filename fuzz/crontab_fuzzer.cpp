// The crontab language as guests and files write it: whatever is read, what it means stays the same
// when it is printed and read again, and asking when it matches ends.
//
// The first eight bytes, if there are as many, are the minute that is asked from; the rest is text.

#include "runtime_extensions/cron/crontab.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

using hermes::ext::cron::Crontab;
using hermes::ext::cron::Minute;

namespace {

void require(bool held) {
  if (!held) __builtin_trap();
}

/// Between the years 1678 and 2262, as clocks are.
Minute minute_of(std::int64_t number) {
  constexpr std::int64_t kMost = std::chrono::minutes{std::chrono::days{292 * 365}}.count();
  return Minute{std::chrono::minutes{number % kMost}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::int64_t number = 0;
  if (size >= sizeof number) {
    std::memcpy(&number, data, sizeof number);
    data += sizeof number;
    size -= sizeof number;
  }
  const auto read = Crontab::parse({reinterpret_cast<const char*>(data), size});
  if (!read) {
    require(!read.error().message.empty());
    return 0;
  }
  const auto again = Crontab::parse(read->to_string());
  require(again.has_value() && *again == *read);

  const Minute from = minute_of(number);
  const auto next = read->next_after(from);
  if (next) {
    require(read->ever_matches() && *next > from && read->matches(*next));
    require(read->last_until(*next) == next);
    const auto before = read->last_until(*next - std::chrono::minutes{1});
    require(!before || *before <= from);
    require(read->count_between(from, *next) == 1);
  }
  return 0;
}
