// hermes_soak: one long proof per run. scripts/soak runs them all and prints the table; what each
// of them shows stands in docs/soak.md.
#include "base/heap.hpp"
#include "proof.hpp"
#include "wasm/compile_worker.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <random>
#include <string>

namespace hermes::soak {
namespace {

constexpr Proof kProofs[] = {
    {.name = "hostile",
     .unit = "rounds",
     .claim = "hostile components end as they have to, and cost others nothing",
     .run = prove_hostile},
    {.name = "overload",
     .unit = "seconds",
     .claim = "ten times what can be processed is refused in time, and counted",
     .run = prove_overload},
    {.name = "freshness",
     .unit = "events",
     .claim = "no event sees anything of another in the slot that it uses again",
     .run = prove_freshness},
    {.name = "trap_one_percent",
     .unit = "events",
     .claim = "traps cost their own events and nothing else",
     .run = prove_traps},
};

int run(int argc, char** argv) {
  CLI::App program("One long proof. The last line on standard output is a JSON object.");
  std::string name;
  Options options;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> names;
  for (const Proof& proof : kProofs) names.emplace_back(proof.name);
  program.add_option("PROOF", name, "Which")->required()->check(CLI::IsMember(names));
  program.add_flag("--brief", options.brief, "Seconds instead of minutes");
  program.add_option("--size", options.size, "How much: rounds, seconds or events");
  program.add_option("--seed", seed, "Replays the choices of a run that printed this");
  program.add_option("--workers", options.workers, "Threads that run guests")
      ->check(CLI::Range(1, 64));
  CLI11_PARSE(program, argc, argv);
  options.seed = seed.value_or(std::random_device{}());

  const Proof& proof = *std::ranges::find(kProofs, name, &Proof::name);
  std::fprintf(stderr, "%s: %s (--seed %llu)\n", name.c_str(), std::string(proof.claim).c_str(),
               static_cast<unsigned long long>(options.seed));
  const auto start = std::chrono::steady_clock::now();
  Report report;
  proof.run(options, report);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  for (const std::string& failure : report.failures()) {
    std::fprintf(stderr, "  FAILED: %s\n", failure.c_str());
  }
  std::printf("%s\n", report.to_json(proof.name, options, took.count()).c_str());
  return report.failures().empty() ? 0 : 1;
}

}  // namespace
}  // namespace hermes::soak

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "compile-worker") {
    return hermes::wasm::compile_worker_main(argc - 2, argv + 2);
  }
  // As the engine's program does.
  hermes::keep_heap_small();
  return hermes::soak::run(argc, argv);
}
