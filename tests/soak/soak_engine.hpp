// The engine as `hermes playground` builds it, with components of the tests.
#pragma once

#include "app/application.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "engine/config.hpp"
#include "engine/engine.hpp"
#include "event/event.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::soak {

/// Text that stands for {{name}} in the source of a component.
using Replacements = std::vector<std::pair<std::string, std::string>>;

using Component = std::shared_ptr<const app::LinkedComponent>;

/// A running engine::Engine, whose log is counted and thrown away.
class SoakEngine {
 public:
  /// `config` but for the compile cache, which is that of the tests.
  static Result<std::unique_ptr<SoakEngine>> start(engine::Config config);
  /// Stops all applications.
  ~SoakEngine();

  /// The bytes of a component of tests/soak/guests: "work" is work.wat. `name` is the module's.
  static Result<engine::ComponentSource> make_guest(std::string_view file, std::string name,
                                                    const Replacements& replacements = {});
  /// Compiles and links a component.
  Result<Component> link(const engine::ComponentSource& source);
  /// Both.
  Result<Component> soak_guest(std::string_view file, std::string name,
                               const Replacements& replacements = {});
  /// A component of build/guests (scripts/build-guests).
  Result<Component> test_guest(std::string_view name);

  Result<std::shared_ptr<app::Application>> start_application(std::string name,
                                                              std::vector<Component> components,
                                                              const app::ApplicationBounds& bounds);
  /// Stops an application that start_application() started, with a grace of ten seconds. Whether
  /// everything had ended by then.
  bool stop_application(const std::shared_ptr<app::Application>& application);

  [[nodiscard]] engine::Engine& engine() { return *engine_; }
  /// The kind of the event called `name`, which there is: "test".
  [[nodiscard]] event::EventKind kind(std::string_view name) const;
  /// The value of a series in the engine's own metrics: `hermes_pool_in_use{resource="memory"}`.
  /// Negative when there is none.
  [[nodiscard]] double metric(std::string_view series) const;
  /// What of the pool and of the permits is taken, as text; empty: nothing.
  [[nodiscard]] std::string in_use() const;
  [[nodiscard]] std::uint64_t log_lines() const { return lines_.load(); }

 private:
  SoakEngine();

  SystemClock clock_;
  std::atomic<std::uint64_t> lines_{0};
  Log log_;
  std::unique_ptr<engine::Engine> engine_;
  std::vector<std::shared_ptr<app::Application>> applications_;
};

/// The value, or the end of the process with the error.
template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "hermes_soak: %s\n", result.error().message.c_str());
    std::exit(2);
  }
  return std::move(*result);
}

}  // namespace hermes::soak
