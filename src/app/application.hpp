// An application: its modules, and everything that belongs to it alone.
#pragma once

#include "app/application_bounds.hpp"
#include "app/event_counters.hpp"
#include "app/extension_state.hpp"
#include "app/module.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "event/event_queue.hpp"
#include "event/handler.hpp"
#include "event/outcome.hpp"
#include "vfs/vfs.hpp"
#include "wasm/wasi_view.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::app {

/// An application has so many modules at most.
inline constexpr std::size_t kMaxModules = 256;

/// Whether `name` may name an application: 1 to 63 of the characters a-z, 0-9 and `-`, not `-` at
/// either end. It becomes the first label of a host name (RFC 1123 section 2.1).
Result<void> check_application_name(std::string_view name);

/// The nearest valid name to `text`: "My App.wasm" gives "my-app-wasm". "app" when nothing of it
/// can be used.
std::string application_name_from(std::string_view text);

/// What ends the run that an application is part of.
enum class EngineControl : bool {
  /// `hermes:init/api.done` traps.
  kDenied,
  kGranted,
};

/// Where an application is in its life. Each phase follows the one before; a start that fails goes
/// to kDraining at once.
enum class Phase : std::uint8_t { kLoading, kInitialising, kReady, kDraining, kStopped };

/// "loading", "initialising", "ready", "draining", "stopped".
std::string_view to_string(Phase phase);

/// One application. Put together on one thread (modules, extension states, queue); from then on any
/// thread may use it. Stays at its address, and lives until its part of the events queue has been
/// drained.
class Application final : public event::EventTarget {
 public:
  /// Refuses a name that check_application_name does, and bounds that check_limits does. Opens the
  /// directories of `vfs`.
  static Result<std::unique_ptr<Application>> create(std::string name, vfs::Vfs vfs,
                                                     const ApplicationBounds& bounds,
                                                     EngineControl control);
  virtual ~Application() = default;

  // -- putting together

  /// Adds a module. Refused when the same component is there already, and when there are
  /// kMaxModules.
  Result<void> add_module(std::shared_ptr<const LinkedComponent> component,
                          RuntimeContextPool& contexts, event::GuestCallPool& calls);
  /// Where extensions may keep what has to survive a restart, each in files of its own. `directory`
  /// is there, and belongs to this application alone.
  void keep_state_in(std::filesystem::path directory) { state_directory_ = std::move(directory); }
  /// Lets its components send HTTP requests. Before the first call; `sender` outlives all of them.
  Result<void> send_http_with(wasm::HttpSender& sender, const wasm::HttpSenderBounds& bounds) {
    return wasi_.set_http_sender(sender, bounds);
  }
  /// Joins the events queue: no modules are added after this.
  void join(event::EventQueue& queue, std::size_t event_kinds);

  // -- what it is

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::span<const std::unique_ptr<Module>> modules() const { return modules_; }
  /// For log lines about the application as a whole.
  [[nodiscard]] LogScope log_scope() const;
  [[nodiscard]] const vfs::Vfs& vfs() const { return vfs_; }
  /// None: nothing survives a restart.
  [[nodiscard]] const std::optional<std::filesystem::path>& state_directory() const {
    return state_directory_;
  }
  [[nodiscard]] EngineControl engine_control() const { return control_; }
  [[nodiscard]] const ApplicationBounds& bounds() const { return bounds_; }

  /// Its part of the events queue. After join().
  [[nodiscard]] event::ApplicationQueue& queue() const { return *queue_; }
  [[nodiscard]] event::SourceKey source(event::EventKind space, std::string_view key) const {
    return queue_->queue().source(space, key);
  }

  /// Counted by the engine's observer of events. After join().
  [[nodiscard]] EventCounters& event_counters() const { return *event_counters_; }

  [[nodiscard]] ExtensionStates& states() { return states_; }
  template <class State>
  [[nodiscard]] State& state(StateSlot<State> slot) const {
    return states_.get(slot);
  }

  [[nodiscard]] Phase phase() const { return phase_.load(std::memory_order_acquire); }
  void set_phase(Phase phase) { phase_.store(phase, std::memory_order_release); }

  // event::EventTarget
  [[nodiscard]] std::string_view application_name() const override { return name_; }
  [[nodiscard]] std::span<event::Handler* const> handlers(event::EventKind kind) const override;

 private:
  Application(std::string name, vfs::Vfs vfs, const ApplicationBounds& bounds,
              EngineControl control, wasm::WasiView wasi);

  std::string name_;
  vfs::Vfs vfs_;
  ApplicationBounds bounds_;
  EngineControl control_;
  std::optional<std::filesystem::path> state_directory_;
  wasm::WasiView wasi_;
  std::vector<std::unique_ptr<Module>> modules_;
  // By event kind, in the order of the modules.
  std::vector<std::vector<event::Handler*>> handlers_;
  ExtensionStates states_;
  std::atomic<Phase> phase_{Phase::kLoading};
  std::unique_ptr<EventCounters> event_counters_;
  // Last: gone before what it refers to.
  std::unique_ptr<event::ApplicationQueue> queue_;
};

/// The application behind a target that the queue reports: every target of an engine is one.
inline const Application& application_of(const event::EventTarget& target) {
  return static_cast<const Application&>(target);
}

}  // namespace hermes::app
