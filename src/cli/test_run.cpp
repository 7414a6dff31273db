#include "cli/test_run.hpp"

#include "base/text.hpp"
#include "base/units.hpp"

#include <fmt/format.h>

#include <chrono>
#include <future>
#include <utility>

namespace hermes::cli {

using ext::integration_test::CaseKind;
using ext::integration_test::CaseResult;

namespace {

// Longer names of cases are cut: they are lines of a report.
constexpr std::size_t kMaxNameBytes = 1024;

// What a case has set off besides its own call, ticks for example, may end after it: stopped in the
// middle of their work, they would be reported although nothing is wrong with them, or not be
// reported although they were about to fail. What does not end within this time is reported.
constexpr Duration kGrace = std::chrono::seconds{1};

std::string_view to_string(CaseKind kind) { return kind == CaseKind::kTest ? "test" : "bench"; }

// Why a call did not complete, in words.
std::string describe(const CaseResult& result) {
  std::string text;
  switch (result.outcome) {
    case event::Outcome::kCompleted:
      return text;
    case event::Outcome::kTrapped:
      text = "it trapped";
      break;
    case event::Outcome::kDeadline:
      text = fmt::format("it was stopped after {}, its deadline", format_duration(result.ran));
      break;
    case event::Outcome::kLimit:
      text = "it needed more than a call may have";
      break;
    case event::Outcome::kRefused:
    case event::Outcome::kDropped:
      text = "it was not run";
      break;
  }
  if (result.outcome == event::Outcome::kDeadline) return text;
  if (!result.failure.message.empty()) text += ": " + result.failure.message;
  return text;
}

}  // namespace

Result<std::shared_ptr<app::Application>> TestRun::start() {
  engine::ApplicationSpecification specification;
  specification.name = app::application_name_from(component_->name);
  specification.components = {component_};
  specification.vfs = vfs_;
  specification.bounds = engine_.config().application;
  specification.control = app::EngineControl::kGranted;
  return engine_.start_application(std::move(specification));
}

CaseResult TestRun::ask(app::Application& application, CaseKind kind, std::uint32_t index,
                        bool run) {
  std::promise<CaseResult> promise;
  std::future<CaseResult> answer = promise.get_future();
  auto asked = engine_.extensions().integration_test.ask(
      application, *application.modules().front(), kind, index, run,
      [promise = std::move(promise)](CaseResult result) mutable {
        promise.set_value(std::move(result));
      });
  if (!asked) {
    CaseResult refused;
    refused.failure.message = asked.error().message;
    return refused;
  }
  return answer.get();
}

Result<void> TestRun::list_kind(app::Application& application, CaseKind kind,
                                std::vector<TestCase>& cases) {
  if (!engine_.extensions().integration_test.has_cases(*application.modules().front(), kind)) {
    return {};
  }
  for (std::uint32_t index = 0;; ++index) {
    if (index == kMaxCases) {
      return fail(
          ErrorCode::kLimit,
          fmt::format("{} goes on after {} cases: it has to answer none where there are no more",
                      to_string(kind), kMaxCases));
    }
    CaseResult listed = ask(application, kind, index, false);
    if (listed.outcome != event::Outcome::kCompleted) {
      std::string message = fmt::format("{}({}, false), which lists a case, failed: {}",
                                        to_string(kind), index, describe(listed));
      for (const std::string& frame : listed.failure.backtrace) message += "\n    at " + frame;
      return fail(ErrorCode::kTrap, std::move(message));
    }
    if (!listed.result) return {};
    cases.push_back({kind, index, printable(listed.result->name.substr(0, kMaxNameBytes))});
  }
}

Result<std::vector<TestCase>> TestRun::list() {
  auto application = start();
  if (!application) return std::unexpected(std::move(application).error());
  std::vector<TestCase> cases;
  Result<void> listed;
  const auto& extension = engine_.extensions().integration_test;
  const app::Module& module = *(*application)->modules().front();
  if (!extension.has_cases(module, CaseKind::kTest) &&
      !extension.has_cases(module, CaseKind::kBench)) {
    listed = fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "component {} brings no test cases: it does not export hermes:integration-test/event",
            printable(component_->name)));
  }
  if (listed) listed = list_kind(**application, CaseKind::kTest, cases);
  if (listed) listed = list_kind(**application, CaseKind::kBench, cases);
  engine_.stop_application(*application, kGrace);
  if (!listed) return std::unexpected(std::move(listed).error());
  return cases;
}

TestVerdict TestRun::run(const TestCase& test_case) {
  auto application = start();
  if (!application) {
    return {.passed = false, .reason = application.error().message, .backtrace = {}};
  }
  CaseResult result = ask(**application, test_case.kind, test_case.index, true);
  engine_.stop_application(*application, kGrace);

  TestVerdict verdict{.passed = false, .reason = {}, .backtrace = {}, .ran = result.ran};
  if (result.outcome != event::Outcome::kCompleted) {
    verdict.reason = describe(result);
    verdict.backtrace = std::move(result.failure.backtrace);
  } else if (!result.result) {
    verdict.reason = "it was listed, but when it was run there was no case of its number";
  } else if (!result.result->status) {
    verdict.reason = "it answered that it failed; its log lines are above";
  } else {
    verdict.passed = true;
  }
  return verdict;
}

}  // namespace hermes::cli
