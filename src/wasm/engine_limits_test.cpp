// Guests that take as much as they may of what belongs to the whole engine.
#include "wasm/call.hpp"
#include "wasm/testing/guest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace hermes::wasm {
namespace {

using ::testing::HasSubstr;

inline constexpr FunctionType kRunType{"", "run", "func()"};
class RunGuest final : public TypedCall<kRunType, void()> {
 public:
  using TypedCall::TypedCall;
};

/// Links a component that is written as text to WASI.
std::optional<InstancePre> prepare(const Engine& engine, std::string_view text) {
  auto component = testing::compile_guest(engine, text);
  if (!component) {
    ADD_FAILURE() << component.error().message;
    return std::nullopt;
  }
  auto linker = Linker::create(engine);
  if (!linker || !linker->add_wasi()) {
    ADD_FAILURE() << "no linker";
    return std::nullopt;
  }
  auto pre = InstancePre::create(*linker, *component);
  if (!pre) {
    ADD_FAILURE() << pre.error().message;
    return std::nullopt;
  }
  return *std::move(pre);
}

// There are permits for instances, not for what is in them: no component may find that others,
// which have as much as each may have, left too little.
TEST(InstancePool, HasForEachInstanceWhatOneComponentMayHold) {
  EngineConfig config = EngineConfig::defaults();
  config.max_instances = 2;
  config.max_core_instances_per_component = 5;
  config.max_memories_per_component = 4;
  config.max_tables_per_component = 6;
  const auto engine = Engine::create(config);
  ASSERT_TRUE(engine) << engine.error().message;
  const auto usage = (*engine)->pool_usage();
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->max_core_instances, 10U);
  EXPECT_EQ(usage->max_memories, 8U);
  EXPECT_EQ(usage->max_tables, 12U);

  const auto pre = prepare(**engine, R"wat((component
    (core module $large
      (memory 1) (memory 1) (memory 1) (memory 1)
      (table 1 funcref) (table 1 funcref) (table 1 funcref)
      (table 1 funcref) (table 1 funcref) (table 1 funcref)
      (func (export "run")))
    (core module $small)
    (core instance $i (instantiate $large))
    (core instance (instantiate $small))
    (core instance (instantiate $small))
    (core instance (instantiate $small))
    (core instance (instantiate $small))
    (func (export "run") (canon lift (core func $i "run")))))wat");
  ASSERT_TRUE(pre);
  const Engine::ThreadScope thread(**engine);
  std::array<CallContext, 2> contexts;
  std::array<BlockingOwner, 2> owners;
  const std::array<Ref<Call>, 2> calls{Call::create(), Call::create()};
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ASSERT_TRUE(calls[i]->open(*pre, contexts[i], owners[i], {}, nullptr));
    ASSERT_TRUE(calls[i]->start_instantiate());
    const CallOutcome& outcome = owners[i].run_to_completion(*calls[i]);
    ASSERT_TRUE(outcome) << outcome.error().message;
  }
  EXPECT_EQ((*engine)->pool_usage()->memories, 8U);
  for (const auto& call : calls) call->close();
  EXPECT_EQ((*engine)->pool_usage()->memories, 0U);
}

// WASI keeps what is behind its handles in a table of its own.
TEST(WasiHandles, AFloodOfThemMeetsTheLimitOfTheCall) {
  const auto engine = Engine::create(EngineConfig::on_demand());
  ASSERT_TRUE(engine) << engine.error().message;
  const auto pre = prepare(**engine, R"wat((component
    (import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
    (alias export $poll "pollable" (type $pollable))
    (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
      (alias outer 1 $pollable (type $of-poll))
      (export "pollable" (type $here (eq $of-poll)))
      (export "subscribe-duration" (func (param "when" u64) (result (own $here))))))
    (core func $subscribe (canon lower (func $clock "subscribe-duration")))
    (core module $flood
      (import "host" "subscribe" (func $subscribe (param i64) (result i32)))
      (func (export "run")
        (loop $more (drop (call $subscribe (i64.const 1000000000))) (br $more))))
    (core instance $i (instantiate $flood
      (with "host" (instance (export "subscribe" (func $subscribe))))))
    (func (export "run") (canon lift (core func $i "run")))))wat");
  ASSERT_TRUE(pre);
  const Engine::ThreadScope thread(**engine);
  CallContext context;
  BlockingOwner owner;
  const auto call = Call::create();
  ASSERT_TRUE(call->open(*pre, context, owner, {.max_handles = 50}, nullptr));
  RunGuest arguments;
  const auto exported = pre->find<RunGuest>();
  ASSERT_TRUE(exported && exported->has_value());
  ASSERT_TRUE(call->start(**exported, arguments));
  const CallOutcome& outcome = owner.run_to_completion(*call);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, CallError::Kind::kLimit) << outcome.error().message;
  EXPECT_THAT(outcome.error().message, HasSubstr("may have 50 handles"));
  call->close();
}

}  // namespace
}  // namespace hermes::wasm
