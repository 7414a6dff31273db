// A well-behaved application whose events never stop coming, and what others do to it.
#pragma once

#include "app/application.hpp"
#include "base/clock.hpp"
#include "event/event.hpp"
#include "runtime_extensions/integration_test/event.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hermes::soak {

/// How much it does.
struct NeighbourLoad {
  std::chrono::nanoseconds interval = std::chrono::milliseconds{1};
  /// Turns of the loop in tests/soak/guests/work.wat; 20 000 take about 20 us.
  std::uint32_t turns = 20'000;
};

/// Pushes an event of one of its sources at every interval, from a thread of its own, and looks
/// whether each completes, in order. Any thread.
class Neighbour {
 public:
  /// What is going on beside it.
  enum class Beside : std::uint8_t { kNothing, kSome, kMuch };
  static constexpr std::size_t kBesides = 3;

  /// `application` runs `work`; it outlives this. Starts.
  Neighbour(app::Application& application, event::EventKind kind, const NeighbourLoad& load);
  /// Stops.
  ~Neighbour();
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  /// Events that are pushed from now on belong to this.
  void set_beside(Beside beside) { beside_ = beside; }

  /// No events are pushed any more, and all that were have ended.
  void stop();

  // After stop().
  [[nodiscard]] std::uint64_t pushed() const { return pushed_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] std::uint64_t completed() const { return completed_; }
  [[nodiscard]] std::uint64_t out_of_order() const { return out_of_order_; }
  /// Why the first that did not complete did not.
  [[nodiscard]] const std::string& first_failure() const { return first_failure_; }
  /// From push to end, of those that completed.
  [[nodiscard]] std::vector<Duration>& latencies(Beside beside) {
    return latencies_[static_cast<std::size_t>(beside)];
  }

 private:
  static constexpr std::size_t kSources = 8;

  void produce(const std::stop_token& stop);
  void push(std::size_t source);
  void ended(std::size_t source, std::uint64_t number, Beside beside, SteadyTime pushed,
             const ext::integration_test::CaseResult& result);

  app::Application& application_;
  event::EventKind kind_;
  NeighbourLoad load_;
  SystemClock clock_;
  std::atomic<Beside> beside_{Beside::kNothing};
  std::atomic<std::uint64_t> pushed_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> completed_{0};
  std::atomic<std::uint64_t> out_of_order_{0};
  std::atomic<std::uint64_t> under_way_{0};
  std::array<std::uint64_t, kSources> numbers_{};
  std::array<std::atomic<std::uint64_t>, kSources> next_{};
  std::mutex mutex_;
  std::array<std::vector<Duration>, kBesides> latencies_;
  std::string first_failure_;
  std::jthread producer_;
};

}  // namespace hermes::soak
