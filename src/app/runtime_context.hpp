// What one call of a guest sees of the engine.
#pragma once

#include "app/line_splitter.hpp"
#include "base/log.hpp"
#include "event/event.hpp"
#include "wasm/call_context.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace hermes::vfs {
class Vfs;
}

namespace hermes::app {

class Application;
class GuestOutput;
class Module;

/// The context of one call: for which application, which module, which event, the how-manieth
/// execution. Host functions get it as their CallContext; see runtime_context().
///
/// Used for many calls, one after the other; one thread at a time.
class RuntimeContext final : public wasm::CallContext {
 public:
  /// `output` gets what guests print, and outlives the context; nullptr: it is dropped.
  explicit RuntimeContext(GuestOutput* output, const wasm::CallContextLimits& limits = {})
      : CallContext(limits), output_(output) {}

  /// Makes it the context of a call. Everything that is referred to outlives the call.
  void begin(Application& application, const Module& module, std::string_view event_name,
             event::EventId event, std::uint64_t execution);
  /// The call is over: hands on what is left of unfinished lines.
  void end();

  [[nodiscard]] Application& application() const { return *application_; }
  [[nodiscard]] const Module& module() const { return *module_; }
  /// "on-cron".
  [[nodiscard]] std::string_view event_name() const { return event_name_; }
  [[nodiscard]] event::EventId event_id() const { return event_; }
  /// Counts the executions of this module in this run of the application, from 1.
  [[nodiscard]] std::uint64_t execution() const { return execution_; }
  [[nodiscard]] const vfs::Vfs& vfs() const;

  /// Whom a log line of this call is about.
  [[nodiscard]] LogScope log_scope() const;

  void on_output(wasm::OutputStream stream, std::span<const std::byte> data) override;

 private:
  GuestOutput* output_;
  Application* application_ = nullptr;
  const Module* module_ = nullptr;
  std::string_view event_name_;
  event::EventId event_;
  std::uint64_t execution_ = 0;
  LineSplitter standard_output_;
  LineSplitter standard_error_;
};

/// The runtime context of a call that the application layer began: which is every call that reaches
/// a host function.
inline RuntimeContext& runtime_context(wasm::CallContext& call) {
  return static_cast<RuntimeContext&>(call);
}

}  // namespace hermes::app
