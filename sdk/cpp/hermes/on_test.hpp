/// Handles the events of `hermes:integration-test`. Include it in a component whose world exports
/// `hermes:integration-test/event`, and define the two functions. `hermes test` runs the cases.
#pragma once

#include "hermes/bindings.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace hermes {

/// One case, and how it went; the name is the same whether it is listed or run.
struct TestResult {
  std::string_view name;
  bool passed;
};

/// Defined by the component: the case with this number, counted from 0; nothing beyond the last.
/// Runs it only if told to.
std::optional<TestResult> on_test(std::uint32_t number, bool run);

/// Defined by the component: the same for benchmarks.
std::optional<TestResult> on_bench(std::uint32_t number, bool run);

/// Hands a result over to the engine, which frees it. False stands for no result.
inline bool give_result(const std::optional<TestResult>& result,
                        exports_hermes_integration_test_event_test_result_t* out) {
  if (!result) return false;
  out->name = give<decltype(out->name)>(result->name);
  out->status = result->passed;
  return true;
}

}  // namespace hermes

extern "C" [[gnu::used]] inline bool exports_hermes_integration_test_event_test(
    std::uint32_t number, bool run, exports_hermes_integration_test_event_test_result_t* out) {
  return hermes::give_result(hermes::on_test(number, run), out);
}

extern "C" [[gnu::used]] inline bool exports_hermes_integration_test_event_bench(
    std::uint32_t number, bool run, exports_hermes_integration_test_event_test_result_t* out) {
  return hermes::give_result(hermes::on_bench(number, run), out);
}
