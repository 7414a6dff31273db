#include "http/request_counters.hpp"

#include "http/request.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace hermes::http {
namespace {

using namespace std::chrono_literals;

Request request(std::string_view method) {
  Request made;
  made.method = method;
  return made;
}

std::uint64_t total(const DurationHistogram& histogram) {
  return std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::uint64_t{0});
}

TEST(RequestCounters, SortByMethodAndClassOfTheStatus) {
  const struct {
    std::string method;
    unsigned status;
    std::string shown_method;
    std::string shown_class;
  } cases[] = {
      {"GET", 200, "GET", "2xx"},        {"HEAD", 304, "HEAD", "3xx"},
      {"POST", 404, "POST", "4xx"},      {"OPTIONS", 599, "OPTIONS", "5xx"},
      {"get", 204, "other", "2xx"},      {"BREW", 418, "other", "4xx"},
      {"", 400, "other", "4xx"},         {"other", 503, "other", "5xx"},
      {"PROPFIND", 199, "other", "2xx"}, {"PATCH", 700, "PATCH", "5xx"},
  };
  for (const auto& test : cases) {
    RequestCounters counters;
    const Request asked = request(test.method);
    counters.add({.request = asked, .status = test.status});
    const RequestCounts counts = counters.read();
    for (std::size_t method = 0; method < kCountedMethods.size(); ++method) {
      for (std::size_t status = 0; status < kStatusClasses.size(); ++status) {
        const bool here = kCountedMethods[method] == test.shown_method &&
                          kStatusClasses[status] == test.shown_class;
        EXPECT_EQ(counts.requests[method][status], here ? 1 : 0)
            << test.method << ' ' << test.status;
      }
    }
  }
}

TEST(RequestCounters, AddUpTimesAndBytesOfAllThreads) {
  RequestCounters counters;
  constexpr int kThreads = 4;
  constexpr int kEach = 1000;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&counters] {
        const Request asked = request("GET");
        for (int j = 0; j < kEach; ++j) {
          counters.add({.request = asked,
                        .status = 200,
                        .content_bytes = 3,
                        .took = 3us,
                        .broken_off = j % 2 == 0});
        }
      });
    }
  }
  const RequestCounts counts = counters.read();
  EXPECT_EQ(counts.requests[0][0], kThreads * kEach);
  EXPECT_EQ(counts.content_bytes, 3 * kThreads * kEach);
  EXPECT_EQ(counts.broken_off, kThreads * kEach / 2);
  EXPECT_EQ(counts.took.sum_ns, 3000 * kThreads * kEach);
  EXPECT_EQ(counts.took.counts[duration_bucket(3us)], kThreads * kEach);
  EXPECT_EQ(total(counts.took), kThreads * kEach);
}

TEST(RequestCounters, ATimeThatIsNoneCountsAsNothing) {
  RequestCounters counters;
  const Request asked = request("GET");
  counters.add({.request = asked, .status = 200, .took = -1s});
  EXPECT_EQ(counters.read().took.sum_ns, 0);
  EXPECT_EQ(counters.read().took.counts[0], 1);
}

}  // namespace
}  // namespace hermes::http
