#include "runtime_extensions/http_gateway/guest_headers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

std::vector<std::string> headers_of(std::vector<http::Field> fields) {
  SeededRandom random(1);
  http::Request request;
  request.fields = fields;
  request.id = http::RequestId::from("the-id", random);
  request.trace = http::TraceContext::continue_from(
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", random);
  const GuestHeaders headers(request);
  std::vector<std::string> lines;
  for (const auto& [name, values] : headers.view()) {
    lines.push_back(fmt::format("{}={}", name, fmt::join(values, "|")));
  }
  return lines;
}

TEST(GuestHeaders, HaveEachNameOnceWithAllItsValues) {
  EXPECT_THAT(headers_of({{"b", "1"}, {"a", "2"}, {"b", "3"}, {"c", ""}, {"b", "1"}}),
              ElementsAre("b=1|3|1", "a=2", "c=", "x-request-id=the-id",
                          StartsWith("traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-")));
}

TEST(GuestHeaders, AreUtf8WhateverCame) {
  EXPECT_THAT(headers_of({{"a", "\xc3\xa4"}, {"b", "x\xff\xfey"}, {"c", "\xed\xa0\x80"}})[0],
              "a=\xc3\xa4");
  EXPECT_THAT(headers_of({{"b", "x\xff\xfey"}})[0], "b=x\xef\xbf\xbd\xef\xbf\xbdy");
  EXPECT_THAT(headers_of({{"c", "\xed\xa0\x80"}})[0], "c=\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(GuestHeaders, ClientsCannotSayWhoTheyAreToTheEngine) {
  EXPECT_THAT(headers_of({{"x-request-id", "forged"}, {"traceparent", "forged"}}),
              ElementsAre("x-request-id=the-id", StartsWith("traceparent=00-4bf9")));
}

}  // namespace
}  // namespace hermes::ext::http_gateway
