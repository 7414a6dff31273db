// Who gets what guests print.
#pragma once

#include "wasm/call_context.hpp"

#include <string_view>

namespace hermes::app {

class RuntimeContext;

/// Receives the lines that guests write to their standard streams. Implemented by the logging
/// extension.
class GuestOutput {
 public:
  /// One line without its end, or a part of a very long one. Any bytes: not necessarily UTF-8.
  /// Called on the thread that runs the guest; must not block.
  virtual void on_line(const RuntimeContext& context, wasm::OutputStream stream,
                       std::string_view line) = 0;

 protected:
  ~GuestOutput() = default;
};

}  // namespace hermes::app
