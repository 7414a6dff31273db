// Running the cases of one component.
#pragma once

#include "app/module.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "engine/engine.hpp"
#include "runtime_extensions/integration_test/event.hpp"
#include "vfs/vfs.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hermes::cli {

/// A case of a component.
struct TestCase {
  ext::integration_test::CaseKind kind;
  std::uint32_t index;
  std::string name;
};

/// How a case went.
struct TestVerdict {
  bool passed = false;
  /// Why not.
  std::string reason;
  std::vector<std::string> backtrace;
  /// The call alone, without the start of its application.
  Duration ran{0};
};

/// Lists and runs the cases of one component. Each answer comes from an application of its own.
/// Waits.
class TestRun {
 public:
  /// A component with more cases than this is taken for one that never says where they end.
  static constexpr std::uint32_t kMaxCases = 10'000;

  /// `engine` has been started, and outlives this.
  TestRun(engine::Engine& engine, std::shared_ptr<const app::LinkedComponent> component,
          vfs::Vfs vfs)
      : engine_(engine), component_(std::move(component)), vfs_(std::move(vfs)) {}

  /// All tests, then all benchmarks, in their order. An error when the component exports neither,
  /// does not start, or fails to list.
  Result<std::vector<TestCase>> list();

  /// Runs one case; whatever goes wrong is the verdict.
  TestVerdict run(const TestCase& test_case);

 private:
  Result<std::shared_ptr<app::Application>> start();
  ext::integration_test::CaseResult ask(app::Application& application,
                                        ext::integration_test::CaseKind kind, std::uint32_t index,
                                        bool run);
  Result<void> list_kind(app::Application& application, ext::integration_test::CaseKind kind,
                         std::vector<TestCase>& cases);

  engine::Engine& engine_;
  std::shared_ptr<const app::LinkedComponent> component_;
  vfs::Vfs vfs_;
};

}  // namespace hermes::cli
