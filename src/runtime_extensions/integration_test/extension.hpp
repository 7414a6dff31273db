// The runtime extension `integration-test`.
#pragma once

#include "app/event_catalogue.hpp"
#include "app/extension.hpp"
#include "runtime_extensions/integration_test/event.hpp"

#include <cstdint>
#include <string_view>

namespace hermes::ext::integration_test {

/// `hermes:integration-test`: runs the cases that a module brings.
class IntegrationTestExtension final : public app::Extension {
 public:
  /// Adds `test` and `bench` to `events`.
  explicit IntegrationTestExtension(app::EventCatalogue& events)
      : test_(events.add("test", wit::integration_test::event::Test::kExport,
                         app::FailedCalls::kAnswered)),
        bench_(events.add("bench", wit::integration_test::event::Bench::kExport,
                          app::FailedCalls::kAnswered)) {}

  /// Whether `module` brings cases of this kind.
  [[nodiscard]] bool has_cases(const app::Module& module, CaseKind kind) const {
    return module.handles(event_kind(kind));
  }

  /// Asks `module` of the ready `application` for case `index`: runs it, or only asks for its name.
  /// An error when the queue refuses.
  Result<void> ask(app::Application& application, app::Module& module, CaseKind kind,
                   std::uint32_t index, bool run, CaseCallback done);

  [[nodiscard]] std::string_view package() const override { return "hermes:integration-test"; }
  Result<void> link(wasm::Linker& linker) override;
  Result<void> attach(app::Application&) override { return {}; }
  void detach(app::Application&) override {}

 private:
  [[nodiscard]] event::EventKind event_kind(CaseKind kind) const {
    return kind == CaseKind::kTest ? test_ : bench_;
  }

  event::EventKind test_;
  event::EventKind bench_;
};

}  // namespace hermes::ext::integration_test
