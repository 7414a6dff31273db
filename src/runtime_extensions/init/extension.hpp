// The runtime extension `init`.
#pragma once

#include "app/event_catalogue.hpp"
#include "app/extension.hpp"
#include "app/extension_state.hpp"
#include "runtime_extensions/init/host.hpp"
#include "runtime_extensions/init/initialisation.hpp"
#include "runtime_extensions/init/state.hpp"
#include "wit/init/event.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace hermes::ext::init {

/// `hermes:init`: the beginning and the end of an application.
class InitExtension final : public app::Extension {
 public:
  /// Told when an application asks for the end of the run, once per application, on the thread of
  /// the call.
  using DoneCallback = std::function<void(const app::Application&, std::uint8_t status)>;

  /// `slot` is its own in each application. Adds `init` to `events`.
  InitExtension(app::StateSlot<InitState> slot, app::EventCatalogue& events, DoneCallback on_done)
      : slot_(slot),
        kind_(events.add("init", wit::init::event::Init::kExport, app::FailedCalls::kAnswered)),
        on_done_(std::move(on_done)),
        host_(*this) {}

  /// Runs `init` in all modules of `application`, which is attached and not open yet. See
  /// Initialisation::run.
  void initialise(app::Application& application, InitCallback done) {
    Initialisation::run(application, kind_, std::move(done));
  }

  /// The exit status that the application has asked for, if it has.
  [[nodiscard]] std::optional<std::uint8_t> exit_status(const app::Application& application) const {
    return application.state(slot_).status();
  }

  /// For the host function.
  void done(const app::Application& application, std::uint8_t status) {
    if (application.state(slot_).request(status) && on_done_) on_done_(application, status);
  }

  [[nodiscard]] std::string_view package() const override { return "hermes:init"; }
  Result<void> link(wasm::Linker& linker) override { return wit::init::api::link(linker, host_); }
  Result<void> attach(app::Application& application) override {
    application.states().put(slot_, std::make_unique<InitState>());
    return {};
  }
  void detach(app::Application&) override {}

 private:
  app::StateSlot<InitState> slot_;
  event::EventKind kind_;
  DoneCallback on_done_;
  InitHost host_;
};

}  // namespace hermes::ext::init
