// Guests that break the rules of the canonical ABI: each ends with an error that says which rule.
#include "wasm/testing/guest_run.hpp"
#include "wasm/testing/wat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace hermes::wasm {
namespace {

using testing::calling;
using ::testing::HasSubstr;

struct Hostile {
  std::string_view name;
  std::string_view function;
  std::string_view type;
  std::string_view body;
  std::string_view expected;
  hn_string_encoding encoding = HN_STRING_UTF8;
  std::string_view more = {};
};

void PrintTo(const Hostile& hostile, std::ostream* out) { *out << hostile.name; }

class HostileGuest : public testing::GuestTest, public ::testing::WithParamInterface<Hostile> {};

TEST_P(HostileGuest, EndsWithTheRuleThatItBreaks) {
  const Hostile& hostile = GetParam();
  const auto result =
      run(calling(hostile.function, hostile.type, hostile.body, hostile.more), hostile.encoding);
  ASSERT_FALSE(result.has_value()) << "it returned " << *result;
  EXPECT_THAT(result.error().message, HasSubstr(hostile.expected));
  EXPECT_EQ(result.error().kind, CallError::Kind::kTrap) << result.error().message;
}

constexpr std::string_view kTakePair = "(param i32 i32) (result i32)";

const Hostile kValues[] = {
    {"string_past_the_end", "take-string", kTakePair, "(call $f (i32.const 65530) (i32.const 12))",
     "call of hermes:test/api.take-string: parameter 1: string pointer 65530 + 12 bytes is outside "
     "of the memory of 65536 bytes"},
    {"string_pointer_wraps", "take-string", kTakePair, "(call $f (i32.const -6) (i32.const 12))",
     "string pointer 4294967290 + 12 bytes is outside of the memory of 65536 bytes"},
    {"string_length_wraps", "take-string", kTakePair, "(call $f (i32.const 8) (i32.const -4))",
     "string of 4294967292 bytes: the canonical ABI allows 2147483647 at most"},
    {"string_longest_length", "take-string", kTakePair,
     "(call $f (i32.const 8) (i32.const 0x7fffffff))",
     "string pointer 8 + 2147483647 bytes is outside of the memory"},
    {"empty_string_outside", "take-string", kTakePair, "(call $f (i32.const 65537) (i32.const 0))",
     "string pointer 65537 + 0 bytes is outside of the memory"},
    {"invalid_utf8", "take-string", kTakePair,
     "(i32.store8 (i32.const 20) (i32.const 0xff)) (call $f (i32.const 16) (i32.const 8))",
     "string is not valid UTF-8"},
    {"surrogate_in_utf8", "take-string", kTakePair,
     "(i32.store (i32.const 16) (i32.const 0x80a0ed)) (call $f (i32.const 16) (i32.const 3))",
     "string is not valid UTF-8"},
    {"cut_utf8", "take-string", kTakePair,
     "(i32.store (i32.const 16) (i32.const 0xc3)) (call $f (i32.const 16) (i32.const 1))",
     "string is not valid UTF-8"},
    {"utf16_misaligned", "take-string", kTakePair, "(call $f (i32.const 17) (i32.const 1))",
     "string pointer 17 is not aligned to 2 bytes", HN_STRING_UTF16},
    {"utf16_lone_high", "take-string", kTakePair,
     "(i32.store (i32.const 16) (i32.const 0x0041d800)) (call $f (i32.const 16) (i32.const 2))",
     "string is not valid UTF-16", HN_STRING_UTF16},
    {"utf16_lone_low", "take-string", kTakePair,
     "(i32.store (i32.const 16) (i32.const 0xdc00)) (call $f (i32.const 16) (i32.const 1))",
     "string is not valid UTF-16", HN_STRING_UTF16},
    {"utf16_high_at_the_end", "take-string", kTakePair,
     "(i32.store (i32.const 16) (i32.const 0xd800)) (call $f (i32.const 16) (i32.const 1))",
     "string is not valid UTF-16", HN_STRING_UTF16},
    {"utf16_length_doubles_past_32_bits", "take-string", kTakePair,
     "(call $f (i32.const 16) (i32.const 0x80000008))",
     "string of 4294967312 bytes: the canonical ABI allows", HN_STRING_UTF16},
    {"utf16_past_the_end", "take-string", kTakePair, "(call $f (i32.const 65534) (i32.const 2))",
     "string pointer 65534 + 4 bytes is outside", HN_STRING_UTF16},
    {"latin1_misaligned", "take-string", kTakePair, "(call $f (i32.const 17) (i32.const 1))",
     "string pointer 17 is not aligned to 2 bytes", HN_STRING_LATIN1_UTF16},
    {"compact_utf16_lone_surrogate", "take-string", kTakePair,
     "(i32.store (i32.const 16) (i32.const 0xd801)) (call $f (i32.const 16) (i32.const "
     "0x80000001))",
     "string is not valid UTF-16", HN_STRING_LATIN1_UTF16},
    {"compact_utf16_past_the_end", "take-string", kTakePair,
     "(call $f (i32.const 65532) (i32.const 0x80000003))",
     "string pointer 65532 + 6 bytes is outside", HN_STRING_LATIN1_UTF16},
    {"bytes_past_the_end", "take-bytes", kTakePair, "(call $f (i32.const 0) (i32.const 65537))",
     "list pointer 0 + 65537 bytes is outside"},
    {"words_misaligned", "take-words", "(param i32 i32) (result i64)",
     "(i32.wrap_i64 (call $f (i32.const 12) (i32.const 1)))",
     "list pointer 12 is not aligned to 8 bytes"},
    {"words_size_wraps", "take-words", "(param i32 i32) (result i64)",
     "(i32.wrap_i64 (call $f (i32.const 16) (i32.const 0x20000001)))",
     "list pointer 16 + 4294967304 bytes is outside"},
    {"empty_list_misaligned", "take-words", "(param i32 i32) (result i64)",
     "(i32.wrap_i64 (call $f (i32.const 4) (i32.const 0)))",
     "list pointer 4 is not aligned to 8 bytes"},
    {"char_surrogate", "take-char", "(param i32) (result i32)", "(call $f (i32.const 0xd800))",
     "char 0xd800 is not a Unicode scalar value"},
    {"char_too_large", "take-char", "(param i32) (result i32)", "(call $f (i32.const 0x110000))",
     "char 0x110000 is not a Unicode scalar value"},
    {"char_negative", "take-char", "(param i32) (result i32)", "(call $f (i32.const -1))",
     "char 0xffffffff is not a Unicode scalar value"},
    {"enum_out_of_range", "take-level", "(param i32) (result i32)", "(call $f (i32.const 2))",
     "enum discriminant 2 is not one of its 2 cases"},
    {"enum_only_low_byte_fits", "take-level", "(param i32) (result i32)",
     "(call $f (i32.const 256))", "enum discriminant 256 is not one of its 2 cases"},
    {"variant_out_of_range", "take-shape", "(param i32 i64 i32) (result i32)",
     "(call $f (i32.const 3) (i64.const 0) (i32.const 0))",
     "variant discriminant 3 is not one of its 3 cases"},
    {"variant_payload_string", "take-shape", "(param i32 i64 i32) (result i32)",
     "(call $f (i32.const 2) (i64.const 65536) (i32.const 1))",
     "string pointer 65536 + 1 bytes is outside"},
    {"option_out_of_range", "take-option", "(param i32 i32) (result i32)",
     "(call $f (i32.const 2) (i32.const 0))", "option discriminant 2 is not one of its 2 cases"},
    {"element_string", "take-texts", kTakePair,
     "(i32.store (i32.const 16) (i32.const 70000)) (i32.store (i32.const 20) (i32.const 1)) "
     "(call $f (i32.const 16) (i32.const 1))",
     "string pointer 70000 + 1 bytes is outside"},
    {"many_outside", "take-many", "(param i32) (result i32)", "(call $f (i32.const 65504))",
     "out of bounds"},
    {"many_misaligned", "take-many", "(param i32) (result i32)", "(call $f (i32.const 12))",
     "aligned"},
    {"result_area_outside", "give-string", "(param i32)",
     "(call $f (i32.const 65532)) (i32.const 0)", "out of bounds"},
    {"result_area_misaligned", "give-string", "(param i32)",
     "(call $f (i32.const 18)) (i32.const 0)", "not aligned"},
};

INSTANTIATE_TEST_SUITE_P(Values, HostileGuest, ::testing::ValuesIn(kValues),
                         [](const auto& each) { return std::string(each.param.name); });

// The type of each import is said by `type`; what else a guest needs is in `more`.
constexpr std::string_view kMake =
    R"((import "hermes:test/api" "[constructor]node" (func $make (param i32 i32) (result i32)))
       (import "hermes:test/api" "[resource-drop]node" (func $drop (param i32))))";

const Hostile kHandles[] = {
    {"never_made", "consume", "(param i32)", "(call $f (i32.const 7)) (i32.const 0)",
     "unknown handle index 7"},
    {"zero", "consume", "(param i32)", "(call $f (i32.const 0)) (i32.const 0)",
     "unknown handle index 0"},
    {"used_after_move", "consume", "(param i32)",
     "(local $n i32) (local.set $n (call $make (i32.const 16) (i32.const 1))) "
     "(call $f (local.get $n)) (call $f (local.get $n)) (i32.const 0)",
     "unknown handle index", HN_STRING_UTF8, kMake},
    {"dropped_twice", "keep", "(param i32)",
     "(local $n i32) (local.set $n (call $make (i32.const 16) (i32.const 1))) "
     "(call $drop (local.get $n)) (call $drop (local.get $n)) (i32.const 0)",
     "unknown handle index", HN_STRING_UTF8, kMake},
    {"borrowed_after_drop", "keep", "(param i32)",
     "(local $n i32) (local.set $n (call $make (i32.const 16) (i32.const 1))) "
     "(call $drop (local.get $n)) (call $f (local.get $n)) (i32.const 0)",
     "unknown handle index", HN_STRING_UTF8, kMake},
    {"same_handle_twice_in_a_list", "take-nodes", kTakePair,
     "(local $n i32) (local.set $n (call $make (i32.const 16) (i32.const 1))) "
     "(i32.store (i32.const 32) (local.get $n)) (i32.store (i32.const 36) (local.get $n)) "
     "(call $f (i32.const 32) (i32.const 2))",
     "unknown handle index", HN_STRING_UTF8, kMake},
    {"handle_list_outside", "take-nodes", kTakePair,
     "(call $f (i32.const 65532) (i32.const 0x40000001))", "outside of the memory"},
    {"handle_list_misaligned", "take-nodes", kTakePair, "(call $f (i32.const 2) (i32.const 1))",
     "not aligned"},
};

INSTANTIATE_TEST_SUITE_P(Handles, HostileGuest, ::testing::ValuesIn(kHandles),
                         [](const auto& each) { return std::string(each.param.name); });

/// Guests whose realloc misbehaves while the host returns a string.
std::string with_realloc(std::string_view body) {
  std::string text = R"wat((module
    (import "hermes:test/api" "give-string" (func $f (param i32)))
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) )wat";
  text += body;
  text += R"wat() (func (export "run") (result i32)
      (call $f (i32.const 16)) (i32.load (i32.const 16)))))wat";
  return text;
}

class HostileRealloc : public testing::GuestTest {};

TEST_F(HostileRealloc, AnswersOutOfBounds) {
  for (const std::string_view address : {"65532", "65536", "-4"}) {
    SCOPED_TRACE(address);
    const auto result = run(with_realloc("(i32.const " + std::string(address) + ")"));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, CallError::Kind::kTrap);
    EXPECT_THAT(result.error().message, HasSubstr("realloc"));
  }
}

TEST_F(HostileRealloc, AnswersMisaligned) {
  const auto pre = prepare(with_realloc("(i32.const 33)"), "caller", HN_STRING_UTF16);
  ASSERT_TRUE(pre);
  open(*pre);
  testing::RunExport arguments;
  const CallOutcome outcome = call(*pre, arguments);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_THAT(outcome.error().message, HasSubstr("realloc"));
  EXPECT_THAT(outcome.error().message, HasSubstr("aligned"));
}

TEST_F(HostileRealloc, Traps) {
  const auto result = run(with_realloc("unreachable"));
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, HasSubstr("unreachable"));
}

TEST_F(HostileRealloc, CannotCallTheHost) {
  const auto result = run(with_realloc("(call $f (i32.const 32)) (i32.const 64)"));
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, HasSubstr("cannot leave component instance"));
}

TEST_F(HostileRealloc, ThatLoopsForeverIsCancelled) {
  const auto pre = prepare(with_realloc("(loop $again (br $again)) unreachable"));
  ASSERT_TRUE(pre);
  open(*pre);
  testing::RunExport arguments;
  const auto exported = find<testing::RunExport>(*pre);
  ASSERT_TRUE(exported);
  ASSERT_TRUE(call_->start(*exported, arguments));
  // It gives the thread back at each tick, and would for ever.
  for (int slice = 0; slice < 3; ++slice) ASSERT_EQ(call_->poll(), Call::Poll::kRunnable);
  call_->cancel();
  ASSERT_EQ(call_->poll(), Call::Poll::kDone);
  EXPECT_EQ(call_->outcome().error().kind, CallError::Kind::kCancelled);
}

TEST_F(HostileRealloc, ThatGrowsMemoryMovesNoView) {
  // The string is written after the memory has grown by 16 pages.
  const auto result = run(with_realloc("(drop (memory.grow (i32.const 16))) (i32.const 1000000)"));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(*result, 1'000'000U);
}

class HostileWork : public testing::GuestTest {};

TEST_F(HostileWork, AliasedListsAreBounded) {
  // 65536 / 8 strings in one page, all of them the whole page: 512 MiB of text to check.
  const std::string body = R"wat(
    (local $at i32)
    (loop $next
      (i32.store (local.get $at) (i32.const 0))
      (i32.store (i32.add (local.get $at) (i32.const 4)) (i32.const 65536))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 65536))))
    (call $f (i32.const 0) (i32.const 8192)))wat";
  const auto result = run(calling("take-texts", kTakePair, body));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, CallError::Kind::kLimit);
  EXPECT_THAT(result.error().message,
              HasSubstr("take-texts: parameter 1: the values of one call are larger than 134217728 "
                        "bytes, which is its limit"));
}

TEST_F(HostileWork, MemoryIsBounded) {
  const auto pre =
      prepare(calling("take-char", "(param i32) (result i32)", "(memory.grow (i32.const 100))"));
  ASSERT_TRUE(pre);
  open(*pre, {.max_memory_bytes = std::uint64_t{50} * 65536});
  testing::RunExport arguments;
  const CallOutcome outcome = call(*pre, arguments);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(arguments.result(), UINT32_MAX);
  EXPECT_EQ(call_->memory_bytes(), 65536U);
}

}  // namespace
}  // namespace hermes::wasm
