// Functions, types and resources that a world imports itself, outside of any interface: the
// bindings of golden/world_functions, and guests that call them.
#include "wasm/componentize.hpp"
#include "wasm/testing/guest_run.hpp"
#include "wasm/testing/wat.hpp"
#include "wit/corpus_world_functions/painter.hpp"
#include "wit/corpus_world_functions/walls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace hermes::wit::corpus_world_functions {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The core functions of the world have no interface: their module is $root.
constexpr std::string_view kPainter = R"wat((module
  (import "$root" "greet" (func $greet (param i32 i32 i32)))
  (import "$root" "place" (func $place (param i32 i32 i32 i32 i32)))
  (import "$root" "rest" (func $rest))
  (import "$root" "ask" (func $ask (param i32 i32 i32)))
  (import "$root" "draw" (func $draw (param i32 i32 i32)))
  (import "$root" "paint" (func $paint (param i32 i32)))
  (import "$root" "paint-type" (func $paint_type (param i32)))
  (import "$root" "[constructor]brush" (func $brush (param i32) (result i32)))
  (import "$root" "[method]brush.width" (func $width (param i32) (result i32)))
  (import "$root" "[resource-drop]brush" (func $drop_brush (param i32)))
  (import "corpus:world-functions/walls@0.1.0" "[constructor]wall"
    (func $wall (param i32 i32) (result i32)))
  (import "corpus:world-functions/walls@0.1.0" "[resource-drop]wall" (func $drop_wall (param i32)))
  (data (i32.const 8) "world")
  (data (i32.const 16) "refused")
  ;; The string "refused", as a result.
  (data (i32.const 32) "\10\00\00\00\07\00\00\00")
  (func $try (param $size i32) (result i32)
    (call $place (i32.const 8) (local.get $size) (i32.const 1) (i32.const -2) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then
      (call $paint_type (i32.load8_u (i32.const 68)))
      (return (i32.const 32))))
    ;; What came back, once more.
    (call $place (i32.load (i32.const 68)) (i32.load (i32.const 72)) (i32.load (i32.const 76))
      (i32.load (i32.const 80)) (i32.const 96))
    (i32.const 100))
  (func $draw_once (result i32) (local $a i32) (local $wall i32)
    (local.set $a (call $brush (i32.const 7)))
    (local.set $wall (call $wall (i32.const 8) (i32.const 5)))
    (call $draw (call $brush (call $width (local.get $a))) (local.get $wall) (i32.const 64))
    (call $drop_brush (local.get $a))
    (call $drop_wall (local.get $wall))
    (i32.const 64))
  (func (export "paint") (param $step i32) (result i32)
    (block $draw_ (block $refused (block $place_ (block $ask_ (block $greet_
      (br_table $greet_ $ask_ $place_ $refused $draw_ (local.get $step)))
      (call $rest) (call $greet (i32.const 8) (i32.const 5) (i32.const 64)) (return (i32.const 64)))
      (call $ask (i32.const 8) (i32.const 5) (i32.const 64)) (return (i32.const 64)))
      (return (call $try (i32.const 5))))
      (return (call $try (i32.const 0))))
    (if (i32.eq (local.get $step) (i32.const 4)) (then (return (call $draw_once))))
    (call $paint (local.get $step) (i32.const 64))
    (i32.const 64)))wat";

class TestBrush final : public painter::Brush {
 public:
  TestBrush(std::uint32_t width, int& alive) : width_(width), alive_(alive) { ++alive_; }
  ~TestBrush() override { --alive_; }
  wasm::HostResult<std::uint32_t> width(wasm::CallContext& /*call*/) override { return width_; }
  [[nodiscard]] std::uint32_t inches() const { return width_; }

 private:
  std::uint32_t width_;
  int& alive_;
};

class TestWall final : public walls::Wall {
 public:
  explicit TestWall(std::string_view name) : name_(name) {}
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
};

class WallsHost final : public walls::Host {
 public:
  wasm::HostResult<std::unique_ptr<walls::Wall>> make_wall(wasm::CallContext& /*call*/,
                                                           std::string_view name) override {
    return std::make_unique<TestWall>(name);
  }
};

class PainterHost final : public painter::Host {
 public:
  ~PainterHost() override {
    if (other_.joinable()) other_.join();
  }

  wasm::HostResult<std::string> greet(wasm::CallContext& /*call*/, std::string_view name) override {
    return "hello " + std::string(name);
  }
  wasm::HostResult<std::expected<painter::Label, painter::Problem>> place(
      wasm::CallContext& /*call*/, const painter::LabelView& label) override {
    if (label.text.empty()) return wasm::error_result(painter::Problem::kOutOfPaint);
    return painter::Label{std::string(label.text) + "(" + std::to_string(label.at.x) + "," +
                              std::to_string(label.at.y) + ")",
                          {label.at.y, label.at.x}};
  }
  wasm::HostResult<void> rest(wasm::CallContext& /*call*/) override {
    ++rests;
    return {};
  }
  void ask(wasm::CallContext& /*call*/, std::string_view question,
           wasm::Completion<std::string> done) override {
    other_ = std::thread([answer = std::string(question) + "?", done = std::move(done)]() mutable {
      std::move(done).complete(std::move(answer));
    });
  }
  wasm::HostResult<std::string> draw(wasm::CallContext& /*call*/,
                                     std::unique_ptr<painter::Brush> brush,
                                     walls::Wall& on) override {
    return static_cast<TestWall&>(on).name() + " with " +
           std::to_string(static_cast<TestBrush&>(*brush).inches());
  }
  wasm::HostResult<std::string> paint(wasm::CallContext& /*call*/, std::uint32_t step) override {
    return wasm::trap("no step " + std::to_string(step));
  }
  wasm::HostResult<void> paint_type(wasm::CallContext& /*call*/, painter::Problem kind) override {
    problem = kind;
    return {};
  }
  wasm::HostResult<std::unique_ptr<painter::Brush>> make_brush(wasm::CallContext& /*call*/,
                                                               std::uint32_t width) override {
    return std::make_unique<TestBrush>(width, brushes);
  }

  int rests = 0;
  int brushes = 0;
  std::optional<painter::Problem> problem;

 private:
  std::thread other_;
};

class WorldFunctionsTest : public wasm::testing::GuestTest {
 protected:
  std::optional<wasm::Component> build(std::string core, std::string_view world) {
    core += wasm::testing::kMemory;
    core += ")";
    const wasm::ComponentizeOptions options{
        .wit = HERMES_SOURCE_DIR "/tests/bindings/golden/world_functions/wit",
        .world = std::string(world)};
    const auto binary = wasm::componentize(std::as_bytes(std::span(core)), options);
    if (!binary) {
      ADD_FAILURE() << binary.error().message;
      return std::nullopt;
    }
    auto component = wasm::testing::compile_guest(
        *engine_, {reinterpret_cast<const char*>(binary->data()), binary->size()});
    if (!component) {
      ADD_FAILURE() << component.error().message;
      return std::nullopt;
    }
    return *std::move(component);
  }

  wasm::Linker make_linker() {
    auto linker = wasm::Linker::create(*engine_);
    EXPECT_TRUE(linker);
    return *std::move(linker);
  }

  // Calls `paint` of the guest in an instance of its own.
  std::expected<std::string, wasm::CallError> paint(const wasm::InstancePre& pre,
                                                    std::uint32_t step) {
    open(pre);
    painter::Paint arguments(step);
    const wasm::CallOutcome outcome = call(pre, arguments);
    call_->close();
    if (!outcome) return std::unexpected(outcome.error());
    return arguments.result();
  }

  WallsHost walls_;
  PainterHost painter_;
};

TEST_F(WorldFunctionsTest, GuestsCallThem) {
  const auto component = build(std::string(kPainter), "painter");
  ASSERT_TRUE(component);
  wasm::Linker linker = make_linker();
  ASSERT_TRUE(walls::link(linker, walls_));
  ASSERT_TRUE(painter::link(linker, painter_));
  const auto pre = wasm::InstancePre::create(linker, *component);
  ASSERT_TRUE(pre) << pre.error().message;

  EXPECT_EQ(paint(*pre, 0), "hello world");
  EXPECT_EQ(painter_.rests, 1);
  EXPECT_EQ(paint(*pre, 1), "world?");
  EXPECT_EQ(paint(*pre, 2), "world(1,-2)(-2,1)");
  EXPECT_EQ(paint(*pre, 3), "refused");
  EXPECT_EQ(painter_.problem, painter::Problem::kOutOfPaint);
  EXPECT_EQ(paint(*pre, 4), "world with 7");
  EXPECT_EQ(painter_.brushes, 0);
  const auto stopped = paint(*pre, 5);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().message, "call of paint: no step 5");
}

TEST_F(WorldFunctionsTest, MissingOnesAreListedAndTrap) {
  const auto component = build(std::string(kPainter), "painter");
  ASSERT_TRUE(component);
  wasm::Linker linker = make_linker();
  ASSERT_TRUE(walls::link(linker, walls_));
  const auto missing = linker.missing_imports(*component);
  ASSERT_TRUE(missing);
  // Each is an import of its own. The resource `wall` is there: its interface is.
  EXPECT_EQ(to_string(*missing),
            "greet\nplace\nrest\nask\ndraw\npaint\npaint-type\n[constructor]brush\n"
            "[method]brush.width\nbrush");
  const auto refused = wasm::InstancePre::create(linker, *component);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLink);
  EXPECT_THAT(refused.error().message, HasSubstr("the world itself: greet, place, rest, ask"));

  ASSERT_TRUE(linker.trap_missing_imports(*component));
  EXPECT_THAT(*linker.missing_imports(*component), IsEmpty());
  const auto pre = wasm::InstancePre::create(linker, *component);
  ASSERT_TRUE(pre) << pre.error().message;
  const auto outcome = paint(*pre, 1);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "the guest called ask, which this engine does not provide");
}

TEST_F(WorldFunctionsTest, AnotherTypeIsRefused) {
  const auto component = build(R"wat((module
      (import "$root" "greet" (func $greet (param i32 i32 i32 i32)))
      (func (export "paint") (param i32) (result i32)
        (call $greet (i32.const 8) (i32.const 5) (local.get 0) (i32.const 64)) (i32.const 64)))wat",
                               "stranger");
  ASSERT_TRUE(component);
  wasm::Linker linker = make_linker();
  ASSERT_TRUE(walls::link(linker, walls_));
  ASSERT_TRUE(painter::link(linker, painter_));
  EXPECT_THAT(*linker.missing_imports(*component), IsEmpty()) << "the name is there";
  const auto pre = wasm::InstancePre::create(linker, *component);
  ASSERT_FALSE(pre);
  EXPECT_EQ(pre.error().code, ErrorCode::kLink);
  EXPECT_THAT(pre.error().message,
              AllOf(HasSubstr("\n  greet\n"), HasSubstr("provides: func(string) -> string"),
                    HasSubstr("wants: func(string, u32) -> string")));
}

}  // namespace
}  // namespace hermes::wit::corpus_world_functions
