// What a linker lacks for a component, and how exports are found.
#include "wasm/linker.hpp"

#include "wasm/testing/guest_run.hpp"
#include "wasm/testing/wat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hermes::wasm {
namespace {

using testing::calling;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RunExport;

class LinkerTest : public testing::GuestTest {};

constexpr std::string_view kNodes = R"wat(
  (import "hermes:test/api" "[constructor]node" (func $make (param i32 i32) (result i32)))
  (import "hermes:test/api" "[method]node.size" (func $size (param i32) (result i32)))
  (import "hermes:test/api" "[resource-drop]node" (func $drop (param i32))))wat";

TEST_F(LinkerTest, WhatIsMissingIsListed) {
  const auto component = testing::build_guest(
      *engine_, calling("take-char", "(param i32) (result i32)", "(call $f (i32.const 1))", kNodes),
      "caller");
  ASSERT_TRUE(component) << component.error().message;
  auto linker = Linker::create(*engine_);
  ASSERT_TRUE(linker);
  const auto missing = linker->missing_imports(*component);
  ASSERT_TRUE(missing) << missing.error().message;
  ASSERT_EQ(missing->size(), 1U);
  EXPECT_EQ((*missing)[0].interface_name, "hermes:test/api");
  EXPECT_EQ(to_string(*missing),
            "hermes:test/api: [constructor]node, [method]node.size, take-char, node");
  const auto pre = InstancePre::create(*linker, *component);
  ASSERT_FALSE(pre);
  EXPECT_EQ(pre.error().code, ErrorCode::kLink);
  EXPECT_THAT(pre.error().message, HasSubstr("take-char"));

  Linker lenient = linker->clone();
  ASSERT_TRUE(lenient.trap_missing_imports(*component));
  EXPECT_THAT(*lenient.missing_imports(*component), IsEmpty());
  EXPECT_FALSE(linker->missing_imports(*component)->empty()) << "the clone is a copy";
  const auto trapping = InstancePre::create(lenient, *component);
  ASSERT_TRUE(trapping) << trapping.error().message;
  open(*trapping);
  RunExport arguments;
  const CallOutcome outcome = call(*trapping, arguments);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("hermes:test/api#take-char"));
}

// `wider` takes the resource over from `base`, as `use` of WIT does. A third interface takes over
// what is there.
constexpr std::string_view kTakesOver = R"wat((component
  (import "hermes:test/base" (instance $base
    (export "thing" (type (sub resource)))))
  (alias export $base "thing" (type $thing))
  (import "hermes:test/wider" (instance $wider
    (alias outer 1 $thing (type $outer))
    (export "thing" (type $taken (eq $outer)))
    (export "make" (func (result (own $taken))))))
  (import "hermes:test/api" (instance $api
    (export "node" (type (sub resource)))))
  (alias export $api "node" (type $node))
  (import "hermes:test/more" (instance
    (alias outer 1 $node (type $outer))
    (export "node" (type (eq $outer)))))
  (core func $make (canon lower (func $wider "make")))
  (core module $guest
    (import "" "make" (func $make (result i32)))
    (func (export "run") (result i32) (call $make)))
  (core instance $core (instantiate $guest
    (with "" (instance (export "make" (func $make))))))
  (func (export "run") (result u32) (canon lift (core func $core "run")))))wat";

TEST_F(LinkerTest, AResourceIsMissingOnlyWhereItIsDefined) {
  const auto component = testing::compile_guest(*engine_, kTakesOver);
  ASSERT_TRUE(component) << component.error().message;
  auto linker = Linker::create(*engine_);
  ASSERT_TRUE(linker);
  ASSERT_TRUE(link(*linker, host_));
  const auto missing = linker->missing_imports(*component);
  ASSERT_TRUE(missing) << missing.error().message;
  EXPECT_EQ(to_string(*missing), "hermes:test/base: thing\nhermes:test/wider: make");

  ASSERT_TRUE(linker->trap_missing_imports(*component));
  EXPECT_THAT(*linker->missing_imports(*component), IsEmpty());
  const auto pre = InstancePre::create(*linker, *component);
  ASSERT_TRUE(pre) << pre.error().message;
  open(*pre);
  RunExport arguments;
  const CallOutcome outcome = call(*pre, arguments);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("hermes:test/wider#make"));
}

inline constexpr FunctionType kWrongRun{"", "run", "func() -> string"};
inline constexpr FunctionType kNoSuchRun{"", "walk", "func() -> u32"};

TEST_F(LinkerTest, ExportsAreFoundByNameAndType) {
  const auto pre = prepare(R"wat((module (memory (export "memory") 1)
      (func (export "run") (result i32) (i32.const 1))))wat");
  ASSERT_TRUE(pre);
  const auto none = pre->find<TypedCall<kNoSuchRun, std::uint32_t()>>();
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_FALSE(none->has_value());
  const auto wrong = pre->find<TypedCall<kWrongRun, std::string()>>();
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kLink);
  EXPECT_THAT(wrong.error().message, HasSubstr("func() -> string"));
  EXPECT_THAT(wrong.error().message, HasSubstr("func() -> u32"));
}

}  // namespace
}  // namespace hermes::wasm
