// Asking the modules of one application whether they are ready.
#pragma once

#include "base/result.hpp"
#include "event/event.hpp"

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace hermes::app {
class Application;
}

namespace hermes::ext::init {

/// Called once, when all modules have answered: success, or why the application does not start.
using InitCallback = std::move_only_function<void(Result<void>)>;

/// One run of `init` through an application. Shared by its events. Any thread.
class Initialisation {
 public:
  explicit Initialisation(InitCallback done) : done_(std::move(done)) {}

  /// Pushes an event for each module that exports `init`, in their order; they run one after the
  /// other. The answer comes on a thread of the queue, or here when there is nothing to ask. `kind`
  /// is that of init.
  static void run(app::Application& application, event::EventKind kind, InitCallback done);

  // For the events.
  [[nodiscard]] bool failed();
  /// A module is not ready. The first reason counts.
  void fail(Error error);
  /// One event is over, for whatever reason.
  void event_over(event::Outcome outcome);

 private:
  void expect(std::size_t events);

  std::mutex mutex_;
  InitCallback done_;
  std::optional<Error> error_;
  // Events that are not over, and one for the loop that pushes them.
  std::size_t outstanding_ = 1;
};

/// Why the module of `report`, which did not complete with true, is not ready.
Error describe_failure(const event::HandlerReport& report);

}  // namespace hermes::ext::init
