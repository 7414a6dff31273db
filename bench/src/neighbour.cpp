#include "neighbour.hpp"

#include "app/application.hpp"
#include "composed_engine.hpp"
#include "event/event_queue.hpp"
#include "timing.hpp"
#include "wit/bench/event.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hermes::bench {
namespace {

using OnEvent = wit::bench::event::OnEvent;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr wit::bench::event::EntryView kEntry{.when = "* * * * *", .tag = "clock-tick-1"};

constexpr auto kInterval = 500us;
/// Noise and silence alternate, so that what else happens on the machine meets both.
constexpr auto kPhase = 500ms;
constexpr int kPhases = 12;
/// At the start of a phase, until the noise is there, or gone: not counted.
constexpr auto kSettling = 100ms;
/// Endless calls are stopped, and others begun, this often.
constexpr auto kLoopDeadline = 50ms;
constexpr std::size_t kFloodInFlight = 256;

/// An event of bench/wit that can be pushed again and again.
class Event : public event::EventPayload {
 public:
  explicit Event(event::EventKind kind) : kind_(kind) {}
  [[nodiscard]] event::EventKind kind() const final { return kind_; }
  [[nodiscard]] std::string_view event_name() const final { return "on-event"; }
  wasm::ExportCall& prepare(const wasm::ExportFunc&) final { return call_.emplace(kEntry, true); }
  void handled(const event::HandlerReport&) override {}
  void finished(const event::EventSummary&) override {}

 private:
  event::EventKind kind_;
  std::optional<OnEvent> call_;
};

/// Of the application that is looked at.
class Sample final : public Event {
 public:
  using Event::Event;
  void finished(const event::EventSummary& summary) override {
    took_ = Clock::now() - due;
    completed_ = summary.outcome == event::Outcome::kCompleted;
  }
  void release() noexcept override { free.store(true, std::memory_order_release); }

  Clock::time_point due;
  bool counts = false;
  std::atomic<bool> free{true};

  [[nodiscard]] Clock::duration took() const { return took_; }
  [[nodiscard]] bool completed() const { return completed_; }

 private:
  Clock::duration took_{};
  bool completed_ = false;
};

/// Of the noisy one: comes again at once for as long as there is to be noise.
class NoiseEvent final : public Event {
 public:
  NoiseEvent(event::EventKind kind, event::ApplicationQueue& queue, const std::atomic<bool>& on,
             std::atomic<std::size_t>& under_way)
      : Event(kind), queue_(queue), on_(on), under_way_(under_way) {}

  void start() {
    under_way_.fetch_add(1);
    push();
  }
  void release() noexcept override {
    if (on_.load()) {
      push();
    } else {
      under_way_.fetch_sub(1);
    }
  }

 private:
  void push() {
    if (!queue_.push({.payload = event::PayloadPtr(this), .source = event::SourceKey::unordered()}))
      std::abort();  // So few always find room.
  }

  event::ApplicationQueue& queue_;
  const std::atomic<bool>& on_;
  std::atomic<std::size_t>& under_way_;
};

/// Events come from outside, from a network card or another machine, not from a thread that
/// competes with the workers for a processor. false: the process may not have that; what the thread
/// is late counts in both phases then.
bool become_the_outside() {
  const sched_param parameters{.sched_priority = 1};
  return ::sched_setscheduler(0, SCHED_FIFO, &parameters) == 0;
}

/// Events at their times for the length of a phase; how long each took from when it was due.
Result<void> observe(app::Application& application, std::deque<Sample>& samples,
                     std::vector<Clock::duration>& times) {
  Clock::time_point due = Clock::now();
  const Clock::time_point counts_from = due + kSettling;
  const Clock::time_point end = due + kPhase;
  std::size_t next = 0;
  const auto collect = [&](Sample& sample) -> Result<void> {
    if (!sample.counts) return {};
    if (!sample.completed()) return fail(ErrorCode::kInternal, "an event did not complete");
    times.push_back(sample.took());
    return {};
  };
  for (; due < end; due += kInterval) {
    std::this_thread::sleep_until(due);
    Sample& sample = samples[next++ % samples.size()];
    if (!sample.free.load(std::memory_order_acquire)) {
      return fail(ErrorCode::kInternal, "an event took longer than all of the samples together");
    }
    if (auto done = collect(sample); !done) return done;
    sample.due = due;
    sample.counts = due >= counts_from;
    sample.free.store(false);
    if (!application.queue().push(
            {.payload = event::PayloadPtr(&sample), .source = event::SourceKey::unordered()})) {
      return fail(ErrorCode::kInternal, "an event was refused");
    }
  }
  for (Sample& sample : samples) {
    while (!sample.free.load(std::memory_order_acquire)) std::this_thread::sleep_for(kInterval);
    if (auto done = collect(sample); !done) return done;
    sample.counts = false;
  }
  return {};
}

}  // namespace

Result<double> noisy_neighbour(const Setup& setup, Noise noise) {
  std::atomic<bool> on{false};
  std::atomic<std::size_t> under_way{0};
  std::deque<NoiseEvent> noise_events;
  // Room for a second of them.
  std::deque<Sample> samples;

  auto engine = ComposedEngine::start(setup, 0);
  if (!engine) return std::unexpected(std::move(engine.error()));
  auto quiet = (*engine)->add_application("quiet", setup.components / "event.wasm");
  if (!quiet) return std::unexpected(std::move(quiet.error()));
  event::ApplicationLimits limits;
  limits.call_deadline = kLoopDeadline;
  const bool loops = noise == Noise::kLoops;
  auto noisy = (*engine)->add_application(
      "noisy", setup.components / (loops ? "spin.wasm" : "event.wasm"), limits);
  if (!noisy) return std::unexpected(std::move(noisy.error()));
  for (auto i = 0s / kInterval; i < 1s / kInterval; ++i) samples.emplace_back((*engine)->kind());
  for (std::size_t i = 0; i < (loops ? limits.max_running : kFloodInFlight); ++i) {
    noise_events.emplace_back((*engine)->kind(), (*noisy)->queue(), on, under_way);
  }

  if (!become_the_outside()) {
    std::fputs("without real-time priority: the source of the events is late by itself\n", stderr);
  }
  std::vector<Clock::duration> without;
  std::vector<Clock::duration> with;
  for (int phase = 0; phase < kPhases; ++phase) {
    on = phase % 2 == 1;
    if (on) {
      for (NoiseEvent& each : noise_events) each.start();
    }
    auto observed = observe(**quiet, samples, on ? with : without);
    on = false;
    while (under_way.load() > 0) std::this_thread::sleep_for(kInterval);
    if (!observed) return std::unexpected(std::move(observed.error()));
  }
  const auto before = percentile_99(without);
  const auto beside = percentile_99(with);
  return std::chrono::duration<double>(beside) / std::chrono::duration<double>(before);
}

}  // namespace hermes::bench
