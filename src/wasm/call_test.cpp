// Calls of real guests: values both ways in all string encodings, handles, and failures.
#include "wasm/call.hpp"

#include "wasm/testing/guest_run.hpp"
#include "wasm/testing/wat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::wasm {
namespace {

using testing::calling;
using ::testing::HasSubstr;
using testing::kMemory;
using testing::RunExport;

constexpr std::array kEncodings = {HN_STRING_UTF8, HN_STRING_UTF16, HN_STRING_LATIN1_UTF16};

/// Gives back what it gets, by the pointers it got.
std::string echo_guest() {
  return "(module" + std::string(kMemory) + R"wat(
    (func (export "hermes:test/echo#text") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1))
      (i32.const 8))
    (func (export "hermes:test/echo#nothing") (param i32 i32))
    (func (export "hermes:test/echo#numbers") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1))
      (i32.const 8))
    ;; The parameters are a tuple in memory: u64 at 8, string length at 20, the last u32 at 72.
    (func (export "hermes:test/echo#many") (param $at i32) (result i64)
      (i64.add
        (i64.mul (i64.load (i32.add (local.get $at) (i32.const 8))) (i64.const 1000000))
        (i64.add
          (i64.mul (i64.extend_i32_u (i32.load (i32.add (local.get $at) (i32.const 20))))
                   (i64.const 1000))
          (i64.extend_i32_u (i32.load (i32.add (local.get $at) (i32.const 72))))))))wat" +
         ")";
}

class CallTest : public testing::GuestTest {};

TEST_F(CallTest, TextAndListsGoBothWaysInEveryEncoding) {
  const std::array<std::string, 6> texts = {"",       "plain", "grün",
                                            "日本語", "a😀b",  std::string(70, 'x') + "ÿ"};
  for (const hn_string_encoding encoding : kEncodings) {
    SCOPED_TRACE(encoding);
    const auto pre = prepare(echo_guest(), "echoes", encoding);
    ASSERT_TRUE(pre);
    open(*pre);
    // Several calls in one instance.
    for (const std::string& text : texts) {
      testing::EchoText echo(text);
      const CallOutcome outcome = call(*pre, echo);
      ASSERT_TRUE(outcome) << outcome.error().message;
      EXPECT_EQ(echo.result(), text);
    }
    const std::vector<std::uint32_t> numbers = {1, 2, UINT32_MAX};
    testing::EchoNumbers echo(numbers);
    const CallOutcome outcome = call(*pre, echo);
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(echo.result(), numbers);
    call_->close();
  }
}

TEST_F(CallTest, AnExportWithoutAResultOnlyEnds) {
  const auto pre = prepare(echo_guest(), "echoes");
  ASSERT_TRUE(pre);
  open(*pre);
  testing::EchoNothing nothing("something");
  EXPECT_FALSE(nothing.has_result());
  const CallOutcome outcome = call(*pre, nothing);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(nothing.has_result());
}

TEST_F(CallTest, ManyParametersOfAnExportGoThroughMemory) {
  const auto pre = prepare(echo_guest(), "echoes");
  ASSERT_TRUE(pre);
  open(*pre);
  testing::EchoMany many(1, 2, 3, "four", 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
  const CallOutcome outcome = call(*pre, many);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(many.result(), 3'004'017U);
}

TEST_F(CallTest, ManyParametersOfAHostFunctionComeFromMemory) {
  const auto result = run(calling("take-many", "(param i32) (result i32)", R"wat(
      (i32.store8 (i32.const 16) (i32.const 1))
      (i64.store (i32.const 24) (i64.const 3))
      (i32.store (i32.const 32) (i32.const 128)) (i32.store (i32.const 36) (i32.const 2))
      (i32.store (i32.const 40) (i32.const 5))
      (i32.store (i32.const 88) (i32.const 17))
      (i32.store16 (i32.const 128) (i32.const 0x6968))
      (call $f (i32.const 16)))wat"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, 17'009U);
  EXPECT_EQ(host_.seen, "hi");
}

TEST_F(CallTest, HostsGetTextOfEveryEncoding) {
  // "é" (U+00E9) and "€" (U+20AC).
  const auto utf16 = run(calling("take-string", "(param i32 i32) (result i32)",
                                 "(i32.store (i32.const 16) (i32.const 0x20ac00e9)) "
                                 "(call $f (i32.const 16) (i32.const 2))"),
                         HN_STRING_UTF16);
  ASSERT_TRUE(utf16) << utf16.error().message;
  EXPECT_EQ(host_.seen, "é€");
  const auto latin1 = run(calling("take-string", "(param i32 i32) (result i32)",
                                  "(i32.store (i32.const 16) (i32.const 0xe961)) "
                                  "(call $f (i32.const 16) (i32.const 2))"),
                          HN_STRING_LATIN1_UTF16);
  ASSERT_TRUE(latin1) << latin1.error().message;
  EXPECT_EQ(host_.seen, "aé");
  const auto tagged = run(calling("take-string", "(param i32 i32) (result i32)",
                                  "(i32.store (i32.const 16) (i32.const 0x20ac00e9)) "
                                  "(call $f (i32.const 16) (i32.const 0x80000002))"),
                          HN_STRING_LATIN1_UTF16);
  ASSERT_TRUE(tagged) << tagged.error().message;
  EXPECT_EQ(host_.seen, "é€");
}

TEST_F(CallTest, GuestsGetTextInTheirEncoding) {
  struct Case {
    hn_string_encoding encoding;
    std::string text;
    std::uint32_t length;
    std::uint32_t first_bytes;
  };
  const Case cases[] = {
      {HN_STRING_UTF8, "aé", 3, 0x61 | 0xc3 << 8 | 0xa9 << 16},
      {HN_STRING_UTF16, "aé", 2, 0x61 | 0xe9 << 16},
      {HN_STRING_LATIN1_UTF16, "aéb", 3, 0x61 | 0xe9 << 8 | 0x62 << 16},
      {HN_STRING_LATIN1_UTF16, "a€", 0x80000002, 0x61 | 0x20acU << 16},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.text);
    host_.text = each.text;
    // Length and first bytes, folded into one number.
    const auto result = run(calling("give-string", "(param i32)",
                                    "(call $f (i32.const 16)) (i32.xor (i32.load (i32.const 20)) "
                                    "(i32.load (i32.load (i32.const 16))))"),
                            each.encoding);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(*result, each.length ^ each.first_bytes);
  }
}

TEST_F(CallTest, ListsOfRecordsAreWrittenElementByElement) {
  // Three entries of 16 bytes: name pointer and length, value.
  const auto result = run(calling("give-entries", "(param i32)", R"wat(
      (local $at i32)
      (call $f (i32.const 16))
      (local.set $at (i32.load (i32.const 16)))
      (i32.add
        (i32.mul (i32.load (i32.const 20)) (i32.const 1000))
        (i32.add
          (i32.mul (i32.load (i32.add (local.get $at) (i32.const 36))) (i32.const 100))
          (i32.add
            (i32.mul (i32.wrap_i64 (i64.load (i32.add (local.get $at) (i32.const 24)))) (i32.const 10))
            (i32.and (i32.const 1)
                     (i32.wrap_i64 (i64.load (i32.add (local.get $at) (i32.const 40)))))))))wat"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, 3521U);
}

TEST_F(CallTest, FlagsWithoutALabelAreIgnored) {
  const auto result =
      run(calling("take-rights", "(param i32) (result i32)", "(call $f (i32.const 0xfffffffd))"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, 5U);
}

constexpr std::string_view kNodes = R"wat(
  (import "hermes:test/api" "[constructor]node" (func $make (param i32 i32) (result i32)))
  (import "hermes:test/api" "[method]node.size" (func $size (param i32) (result i32)))
  (import "hermes:test/api" "[resource-drop]node" (func $drop (param i32))))wat";

TEST_F(CallTest, HostResourcesAreOwnedByTheCall) {
  const auto pre = prepare(calling("[static]node.join", "(param i32 i32) (result i32)", R"wat(
      (local $a i32) (local $b i32)
      (local.set $a (call $make (i32.const 16) (i32.const 3)))
      (local.set $b (call $make (i32.const 16) (i32.const 4)))
      (local.set $a (call $f (local.get $a) (local.get $b)))
      (call $drop (local.get $b))
      (call $size (local.get $a)))wat",
                                   kNodes));
  ASSERT_TRUE(pre);
  open(*pre);
  RunExport arguments;
  const CallOutcome outcome = call(*pre, arguments);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(arguments.result(), 7U);
  // The joined node was not dropped; the others were moved into it and dropped.
  EXPECT_EQ(host_.alive, 1);
  EXPECT_EQ(context_.resources().slots_in_use(), 1U);
  call_->close();
  EXPECT_EQ(host_.alive, 0);
}

TEST_F(CallTest, OwnHandlesInAListGoBothWays) {
  const auto result = run(calling("take-nodes", "(param i32 i32) (result i32)", R"wat(
      (call $give (i32.const 5) (i32.const 16))
      (call $f (i32.load (i32.const 20)) (i32.load (i32.const 24))))wat",
                                  R"wat((import "hermes:test/api" "give-nodes"
                                           (func $give (param i32 i32))))wat"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, 1U + 2 + 3 + 4 + 5);
  EXPECT_EQ(host_.alive, 0);
}

TEST_F(CallTest, AnErrorValueIsNoTrap) {
  const auto result = run(calling("give-nodes", "(param i32 i32)",
                                  "(call $f (i32.const 100001) (i32.const 16)) "
                                  "(i32.add (i32.mul (i32.load8_u (i32.const 16)) (i32.const 100))"
                                  " (i32.load (i32.const 24)))"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, 108U);
}

TEST_F(CallTest, ATrapOfTheHostEndsTheGuest) {
  const auto result = run(calling("refuse", "(param i32 i32)",
                                  "(i32.store (i32.const 16) (i32.const 0x006f6e)) "
                                  "(call $f (i32.const 16) (i32.const 2)) (i32.const 1)"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, CallError::Kind::kHost);
  EXPECT_THAT(result.error().message, HasSubstr("call of hermes:test/api.refuse: no"));
}

TEST_F(CallTest, AFailureComesWithTheGuestsFrames) {
  const auto result = run(R"wat((module (memory (export "memory") 1)
      (func $innermost unreachable)
      (func $between (call $innermost))
      (func (export "run") (result i32) (call $between) (i32.const 0))))wat");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, CallError::Kind::kTrap);
  ASSERT_GE(result.error().backtrace.size(), 2U);
  EXPECT_THAT(result.error().backtrace[0], HasSubstr("innermost"));
  EXPECT_THAT(result.error().backtrace[1], HasSubstr("between"));
}

TEST_F(CallTest, EveryCallHasAFreshInstance) {
  const auto pre = prepare(R"wat((module (memory (export "memory") 1)
      (func (export "run") (result i32)
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (i32.load (i32.const 0)))))wat");
  ASSERT_TRUE(pre);
  for (int round = 0; round < 3; ++round) {
    open(*pre);
    RunExport first;
    ASSERT_TRUE(call(*pre, first));
    EXPECT_EQ(first.result(), 1U);
    RunExport second;
    ASSERT_TRUE(call(*pre, second));
    EXPECT_EQ(second.result(), 2U) << "the same instance keeps its memory";
    call_->close();
  }
}

TEST_F(CallTest, AFailedInstanceIsNotUsedAgain) {
  const auto pre = prepare(R"wat((module (memory (export "memory") 1)
      (func (export "run") (result i32) unreachable)))wat");
  ASSERT_TRUE(pre);
  open(*pre);
  RunExport arguments;
  EXPECT_FALSE(call(*pre, arguments));
  const auto exported = find<RunExport>(*pre);
  ASSERT_TRUE(exported);
  const auto again = call_->start(*exported, arguments);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("failed"));
}

}  // namespace
}  // namespace hermes::wasm
