#include "runtime_extensions/init/host.hpp"

#include "app/application.hpp"
#include "app/runtime_context.hpp"
#include "runtime_extensions/init/extension.hpp"

#include <fmt/format.h>

namespace hermes::ext::init {

wasm::HostResult<void> InitHost::done(wasm::CallContext& call, std::uint8_t status_code) {
  app::Application& application = app::runtime_context(call).application();
  if (application.engine_control() == app::EngineControl::kDenied) {
    return wasm::trap(fmt::format(
        "application {} may not end the run: done needs the permission engine-control, which only "
        "`hermes playground` and tests grant by themselves",
        application.name()));
  }
  extension_.done(application, status_code);
  return {};
}

}  // namespace hermes::ext::init
