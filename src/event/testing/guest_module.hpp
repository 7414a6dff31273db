// A module that is a real guest, and how its events ended.
#pragma once

#include "base/object_pool.hpp"
#include "event/guest_handler.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::event::testing {

/// A module with one function, which is called for every event.
class GuestModule final : public GuestHandler {
 public:
  GuestModule(GuestCallPool& calls, wasm::InstancePre pre, wasm::ExportFunc function)
      : GuestHandler(calls), pre_(std::move(pre)), function_(std::move(function)) {}

  [[nodiscard]] std::string_view module_name() const override { return "module"; }
  wasm::CallLimits limits{.max_memory_bytes = 4 << 20, .max_handles = 100};
  std::atomic<int> contexts{0};

 private:
  [[nodiscard]] Export export_for(EventKind) const override {
    return {.pre = pre_, .function = function_, .limits = limits, .wasi = nullptr};
  }
  Context obtain_context(const CallRequest&) override {
    ++contexts;
    return {.context = *pool_.take().release(), .execution = ++executions_};
  }
  void return_context(wasm::CallContext& context) noexcept override {
    --contexts;
    pool_.give(std::unique_ptr<wasm::CallContext>(&context));
  }

  wasm::InstancePre pre_;
  wasm::ExportFunc function_;
  ObjectPool<wasm::CallContext> pool_;
  std::atomic<std::uint64_t> executions_{0};
};

/// How one event ended.
struct End {
  Outcome outcome = Outcome::kDropped;
  std::uint32_t result = 0;
  std::string message;
  std::vector<std::string> backtrace;
  Duration ran{};
};

/// Ends of events, as they come.
class Ends {
 public:
  void add(End end) {
    std::lock_guard lock(mutex_);
    ends_.push_back(std::move(end));
    changed_.notify_all();
  }
  /// Blocks until `count` events have ended; answers them in the order of their end.
  std::vector<End> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ends_.size() >= count; });
    return ends_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<End> ends_;
};

}  // namespace hermes::event::testing
