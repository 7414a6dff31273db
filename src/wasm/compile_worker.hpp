// The child's side of compiler.hpp: reads a component from standard input, writes the artefact to
// standard output, and what went wrong to standard error.
#pragma once

#include "base/result.hpp"
#include "wasm/compiler.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hermes::wasm {

/// How a worker ends when it is not killed.
enum class WorkerExit : int {
  kDone = 0,
  /// The component is not one that the engine accepts; standard error says why.
  kRefused = 2,
  /// Anything else that it could say something about.
  kFailed = 3,
  /// Called with arguments that it does not understand: two versions of the program were mixed.
  kUsage = 64,
};

/// The limits that a worker sets for itself before it reads its input.
struct WorkerLimits {
  std::uint64_t processor_seconds = 0;
  std::uint64_t address_space_bytes = 0;
  std::uint64_t component_bytes = 0;
  std::uint64_t artefact_bytes = 0;
  /// The process that it works for; the worker ends when that one does.
  std::uint64_t parent = 0;

  bool operator==(const WorkerLimits&) const = default;
};

[[nodiscard]] std::string to_text(const WorkerLimits& limits);
[[nodiscard]] Result<WorkerLimits> parse_worker_limits(std::string_view text);

/// Puts the calling process under `limits`, for good. Errors are fatal for a worker: it must not go
/// on without.
[[nodiscard]] Result<void> apply_worker_limits(const WorkerLimits& limits);

/// The whole worker. `argv` is that of main(), after the arguments that chose this role: the texts
/// of WorkerLimits and EngineConfig. Returns the exit status.
[[nodiscard]] int compile_worker_main(int argc, const char* const* argv);

}  // namespace hermes::wasm
