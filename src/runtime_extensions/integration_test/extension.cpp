#include "runtime_extensions/integration_test/extension.hpp"

#include "event/push.hpp"

#include <utility>

namespace hermes::ext::integration_test {

Result<void> IntegrationTestExtension::ask(app::Application& application, app::Module& module,
                                           CaseKind kind, std::uint32_t index, bool run,
                                           CaseCallback done) {
  event::PushRequest request{.payload = event::make_payload<CaseEvent>(event_kind(kind), kind,
                                                                       index, run, std::move(done)),
                             .only = &module};
  const event::PushResult pushed = application.queue().push(request);
  if (!pushed) return std::unexpected(pushed.error().to_error());
  return {};
}

Result<void> IntegrationTestExtension::link(wasm::Linker& linker) {
  return wit::integration_test::api::link(linker);
}

}  // namespace hermes::ext::integration_test
