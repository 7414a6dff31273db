// Resources that a guest defines, and resources of the host that are lent or given to a guest.
#include "wasm/resource.hpp"
#include "wasm/testing/guest_run.hpp"
#include "wasm/testing/wat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace hermes::wasm {
namespace {

using testing::kMemory;

class GuestResourceTest : public testing::GuestTest {};

/// A job is a counter at the address that is its representation; `visit` and `adopt` use nodes.
std::string worker_guest() {
  return R"wat((module
    (import "[export]hermes:test/worker" "[resource-new]job" (func $new (param i32) (result i32)))
    (import "[export]hermes:test/worker" "[resource-rep]job" (func $rep (param i32) (result i32)))
    (import "[export]hermes:test/worker" "[resource-drop]job" (func $drop_job (param i32)))
    (import "hermes:test/api" "[method]node.size" (func $size (param i32) (result i32)))
    (import "hermes:test/api" "[resource-drop]node" (func $drop_node (param i32)))
    (global $jobs (mut i32) (i32.const 256)))wat" +
         std::string(kMemory) + R"wat(
    (func (export "hermes:test/worker#[constructor]job") (param i32 i32) (result i32)
      (global.set $jobs (i32.add (global.get $jobs) (i32.const 4)))
      (i32.store (global.get $jobs) (local.get 1))
      (call $new (global.get $jobs)))
    (func (export "hermes:test/worker#[method]job.step") (param $rep i32) (param $by i32)
        (result i32)
      (i32.store (local.get $rep) (i32.add (i32.load (local.get $rep)) (local.get $by)))
      (i32.load (local.get $rep)))
    (func (export "hermes:test/worker#[static]job.absorb") (param $a i32) (param $b i32)
        (result i32)
      (local $at i32)
      (local.set $at (call $rep (local.get $a)))
      (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (i32.load (local.get $b))))
      (local.get $a))
    ;; Counts at address 4 what was dropped.
    (func (export "hermes:test/worker#[dtor]job") (param i32)
      (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1))))
    (func (export "hermes:test/worker#visit") (param i32) (result i32)
      (i32.add (i32.mul (i32.load (i32.const 4)) (i32.const 100)) (call $size (local.get 0)))
      (call $drop_node (local.get 0)))
    (func (export "hermes:test/worker#adopt") (param i32) (result i32)
      (call $size (local.get 0)))))wat";
}

TEST_F(GuestResourceTest, ResourcesOfTheGuestLiveAcrossCallsOfTheirInstance) {
  const auto pre = prepare(worker_guest(), "works");
  ASSERT_TRUE(pre);
  open(*pre);
  testing::MakeJob make_first("1234567890");
  testing::MakeJob make_second("12345");
  CallOutcome outcome = call(*pre, make_first);
  ASSERT_TRUE(outcome) << outcome.error().message;
  ASSERT_TRUE(call(*pre, make_second));
  testing::Job first = std::move(make_first.result());
  testing::Job second = std::move(make_second.result());
  ASSERT_TRUE(first.held());

  testing::JobStep step(first.borrow(), 3);
  outcome = call(*pre, step);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(step.result(), 13U);

  testing::JobAbsorb absorb(std::move(first), second.borrow());
  outcome = call(*pre, absorb);
  ASSERT_TRUE(outcome) << outcome.error().message;
  testing::Job both = std::move(absorb.result());
  testing::JobStep last(both.borrow(), 0);
  ASSERT_TRUE(call(*pre, last));
  EXPECT_EQ(last.result(), 18U);

  ASSERT_TRUE(call_->start_drop(second));
  EXPECT_FALSE(second.held());
  outcome = owner_.run_to_completion(*call_);
  ASSERT_TRUE(outcome) << outcome.error().message;
  testing::Node node("four", host_.alive);
  testing::Visit visit(node);
  outcome = call(*pre, visit);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(visit.result(), 104U) << "one destructor has run";
}

TEST_F(GuestResourceTest, AResourceOfTheGuestIsNotPassedTwice) {
  const auto pre = prepare(worker_guest(), "works");
  ASSERT_TRUE(pre);
  open(*pre);
  testing::MakeJob make("x");
  ASSERT_TRUE(call(*pre, make));
  testing::Job job = std::move(make.result());
  testing::Job moved = std::move(job);
  const testing::JobBorrow stale = moved.borrow();
  testing::JobAbsorb absorb(std::move(moved), stale);
  const CallOutcome outcome = call(*pre, absorb);
  EXPECT_FALSE(outcome) << "own and borrow of the same resource in one call";
}

TEST_F(GuestResourceTest, NodesAreLentToAndGivenToAGuest) {
  const auto pre = prepare(worker_guest(), "works");
  ASSERT_TRUE(pre);
  open(*pre);
  testing::Node lent("lent", host_.alive);
  testing::Visit visit(lent);
  CallOutcome outcome = call(*pre, visit);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(visit.result(), 4U);
  EXPECT_EQ(context_.resources().slots_in_use(), 0U) << "it was lent for that call only";
  testing::Adopt adopt(std::make_unique<testing::Node>("adopted", host_.alive));
  outcome = call(*pre, adopt);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(adopt.result(), 7U);
  EXPECT_EQ(host_.alive, 2) << "the guest keeps what it was given";
  call_->close();
  EXPECT_EQ(host_.alive, 1) << "lent things stay the host's";
}

}  // namespace
}  // namespace hermes::wasm
