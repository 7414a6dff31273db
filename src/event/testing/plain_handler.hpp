// Handlers, targets and payloads without guests, for tests of whatever stands on the events queue:
// what a guest would do is described by the test, and takes virtual time on a SimulatedExecutor
// (real time on a WorkerPool).
#pragma once

#include "base/executor.hpp"
#include "base/object_pool.hpp"
#include "event/event.hpp"
#include "event/handler.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::event::testing {

/// What one call of a plain handler does.
struct PlainRun {
  /// Time slices that it uses up before anything else.
  unsigned yields = 0;
  /// How long it is suspended then; zero: not at all. Duration::max(): until it is cancelled.
  Duration takes = Duration::zero();
  /// How it ends, with a message unless it completed.
  Outcome outcome = Outcome::kCompleted;
  std::string message = {};
  /// Called in each of those time slices; on a SimulatedExecutor it may let time pass.
  std::function<void()> at_yield = {};
  /// Called just before it ends, on the worker that has it.
  std::function<void()> at_end = {};
};

/// A module whose calls are described by a function of the test.
class PlainHandler final : public Handler {
 public:
  using Script = std::function<PlainRun(const CallRequest&)>;

  /// `executor` gives the calls their time; it must outlive the handler. `script` is asked at the
  /// start of each call, on the worker that has it.
  PlainHandler(std::string name, Executor& executor, Script script);
  ~PlainHandler();

  [[nodiscard]] std::string_view module_name() const override { return name_; }
  HandlerCall& begin(const CallRequest& request) override;

  /// Calls begun so far, and those that have not ended.
  [[nodiscard]] std::uint64_t begun() const { return begun_.load(); }
  [[nodiscard]] std::uint64_t under_way() const { return under_way_.load(); }

 private:
  class Call;

  std::string name_;
  Executor& executor_;
  Script script_;
  ObjectPool<Call> calls_;
  std::atomic<std::uint64_t> begun_{0};
  std::atomic<std::uint64_t> under_way_{0};
};

/// An application with the given handlers.
class PlainTarget final : public EventTarget {
 public:
  explicit PlainTarget(std::string name) : name_(std::move(name)) {}

  /// Before the first push. `handler` must outlive the target.
  void add(EventKind kind, Handler& handler) { handlers_[kind].push_back(&handler); }

  [[nodiscard]] std::string_view application_name() const override { return name_; }
  [[nodiscard]] std::span<Handler* const> handlers(EventKind kind) const override {
    const auto found = handlers_.find(kind);
    return found == handlers_.end() ? std::span<Handler* const>() : found->second;
  }

 private:
  std::string name_;
  std::map<EventKind, std::vector<Handler*>> handlers_;
};

/// A payload that tells a function how its event ended. Only for plain handlers: it cannot make the
/// call of a guest.
class PlainPayload : public EventPayload {
 public:
  using Finished = std::function<void(const EventSummary&)>;

  explicit PlainPayload(EventKind kind, Finished finished = {}, std::string_view name = "plain")
      : kind_(kind), name_(name), finished_(std::move(finished)) {}

  [[nodiscard]] EventKind kind() const override { return kind_; }
  [[nodiscard]] std::string_view event_name() const override { return name_; }
  wasm::ExportCall& prepare(const wasm::ExportFunc& function) override;
  void handled(const HandlerReport&) override {}
  void finished(const EventSummary& summary) override {
    if (finished_) finished_(summary);
  }

 private:
  EventKind kind_;
  std::string_view name_;
  Finished finished_;
};

}  // namespace hermes::event::testing
