// Every call runs in a fresh instance, and the C library works in it.

#include "cases.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace everything {
namespace {

int calls = 0;
std::string written;

bool fresh_instance() {
  ++calls;
  bool held = expect(calls == 1, "a counter starts at zero in every call");
  held &= expect(written.empty(), "memory of another call is not visible");
  written = "this must not be seen by another call";
  return held;
}

bool memory() {
  std::vector<std::unique_ptr<std::vector<int>>> blocks;
  for (int i = 0; i < 64; ++i) {
    blocks.push_back(std::make_unique<std::vector<int>>(4096));
    std::iota(blocks.back()->begin(), blocks.back()->end(), i);
  }
  long sum = 0;
  for (const auto& block : blocks) sum = std::accumulate(block->begin(), block->end(), sum);
  return expect(sum == 64L * (4095L * 4096 / 2) + 4096L * (63L * 64 / 2), "a MiB of numbers");
}

bool clock_reads() {
  timespec wall{};
  timespec first{};
  timespec second{};
  bool held = expect(clock_gettime(CLOCK_REALTIME, &wall) == 0, "the wall clock");
  held &= expect(clock_gettime(CLOCK_MONOTONIC, &first) == 0, "the monotonic clock");
  held &= expect(clock_gettime(CLOCK_MONOTONIC, &second) == 0, "the monotonic clock, again");
  held &= expect(wall.tv_sec >= 0, "a time after 1970");
  return held & expect(second.tv_sec > first.tv_sec ||
                           (second.tv_sec == first.tv_sec && second.tv_nsec >= first.tv_nsec),
                       "the monotonic clock does not go back");
}

bool outside_is_closed() {
  bool held = expect(std::fopen("/etc/passwd", "r") == nullptr, "no file of the machine");
  held &= expect(std::fopen("../../etc/passwd", "r") == nullptr, "no way out");
  return held & expect(std::getenv("PATH") == nullptr, "no environment of the machine");
}

constexpr Case kCases[] = {
    {"instance: fresh", fresh_instance},
    {"instance: fresh, again", fresh_instance},
    {"instance: memory", memory},
    {"instance: clocks", clock_reads},
    {"instance: nothing of the machine", outside_is_closed},
};

}  // namespace

std::span<const Case> instance_cases() { return kCases; }

}  // namespace everything
