// hermes_bench: the engine's side of the benchmarks. Like the peer it is asked for one measurement
// per line on standard input, and answers with one number per line. bench/run drives both; what
// each name measures stands in README.md.

#include "base/heap.hpp"
#include "components.hpp"
#include "cron.hpp"
#include "events.hpp"
#include "host_calls.hpp"
#include "http.hpp"
#include "neighbour.hpp"
#include "queue.hpp"
#include "setup.hpp"
#include "start.hpp"
#include "wasm/compile_worker.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::bench {
namespace {

Result<std::uint32_t> number(const std::string& text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::kInvalidArgument, text + " is not a number");
  }
  return value;
}

Result<double> measure(const Setup& setup, const std::string& request) {
  std::istringstream stream(request);
  std::string name;
  std::string argument;
  std::string second;
  stream >> name >> argument >> second;
  if (name == "event") return event(setup, 1);
  if (name == "event_observed") return event(setup, 1, Observed::kYes);
  if (name == "call") return call(setup);
  if (name == "event_allocations") return event_allocations(setup);
  if (name == "queue_hop") return queue_hop();
  if (name == "flag_hop") return flag_hop();
  if (name == "noisy_neighbour" && argument == "loops") {
    return noisy_neighbour(setup, Noise::kLoops);
  }
  if (name == "noisy_neighbour" && argument == "flood") {
    return noisy_neighbour(setup, Noise::kFlood);
  }
  if (name == "host_call_noop") return host_call_noop(setup);
  if (name == "host_call_string") return host_call_string(setup);
  if (name == "http_exchange") return http_exchange(setup, argument);
  if (name == "start_cold") return start_cold(setup, argument);
  if (name == "start_cached") return start_cached(setup, argument);
  if (name == "cron_entries" || name == "cron_floor") {
    const auto live = number(second);
    if (!live) return std::unexpected(live.error());
    return name == "cron_entries" ? cron_entries(argument, *live) : cron_floor(argument, *live);
  }
  if (name == "cron_lateness") {
    const auto rate = number(second);
    if (!rate) return std::unexpected(rate.error());
    return cron_lateness(setup, argument, *rate);
  }
  const auto value = number(argument);
  if (!value) return fail(ErrorCode::kInvalidArgument, "unknown measurement: " + request);
  if (name == "event_threads") return event(setup, *value);
  if (name == "queue_throughput") return queue_throughput(*value);
  if (name == "strand_throughput") return strand_throughput(*value);
  if (name == "touching") {
    const auto each = number(second);
    if (!each) return std::unexpected(each.error());
    return touching(setup, *value, *each);
  }
  if (name == "host_call_bytes") return host_call_bytes(setup, *value);
  if (name == "bytes_in") return bytes_in(setup, *value);
  if (name == "bytes_out") return bytes_out(setup, *value);
  if (name == "cron_lateness_floor") return cron_lateness_floor(*value);
  return fail(ErrorCode::kInvalidArgument, "unknown measurement: " + request);
}

int complain(const Error& error) {
  std::fprintf(stderr, "hermes_bench: %s\n", error.message.c_str());
  return 1;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "write-components") {
    const auto written = write_components(arguments[1], arguments[2]);
    return written ? 0 : complain(written.error());
  }
  if (arguments.empty()) {
    std::fputs(
        "usage: hermes_bench COMPONENTS [SETTING=VALUE...]\n"
        "       hermes_bench write-components BENCH_SOURCES COMPONENTS\n",
        stderr);
    return 64;
  }
  Setup setup{.components = arguments[0], .config = wasm::EngineConfig::defaults()};
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (auto changed = change_setting(setup.config, arguments[i]); !changed)
      return complain(changed.error());
  }
  std::string request;
  while (std::getline(std::cin, request)) {
    const auto value = measure(setup, request);
    if (!value) return complain(value.error());
    std::printf("%.6f\n", *value);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace hermes::bench

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "compile-worker") {
    return hermes::wasm::compile_worker_main(argc - 2, argv + 2);
  }
  // As the engine's program does.
  hermes::keep_heap_small();
  return hermes::bench::run({argv + 1, argv + argc});
}
