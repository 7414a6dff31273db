// How producers put events into the queue, and what they are answered.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "event/event.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace hermes::event {

struct ApplicationState;
struct QueueState;

enum class RefusalReason : std::uint8_t {
  /// The source has as many events in the queue as it may have.
  kLaneFull,
  /// The application has.
  kApplicationFull,
  /// The engine has.
  kEngineFull,
  /// The application is being stopped, or has been.
  kStopping,
  /// No module of the application handles this kind of event.
  kNoHandler,
};

inline constexpr std::size_t kRefusalReasonCount = 5;

/// "lane-full", "application-full", "engine-full", "stopping", "no-handler".
std::string_view to_string(RefusalReason reason);

/// Why an event was not accepted: something that its producer can act on.
struct Refusal {
  RefusalReason reason{};
  /// The bound that was reached; 0 where none was.
  std::size_t bound = 0;

  /// A sentence for people: what, the bound, and the name of the setting.
  [[nodiscard]] std::string message() const;
  [[nodiscard]] Error to_error() const;
};

enum class Delivery : std::uint8_t {
  /// Waits until the application is ready.
  kWhenReady,
  /// Part of the application's start (`init`): runs before it is ready.
  kLifecycle,
};

/// An event on its way into the queue.
struct PushRequest {
  PayloadPtr payload;
  SourceKey source = SourceKey::unordered();
  /// Call this module only; nullptr: all that handle this kind.
  Handler* only = nullptr;
  Delivery delivery = Delivery::kWhenReady;
  /// How long each call may take; unset: the application's default.
  std::optional<Duration> call_deadline{};
  /// How long it may wait before it starts; unset: the application's default.
  std::optional<Duration> wait_deadline{};
};

/// The accepted event's number, or why it was refused.
using PushResult = std::expected<EventId, Refusal>;

/// A producer that would rather wait than be refused while the queue is full. Embedded in whatever
/// suspends: waiting blocks no thread and allocates nothing. Producers of one application are
/// served first come, first served.
///
/// Must not be destroyed while it waits: cancel first.
class PushWaiter {
 public:
  PushWaiter() = default;
  PushWaiter(const PushWaiter&) = delete;
  PushWaiter& operator=(const PushWaiter&) = delete;

  /// What to push. Set before push_or_wait; taken from here when it is accepted.
  PushRequest request;

  /// Called once, on a worker thread, when the waiting is over: accepted, or refused with
  /// kStopping. The waiter may be destroyed or used again from within.
  virtual void on_pushed(PushResult result) = 0;

 protected:
  ~PushWaiter() = default;

 private:
  friend struct ApplicationState;
  friend struct QueueState;
  PushWaiter* next_ = nullptr;
  PushWaiter* previous_ = nullptr;
  bool waiting_ = false;
};

}  // namespace hermes::event
