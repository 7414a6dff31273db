/// Handles the event of `hermes:cron`. Include it in a component whose world exports
/// `hermes:cron/event`, and define the function.
#pragma once

#include "hermes/cron.hpp"

namespace hermes {

/// Defined by the component: runs each time an entry of the application fires. The text of `entry`
/// is valid during the call. Answers whether an entry that fires repeatedly is kept; when `last` is
/// set, it is over in any case.
bool on_cron(cron::Entry entry, bool last);

}  // namespace hermes

extern "C" [[gnu::used]] inline bool exports_hermes_cron_event_on_cron(
    exports_hermes_cron_event_cron_tagged_t* event, bool last) {
  const hermes::Owned<exports_hermes_cron_event_cron_tagged_t,
                      exports_hermes_cron_event_cron_tagged_free>
      owned(*event);
  return hermes::on_cron({.when = hermes::view(owned->when), .tag = hermes::view(owned->tag)},
                         last);
}
