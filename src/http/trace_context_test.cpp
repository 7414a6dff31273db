#include "http/trace_context.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace hermes::http {
namespace {

constexpr std::string_view kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kValid = fmt::format("00-{}-00f067aa0ba902b7-01", kTrace);

TEST(TraceContext, GoesOnWithATraceInASpanOfItsOwn) {
  SeededRandom random(7);
  const TraceContext context = TraceContext::continue_from(kValid, random);
  EXPECT_EQ(context.trace_id(), kTrace);
  EXPECT_EQ(context.flags, 1);
  EXPECT_NE(context.span, 0x00f067aa0ba902b7U);
  EXPECT_TRUE(context.to_string().starts_with("00-" + std::string(kTrace) + "-"));
  EXPECT_EQ(TraceContext::continue_from(context.to_string(), random).trace_id(), kTrace)
      << "what is handed on is valid";
}

TEST(TraceContext, LaterVersionsAreReadAsFarAsTheyAreKnown) {
  SeededRandom random(7);
  for (const std::string& later :
       {"cc" + kValid.substr(2), "01" + kValid.substr(2) + "-what-comes-later"}) {
    EXPECT_EQ(TraceContext::continue_from(later, random).trace_id(), kTrace) << later;
  }
}

TEST(TraceContext, BeginsATraceInsteadOfWhatIsNotValid) {
  SeededRandom random(7);
  const std::string zeros16(16, '0');
  for (const std::string& bad : {
           std::string(),
           std::string("00"),
           kValid + "-more",
           kValid + "0",
           kValid.substr(0, kValid.size() - 1),
           "ff" + kValid.substr(2),
           "0x" + kValid.substr(2),
           fmt::format("00-{0}{0}-00f067aa0ba902b7-01", zeros16),
           fmt::format("00-{}-{}-01", kTrace, zeros16),
           std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
           "00_" + kValid.substr(3),
       }) {
    const TraceContext context = TraceContext::continue_from(bad, random);
    EXPECT_NE(context.trace_id(), kTrace) << bad;
    EXPECT_NE(context.trace_high | context.trace_low, 0U) << bad;
    EXPECT_NE(context.span, 0U) << bad;
    EXPECT_EQ(context.flags, 0) << bad;
  }
}

}  // namespace
}  // namespace hermes::http
