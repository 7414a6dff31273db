#include "events.hpp"

#include "allocations.hpp"
#include "app/application.hpp"
#include "event/event_queue.hpp"
#include "timing.hpp"
#include "wasm/call.hpp"
#include "wasm/linker.hpp"
#include "wit/bench/event.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <semaphore>
#include <span>
#include <string>
#include <utility>

namespace hermes::bench {
namespace {

using OnEvent = wit::bench::event::OnEvent;

constexpr wit::bench::event::EntryView kEntry{.when = "* * * * *", .tag = "clock-tick-1"};

/// Events on their way at the same time, each of a source of its own: enough that a worker never
/// waits for the producer, few enough to stay in the caches, as in a server that keeps up.
constexpr std::size_t kInFlight = 32;

/// What one round of measuring shares: how many payloads still go round, and what went wrong.
struct Round {
  std::atomic<std::size_t> payloads_left{0};
  std::atomic<std::uint64_t> failures{0};
  std::binary_semaphore done{0};
};

/// Is pushed again when it is over, until it has been handled as often as it was told.
class LoopEvent final : public event::EventPayload {
 public:
  LoopEvent(event::EventKind kind, event::ApplicationQueue& queue, event::SourceKey source)
      : kind_(kind), queue_(queue), source_(source) {}

  void start(Round& round, std::uint64_t times) {
    round_ = &round;
    times_left_ = times;
    push();
  }

  [[nodiscard]] event::EventKind kind() const override { return kind_; }
  [[nodiscard]] std::string_view event_name() const override { return "on-event"; }
  wasm::ExportCall& prepare(const wasm::ExportFunc&) override {
    return call_.emplace(kEntry, true);
  }
  void handled(const event::HandlerReport& report) override {
    if (report.outcome != event::Outcome::kCompleted || !call_->result()) {
      round_->failures.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void finished(const event::EventSummary&) override {}
  /// The queue is through with it.
  void release() noexcept override {
    if (--times_left_ > 0) {
      push();
    } else if (round_->payloads_left.fetch_sub(1) == 1) {
      round_->done.release();
    }
  }

 private:
  void push() {
    const auto pushed = queue_.push({.payload = event::PayloadPtr(this), .source = source_});
    // There is always room for so few. A refusal would release the payload, and count as a turn.
    if (!pushed) round_->failures.fetch_add(1, std::memory_order_relaxed);
  }

  event::EventKind kind_;
  event::ApplicationQueue& queue_;
  event::SourceKey source_;
  Round* round_ = nullptr;
  std::uint64_t times_left_ = 0;
  std::optional<OnEvent> call_;
};

/// An engine with one application that handles LoopEvents.
class Engine {
 public:
  static Result<std::unique_ptr<Engine>> start(const Setup& setup, std::size_t threads,
                                               Observed observed = Observed::kNo) {
    auto composed = ComposedEngine::start(setup, threads, observed);
    if (!composed) return std::unexpected(std::move(composed.error()));
    auto application = (*composed)->add_application("bench", setup.components / "event.wasm");
    if (!application) return std::unexpected(std::move(application.error()));
    return std::unique_ptr<Engine>(new Engine(std::move(*composed), **application));
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Lets `count` events run, and waits for them.
  Result<void> run(std::uint64_t count) {
    Round round;
    round.payloads_left = payloads_.size();
    const std::uint64_t each = (count + payloads_.size() - 1) / payloads_.size();
    for (LoopEvent& payload : payloads_) payload.start(round, each);
    round.done.acquire();
    if (round.failures > 0)
      return fail(ErrorCode::kInternal, std::to_string(round.failures) + " events failed");
    return {};
  }

  /// Nanoseconds per event.
  Result<double> time() {
    return nanoseconds(
        [&](std::uint64_t count) { return run(std::max<std::uint64_t>(count, kInFlight)); });
  }

 private:
  Engine(std::unique_ptr<ComposedEngine> composed, app::Application& application)
      : composed_(std::move(composed)) {
    for (std::size_t i = 0; i < kInFlight; ++i) {
      payloads_.emplace_back(composed_->kind(), application.queue(),
                             application.source(composed_->kind(), "source " + std::to_string(i)));
    }
  }

  std::deque<LoopEvent> payloads_;
  // Destroyed first: it waits for the events.
  std::unique_ptr<ComposedEngine> composed_;
};

/// What `touch` of bench/guests/touch.wat takes.
inline constexpr wasm::FunctionType kTouchType{"", "touch", "func(u32)"};
class Touch final : public wasm::TypedCall<kTouchType, void(std::uint32_t)> {
 public:
  explicit Touch(std::uint32_t pages) : TypedCall(pages) {}
};

/// Calls `exported` once in a fresh instance, on this thread.
Result<void> call_once(const wasm::InstancePre& pre, const wasm::ExportFunc& exported,
                       wasm::ExportCall& arguments, wasm::Call& call, wasm::CallContext& context,
                       wasm::BlockingOwner& owner) {
  if (auto opened = call.open(pre, context, owner, {}, nullptr); !opened) return opened;
  if (auto started = call.start(exported, arguments); !started) return started;
  const wasm::CallOutcome& outcome = owner.run_to_completion(call);
  Result<void> result;
  if (!outcome) result = std::unexpected(wasm::to_error(outcome.error()));
  call.close();
  return result;
}

struct Prepared {
  wasm::InstancePre pre;
  wasm::ExportFunc exported;
};

template <class TypedCall>
Result<Prepared> prepare(const RunningEngine& running, const std::filesystem::path& file) {
  auto component = running.load(file);
  if (!component) return std::unexpected(std::move(component.error()));
  auto linker = wasm::Linker::create(*running.engine);
  if (!linker) return std::unexpected(std::move(linker.error()));
  auto pre = wasm::InstancePre::create(*linker, component->component);
  if (!pre) return std::unexpected(std::move(pre.error()));
  auto exported = pre->find<TypedCall>();
  if (!exported) return std::unexpected(std::move(exported.error()));
  if (!*exported) return fail(ErrorCode::kNotFound, file.string() + " lacks an export");
  return Prepared{std::move(*pre), std::move(**exported)};
}

}  // namespace

Result<double> event(const Setup& setup, std::size_t threads, Observed observed) {
  auto engine = Engine::start(setup, threads, observed);
  if (!engine) return std::unexpected(std::move(engine.error()));
  return (*engine)->time();
}

Result<double> touching(const Setup& setup, std::uint32_t first, std::uint32_t each) {
  auto running = RunningEngine::start(setup);
  if (!running) return std::unexpected(std::move(running.error()));
  auto touch = prepare<Touch>(*running, setup.components / "touch.wasm");
  if (!touch) return std::unexpected(std::move(touch.error()));
  const wasm::Engine::ThreadScope scope(*running->engine);
  wasm::CallContext context;
  wasm::BlockingOwner owner;
  const auto call = wasm::Call::create();
  const auto once = [&](std::uint32_t pages) {
    Touch arguments(pages);
    return call_once(touch->pre, touch->exported, arguments, *call, context, owner);
  };
  if (auto done = once(first); !done) return std::unexpected(std::move(done.error()));
  return nanoseconds([&](std::uint64_t count) {
    Result<void> done;
    for (std::uint64_t i = 0; i < count && done; ++i) done = once(each);
    return done;
  });
}

Result<double> event_allocations(const Setup& setup) {
  constexpr std::uint64_t kEvents = 10'000;
  auto engine = Engine::start(setup, 1, Observed::kYes);
  if (!engine) return std::unexpected(std::move(engine.error()));
  if (auto warm = (*engine)->run(kEvents); !warm) return std::unexpected(std::move(warm.error()));
  const std::uint64_t before = allocation_count();
  count_allocations(true);
  if (auto run = (*engine)->run(kEvents); !run) return std::unexpected(std::move(run.error()));
  count_allocations(false);
  return static_cast<double>(allocation_count() - before) / static_cast<double>(kEvents);
}

Result<double> call(const Setup& setup) {
  auto running = RunningEngine::start(setup);
  if (!running) return std::unexpected(std::move(running.error()));
  auto prepared = prepare<OnEvent>(*running, setup.components / "event.wasm");
  if (!prepared) return std::unexpected(std::move(prepared.error()));
  const wasm::Engine::ThreadScope scope(*running->engine);
  wasm::CallContext context;
  wasm::BlockingOwner owner;
  const auto call = wasm::Call::create();
  return nanoseconds([&](std::uint64_t count) {
    Result<void> done;
    for (std::uint64_t i = 0; i < count && done; ++i) {
      OnEvent arguments(kEntry, true);
      done = call_once(prepared->pre, prepared->exported, arguments, *call, context, owner);
    }
    return done;
  });
}

}  // namespace hermes::bench
