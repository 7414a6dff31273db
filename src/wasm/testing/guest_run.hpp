// Runs one guest in a fresh instance, for tests.
#pragma once

#include "wasm/call.hpp"
#include "wasm/engine.hpp"
#include "wasm/epoch_ticker.hpp"
#include "wasm/instance_pre.hpp"
#include "wasm/linker.hpp"
#include "wasm/testing/guest_component.hpp"
#include "wasm/testing/test_host.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hermes::wasm::testing {

/// An engine without a pool that ticks, and the calling thread inside of it.
class GuestTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const Engine> make_engine() {
    auto engine = Engine::create(EngineConfig::on_demand());
    if (!engine) {
      ADD_FAILURE() << engine.error().message;
      return nullptr;
    }
    return *engine;
  }

  /// Links `core` as a guest of `world` with the test host.
  std::optional<InstancePre> prepare(std::string_view core, std::string_view world = "caller",
                                     hn_string_encoding encoding = HN_STRING_UTF8) {
    auto component = build_guest(*engine_, core, world, encoding);
    if (!component) {
      ADD_FAILURE() << component.error().message;
      return std::nullopt;
    }
    auto linker = Linker::create(*engine_);
    if (!linker) {
      ADD_FAILURE() << linker.error().message;
      return std::nullopt;
    }
    if (auto linked = link(*linker, host_); !linked) {
      ADD_FAILURE() << linked.error().message;
      return std::nullopt;
    }
    auto pre = InstancePre::create(*linker, *component);
    if (!pre) {
      ADD_FAILURE() << pre.error().message;
      return std::nullopt;
    }
    return *std::move(pre);
  }

  template <class T>
  std::optional<ExportFunc> find(const InstancePre& pre) {
    auto found = pre.find<T>();
    if (!found) {
      ADD_FAILURE() << found.error().message;
      return std::nullopt;
    }
    EXPECT_TRUE(found->has_value()) << "the guest does not export " << T::kExport.function.name;
    return *found;
  }

  void open(const InstancePre& pre, const CallLimits& limits = {}) {
    const auto opened = call_->open(pre, context_, owner_, limits, nullptr);
    ASSERT_TRUE(opened) << opened.error().message;
  }

  /// Calls `arguments` in the open instance, to the end.
  template <class T>
  CallOutcome call(const InstancePre& pre, T& arguments) {
    const auto exported = find<T>(pre);
    if (!exported) return {};
    const auto started = call_->start(*exported, arguments);
    EXPECT_TRUE(started) << started.error().message;
    return owner_.run_to_completion(*call_);
  }

  /// Calls `run` of a `caller` guest in an instance of its own.
  std::expected<std::uint32_t, CallError> run(std::string_view core,
                                              hn_string_encoding encoding = HN_STRING_UTF8) {
    const auto pre = prepare(core, "caller", encoding);
    if (!pre) return 0;
    open(*pre);
    RunExport arguments;
    const CallOutcome outcome = call(*pre, arguments);
    call_->close();
    if (!outcome) return std::unexpected(outcome.error());
    return arguments.result();
  }

  void TearDown() override { call_->close(); }

  // Order matters: the call goes first, the engine last.
  std::shared_ptr<const Engine> engine_ = make_engine();
  EpochTicker ticker_{engine_, std::chrono::milliseconds(1)};
  Engine::ThreadScope scope_{*engine_};
  Host host_;
  CallContext context_;
  BlockingOwner owner_;
  Ref<Call> call_ = Call::create();
};

}  // namespace hermes::wasm::testing
