/// Handles the event of `hermes:init`. Include it in a component whose world exports
/// `hermes:init/event`, and define the function.
#pragma once

#include "hermes/bindings.hpp"

namespace hermes {

/// Defined by the component: runs once when the application is loaded, and answers whether it may
/// start.
bool on_init();

}  // namespace hermes

extern "C" [[gnu::used]] inline bool exports_hermes_init_event_init() { return hermes::on_init(); }
