// Guests that hoard handles, and drops that fail: each ends its call with an error that says why,
// every destructor runs once, and the engine goes on.
#include "wasm/resource.hpp"
#include "wasm/testing/guest_run.hpp"
#include "wasm/testing/wat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::wasm {
namespace {

using testing::calling;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::kMemory;
using ::testing::SizeIs;

constexpr std::string_view kConstructorType = "(param i32 i32) (result i32)";
constexpr std::string_view kNodes = R"wat(
  (import "hermes:test/api" "[constructor]node" (func $make (param i32 i32) (result i32)))
  (import "hermes:test/api" "[resource-drop]node" (func $drop (param i32))))wat";

class HostileResources : public testing::GuestTest {
 protected:
  /// Another guest, in the same context and with the same limits, gets what it needs.
  void expect_that_the_engine_goes_on() {
    host_.destroyed.clear();
    const auto result = run(calling("[method]node.size", "(param i32) (result i32)", R"wat(
        (local $node i32) (local $size i32)
        (local.set $node (call $make (i32.const 16) (i32.const 4)))
        (local.set $size (call $f (local.get $node)))
        (call $drop (local.get $node))
        (local.get $size))wat",
                                    kNodes));
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(*result, 4U);
    expect_nodes_destroyed(1);
  }

  /// The host has made `count` nodes since the start of the test; all are gone.
  void expect_nodes_destroyed(std::size_t count) {
    EXPECT_THAT(host_.destroyed, SizeIs(count));
    EXPECT_THAT(host_.destroyed, Each(1)) << "each destructor runs once";
    EXPECT_EQ(host_.alive, 0);
    EXPECT_EQ(context_.resources().slots_in_use(), 0U);
  }

  /// Runs a guest that has to fail, and is over then.
  CallError fails(std::string_view core) {
    const auto result = run(core);
    if (result) {
      ADD_FAILURE() << "it returned " << *result;
      return {};
    }
    return result.error();
  }
};

// -------------------------------------------------------------------------------------------
// floods

TEST_F(HostileResources, AFloodOfHostResourcesMeetsItsLimit) {
  context_.set_limits({.max_handles = 100});
  const CallError error = fails(calling("[constructor]node", kConstructorType,
                                        "(loop $again (drop (call $f (i32.const 16) (i32.const 1)))"
                                        " (br $again)) unreachable"));
  EXPECT_EQ(error.kind, CallError::Kind::kLimit);
  EXPECT_THAT(error.message,
              HasSubstr("[constructor]node: the call has 100 resources of the host already"));
  // The last one was made, and found no place.
  expect_nodes_destroyed(101);
  expect_that_the_engine_goes_on();
}

TEST_F(HostileResources, AFloodInOneListMeetsTheSameLimit) {
  context_.set_limits({.max_handles = 100});
  const CallError error = fails(calling("give-nodes", "(param i32 i32)",
                                        "(call $f (i32.const 500) (i32.const 16)) (i32.const 0)"));
  EXPECT_EQ(error.kind, CallError::Kind::kLimit);
  EXPECT_THAT(error.message,
              HasSubstr("give-nodes: the call has 100 resources of the host already"));
  expect_nodes_destroyed(500);
  expect_that_the_engine_goes_on();
}

TEST_F(HostileResources, WhatIsDroppedDoesNotCount) {
  context_.set_limits({.max_handles = 1});
  const auto result = run(calling("[constructor]node", kConstructorType, R"wat(
      (local $left i32)
      (local.set $left (i32.const 1000))
      (loop $again
        (call $drop (call $f (i32.const 16) (i32.const 1)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $again (local.get $left)))
      (i32.const 7))wat",
                                  R"wat((import "hermes:test/api" "[resource-drop]node"
                                          (func $drop (param i32))))wat"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, 7U);
  expect_nodes_destroyed(1000);
}

TEST_F(HostileResources, AFloodOfHostResourcesMeetsTheLimitOfTheGuestsTables) {
  const auto pre = prepare(calling("[constructor]node", kConstructorType,
                                   "(loop $again (drop (call $f (i32.const 16) (i32.const 1))) "
                                   "(br $again)) unreachable"));
  ASSERT_TRUE(pre);
  open(*pre, {.max_handles = 50});
  testing::RunExport arguments;
  const CallOutcome outcome = call(*pre, arguments);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, CallError::Kind::kLimit);
  EXPECT_THAT(outcome.error().message, HasSubstr("may have 50 handles"));
  EXPECT_EQ(host_.alive, 51) << "what the guest has stays until the end of the call";
  call_->close();
  expect_nodes_destroyed(51);
  expect_that_the_engine_goes_on();
}

// ----------------------------------------------------------------------------- resources of a
// guest

/// The bodies of a worker's functions. A job is a number, the length of its name; it owns nothing.
struct Worker {
  std::string_view constructor = "(call $new (local.get 1))";
  std::string_view destructor{};
  std::string_view step = "(i32.const 0)";
  std::string_view absorb = "(local.get 0)";
  std::string_view visit = "(call $drop_node (local.get 0)) (i32.const 1)";
  std::string_view adopt = "(i32.const 1)";

  [[nodiscard]] std::string text() const {
    const auto function = [](std::string_view name, std::string_view type, std::string_view body) {
      return "(func $\"" + std::string(name) + "\" (export \"hermes:test/worker#" +
             std::string(name) + "\") " + std::string(type) + " " + std::string(body) + ")\n";
    };
    return R"wat((module
      (import "[export]hermes:test/worker" "[resource-new]job" (func $new (param i32) (result i32)))
      (import "[export]hermes:test/worker" "[resource-drop]job" (func $drop_job (param i32)))
      (import "hermes:test/api" "[resource-drop]node" (func $drop_node (param i32)))
      (import "hermes:test/api" "consume" (func $consume (param i32))))wat" +
           std::string(kMemory) + function("[constructor]job", kConstructorType, constructor) +
           function("[dtor]job", "(param i32)", destructor) +
           function("[method]job.step", kConstructorType, step) +
           function("[static]job.absorb", kConstructorType, absorb) +
           function("visit", "(param i32) (result i32)", visit) +
           function("adopt", "(param i32) (result i32)", adopt) + ")";
  }
};

class HostileWorker : public HostileResources {
 protected:
  /// Opens a call of a worker.
  void begin(const Worker& worker, const CallLimits& limits = {}) {
    pre_ = prepare(worker.text(), "works");
    ASSERT_TRUE(pre_);
    open(*pre_, limits);
  }
  /// A job of the open call.
  testing::Job make(std::string_view name = "four") {
    testing::MakeJob made(name);
    const CallOutcome outcome = call(*pre_, made);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? std::move(made.result()) : testing::Job();
  }
  /// Gives the worker a node that it keeps: it is there as long as its instance.
  void give_node() {
    testing::Adopt adopt(
        std::make_unique<testing::Node>("adopted", host_.alive, &host_.destroyed.emplace_back(0)));
    ASSERT_TRUE(call(*pre_, adopt));
    EXPECT_EQ(host_.alive, 1);
  }
  /// `outcome` is a trap; nothing runs in that instance any more, and its end frees everything.
  void expect_trap(const CallOutcome& outcome, std::string_view message) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, CallError::Kind::kTrap) << outcome.error().message;
    EXPECT_THAT(outcome.error().message, HasSubstr(std::string(message)));
    testing::MakeJob made("another");
    const auto exported = find<testing::MakeJob>(*pre_);
    ASSERT_TRUE(exported);
    EXPECT_FALSE(call_->start(*exported, made)) << "a failed instance is not used again";
    call_->close();
    EXPECT_EQ(context_.resources().slots_in_use(), 0U);
  }

  std::optional<InstancePre> pre_;
};

TEST_F(HostileWorker, AFloodOfItsOwnResourcesMeetsItsLimit) {
  begin({.constructor = "(loop $again (drop (call $new (i32.const 1))) (br $again)) unreachable"},
        {.max_handles = 50});
  give_node();
  testing::MakeJob made("x");
  const CallOutcome outcome = call(*pre_, made);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, CallError::Kind::kLimit);
  EXPECT_THAT(outcome.error().message, HasSubstr("may have 50 handles"));
  call_->close();
  expect_nodes_destroyed(1);
  expect_that_the_engine_goes_on();
}

TEST_F(HostileWorker, AHostThatHoardsItsResourcesMeetsTheSameLimit) {
  begin({}, {.max_handles = 50});
  std::vector<testing::Job> jobs;
  CallOutcome outcome;
  while (jobs.size() <= 50) {
    testing::MakeJob made("x");
    outcome = call(*pre_, made);
    if (!outcome) break;
    jobs.push_back(std::move(made.result()));
  }
  EXPECT_THAT(jobs, SizeIs(50));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, CallError::Kind::kLimit);
  EXPECT_THAT(outcome.error().message, HasSubstr("may have 50 handles"));
  call_->close();
  expect_that_the_engine_goes_on();
}

TEST_F(HostileWorker, ADestructorThatTrapsEndsItsCall) {
  begin({.destructor = "unreachable"});
  give_node();
  testing::Job job = make();
  // Another one that is never dropped.
  EXPECT_TRUE(make().held());
  ASSERT_TRUE(call_->start_drop(job));
  const CallOutcome outcome = owner_.run_to_completion(*call_);
  ASSERT_FALSE(outcome);
  ASSERT_FALSE(outcome.error().backtrace.empty());
  EXPECT_THAT(outcome.error().backtrace[0], HasSubstr("[dtor]job"));
  expect_trap(outcome, "unreachable");
  expect_nodes_destroyed(1);
  expect_that_the_engine_goes_on();
}

TEST_F(HostileWorker, ADestructorThatNeverEndsIsCancelled) {
  begin({.destructor = "(loop $again (br $again))"});
  give_node();
  testing::Job job = make();
  ASSERT_TRUE(call_->start_drop(job));
  ASSERT_EQ(call_->poll(), Call::Poll::kRunnable);
  call_->cancel();
  ASSERT_EQ(call_->poll(), Call::Poll::kDone);
  EXPECT_EQ(call_->outcome().error().kind, CallError::Kind::kCancelled);
  call_->close();
  expect_nodes_destroyed(1);
  expect_that_the_engine_goes_on();
}

TEST_F(HostileWorker, ADestructorThatTrapsWhenTheGuestDropsEndsTheCallToo) {
  begin({.destructor = "unreachable",
         .adopt = "(call $drop_job (call $new (i32.const 1))) "
                  "(i32.const 1)"});
  testing::Adopt adopt(
      std::make_unique<testing::Node>("adopted", host_.alive, &host_.destroyed.emplace_back(0)));
  expect_trap(call(*pre_, adopt), "unreachable");
  expect_nodes_destroyed(1);
  expect_that_the_engine_goes_on();
}

TEST_F(HostileWorker, DroppingItsOwnResourceTwiceTraps) {
  begin({.constructor = "(local $job i32) (local.set $job (call $new (i32.const 1))) "
                        "(call $drop_job (local.get $job)) (call $drop_job (local.get $job)) "
                        "(i32.const 0)"});
  testing::MakeJob made("x");
  expect_trap(call(*pre_, made), "unknown handle index");
  expect_that_the_engine_goes_on();
}

TEST_F(HostileWorker, TheHostDropsAResourceOnlyOnce) {
  begin({});
  testing::Job first = make();
  ASSERT_TRUE(call_->start_drop(first));
  ASSERT_TRUE(owner_.run_to_completion(*call_));
  // The second takes the place of the first, and must not be mistaken for it.
  testing::Job second = make();
  const Result<void> again = call_->start_drop(first);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("passed on or dropped before"));
  testing::JobStep step(second.borrow(), 1);
  const CallOutcome outcome = call(*pre_, step);
  EXPECT_TRUE(outcome) << outcome.error().message;
  ASSERT_TRUE(call_->start_drop(second));
  EXPECT_TRUE(owner_.run_to_completion(*call_));
}

// -------------------------------------------------------------------------------- resources that
// are lent

TEST_F(HostileWorker, ABorrowIsNotKeptPastItsCall) {
  begin({.visit = "(i32.const 1)"});
  testing::Node node("lent", host_.alive);
  testing::Visit visit(node);
  expect_trap(call(*pre_, visit), "borrow handles still remain at the end of the call");
  EXPECT_EQ(host_.alive, 1) << "what is lent stays the host's";
}

TEST_F(HostileWorker, ABorrowIsNotGivenAway) {
  begin({.visit = "(call $consume (local.get 0)) (i32.const 1)"});
  testing::Node node("lent", host_.alive);
  testing::Visit visit(node);
  expect_trap(call(*pre_, visit), "cannot lift own resource from a borrow");
  EXPECT_EQ(host_.alive, 1);
}

TEST_F(HostileWorker, ABorrowIsDroppedOnce) {
  begin({.visit = "(call $drop_node (local.get 0)) (call $drop_node (local.get 0)) (i32.const 1)"});
  testing::Node node("lent", host_.alive);
  testing::Visit visit(node);
  expect_trap(call(*pre_, visit), "unknown handle index");
  EXPECT_EQ(host_.alive, 1);
}

TEST_F(HostileResources, WhatIsLentToACallIsNotGivenAwayInIt) {
  const CallError error = fails(calling("exchange", "(param i32 i32)", R"wat(
      (local $node i32)
      (local.set $node (call $make (i32.const 16) (i32.const 1)))
      (call $f (local.get $node) (local.get $node))
      (i32.const 0))wat",
                                        kNodes));
  EXPECT_EQ(error.kind, CallError::Kind::kTrap);
  EXPECT_THAT(error.message, HasSubstr("cannot remove owned resource while borrowed"));
  expect_nodes_destroyed(1);
  expect_that_the_engine_goes_on();
}

TEST_F(HostileResources, WhatIsLentToACallIsNotDroppedByItsRealloc) {
  // The host has the node while the guest allocates room for the result.
  const CallError error = fails(R"wat((module
      (import "hermes:test/api" "[constructor]node" (func $make (param i32 i32) (result i32)))
      (import "hermes:test/api" "[resource-drop]node" (func $drop (param i32)))
      (import "hermes:test/api" "name-of" (func $name (param i32 i32)))
      (memory (export "memory") 1)
      (global $node (mut i32) (i32.const 0))
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (call $drop (global.get $node))
        (i32.const 1024))
      (func (export "run") (result i32)
        (global.set $node (call $make (i32.const 16) (i32.const 5)))
        (call $name (global.get $node) (i32.const 16))
        (i32.const 0))))wat");
  EXPECT_EQ(error.kind, CallError::Kind::kTrap);
  EXPECT_THAT(error.message, HasSubstr("cannot leave component instance"));
  expect_nodes_destroyed(1);
  expect_that_the_engine_goes_on();
}

TEST_F(HostileResources, WhatIsDroppedTwiceIsDestroyedOnce) {
  const CallError error = fails(calling("keep", "(param i32)", R"wat(
      (local $node i32)
      (drop (call $make (i32.const 16) (i32.const 1)))
      (local.set $node (call $make (i32.const 16) (i32.const 1)))
      (call $drop (local.get $node))
      (call $drop (local.get $node))
      (i32.const 0))wat",
                                        kNodes));
  EXPECT_EQ(error.kind, CallError::Kind::kTrap);
  EXPECT_THAT(error.message, HasSubstr("unknown handle index"));
  expect_nodes_destroyed(2);
  expect_that_the_engine_goes_on();
}

}  // namespace
}  // namespace hermes::wasm
