// What every runtime extension is to the engine.
#pragma once

#include "app/application.hpp"
#include "app/event_catalogue.hpp"
#include "base/result.hpp"
#include "wasm/linker.hpp"

#include <string_view>

namespace hermes::app {

/// A runtime extension: one instance for all applications. The engine owns it and calls, in this
/// order: link and start once; attach, detach and drained for each application; stop once. All on
/// one thread at a time, while host functions and events run on others.
///
/// The constructor of an extension takes what it needs (clock, log, executor) and adds its events
/// to the catalogue.
class Extension {
 public:
  Extension() = default;
  Extension(const Extension&) = delete;
  Extension& operator=(const Extension&) = delete;
  virtual ~Extension() = default;

  /// The WIT package that it implements: "hermes:cron".
  [[nodiscard]] virtual std::string_view package() const = 0;

  /// Adds its host functions. The extension outlives every call of what was linked.
  virtual Result<void> link(wasm::Linker& linker) = 0;

  /// Begins to work, before any application is there.
  virtual Result<void> start() { return {}; }

  /// Prepares its state of `application`, whose modules and queue are there, and which is not ready
  /// yet.
  virtual Result<void> attach(Application& application) = 0;

  /// The application is being stopped: no new events come from here after this has returned. Calls
  /// that still run may use the host functions until the application is gone. Only for what was
  /// attached.
  virtual void detach(Application& application) = 0;

  /// The application has been drained: no call of it is left, and its state goes next.
  virtual void drained(Application& application) { static_cast<void>(application); }

  /// Ends its work. No application is attached any more.
  virtual void stop() {}
};

}  // namespace hermes::app
