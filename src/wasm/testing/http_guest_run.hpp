// Runs the guest http-rust (tests/guests/http) in fresh instances, for tests.
#pragma once

#include "wasm/call.hpp"
#include "wasm/component_loader.hpp"
#include "wasm/engine.hpp"
#include "wasm/epoch_ticker.hpp"
#include "wasm/http_exchange.hpp"
#include "wasm/instance_pre.hpp"
#include "wasm/linker.hpp"
#include "wasm/testing/guest_component.hpp"
#include "wasm/testing/http_client.hpp"
#include "wasm/wasi_view.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::wasm::testing {

/// Keeps what the guest prints.
class PrintingContext final : public CallContext {
 public:
  void on_output(OutputStream /*stream*/, std::span<const std::byte> data) override {
    printed.append(reinterpret_cast<const char*>(data.data()), data.size());
  }
  std::string printed;
};

/// Notes that the call may be polled, and wakes a signal.
class SignalOwner final : public CallOwner {
 public:
  explicit SignalOwner(Ref<Signal> signal) : signal_(std::move(signal)) {}
  void on_wake(Call& /*call*/) noexcept override {
    woken_.store(true, std::memory_order_release);
    signal_->wake();
  }
  /// Whether the call was woken since this was asked last.
  bool take_wake() { return woken_.exchange(false, std::memory_order_acq_rel); }

 private:
  Ref<Signal> signal_;
  std::atomic<bool> woken_ = false;
};

/// What the guest imports of the engine, beside WASI.
struct InitHost {
  HostResult<void> done(CallContext& /*call*/, std::uint8_t status) {
    statuses.push_back(status);
    return {};
  }
  std::vector<std::uint8_t> statuses;
};
inline constexpr FunctionType kDone{"hermes:init/api", "done", "func(u8)"};

class HttpGuestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    constexpr std::uintmax_t kMaxBytes = 64U << 20U;
    const auto bytes =
        read_component_file(std::filesystem::path(HERMES_GUESTS_DIR) / "http-rust.wasm", kMaxBytes);
    ASSERT_TRUE(bytes) << bytes.error().message;
    prepare({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    ASSERT_TRUE(pre_);
    const auto found = pre_->find_http_handler();
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(found->has_value());
    handler_ = *found;
  }

  /// Links a component with WASI and the host.
  void prepare(std::string_view binary_or_text) {
    const auto component = compile_guest(*engine_, binary_or_text);
    ASSERT_TRUE(component) << component.error().message;
    auto linker = Linker::create(*engine_);
    ASSERT_TRUE(linker);
    ASSERT_TRUE(linker->add_wasi());
    InterfaceLinker api(*linker, "hermes:init/api");
    api.function<&InitHost::done, kDone>(host_);
    ASSERT_TRUE(api.finish());
    auto pre = InstancePre::create(*linker, *component);
    ASSERT_TRUE(pre) << pre.error().message;
    pre_ = *std::move(pre);
  }

  /// Makes a client, opens the call and starts it.
  void begin(HttpClientRequest request) {
    client_.emplace(std::move(request), signal_);
    const auto opened = call_->open(*pre_, context_, owner_, {}, wasi_);
    ASSERT_TRUE(opened) << opened.error().message;
    handle_.emplace(client_->exchange());
    const auto started = call_->start(*handler_, *handle_);
    ASSERT_TRUE(started) << started.error().message;
    has_turn_ = true;
    begun_ = true;
  }

  /// Polls the call until it waits or has ended. Whether it ran.
  bool poll() {
    if (owner_.take_wake()) has_turn_ = true;
    if (ended_ || !has_turn_) return false;
    for (;;) {
      switch (call_->poll()) {
        case Call::Poll::kDone:
          ended_ = true;
          has_turn_ = false;
          return true;
        case Call::Poll::kRunnable:
          break;
        case Call::Poll::kWaiting:
          has_turn_ = false;
          ++waits_;
          return true;
      }
    }
  }

  /// The call and its client, by turns, until both are at their end.
  void run() {
    while (!ended_ || !client_->answered()) {
      const bool polled = poll();
      const bool pushed = client_->push();
      const bool taken = client_->take();
      most_between_ = std::max(most_between_, client_->pushed() - client_->answer().body_bytes);
      if (!polled && !pushed && !taken) signal_->wait();
    }
  }

  const HttpClientAnswer& serve(HttpClientRequest request) {
    begin(std::move(request));
    if (!HasFatalFailure()) run();
    return client_->answer();
  }
  const HttpClientAnswer& get(std::string path) { return serve({.path = std::move(path)}); }

  [[nodiscard]] const CallOutcome& outcome() const { return call_->outcome(); }

  void TearDown() override {
    // Only who has the turn may close.
    if (begun_ && !ended_) call_->cancel();
    while (begun_ && !ended_) {
      if (!poll()) signal_->wait();
    }
    call_->close();
  }

  static std::shared_ptr<const Engine> make_engine() {
    auto engine = Engine::create(EngineConfig::on_demand());
    EXPECT_TRUE(engine) << engine.error().message;
    return engine ? *engine : nullptr;
  }

  // Order matters: the call goes first, the engine last.
  std::shared_ptr<const Engine> engine_ = make_engine();
  EpochTicker ticker_{engine_, std::chrono::milliseconds(1)};
  Engine::ThreadScope scope_{*engine_};
  InitHost host_;
  std::optional<InstancePre> pre_;
  std::optional<ExportFunc> handler_;
  PrintingContext context_;
  Ref<Signal> signal_ = Ref<Signal>::adopt(new Signal());
  SignalOwner owner_{signal_};
  std::optional<HttpClient> client_;
  std::optional<HttpHandle> handle_;
  Ref<Call> call_ = Call::create();
  /// What WASI shows; nullptr: nothing.
  const WasiView* wasi_ = nullptr;
  bool begun_ = false;
  bool has_turn_ = false;
  bool ended_ = false;
  int waits_ = 0;
  /// Most bytes that were sent and had not come back.
  std::uint64_t most_between_ = 0;
};

}  // namespace hermes::wasm::testing
