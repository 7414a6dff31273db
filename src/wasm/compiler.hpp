// Compiling components in processes of their own.
//
// Wasmtime does not promise that its compiler withstands hostile input, and a thread cannot be
// stopped. So a component is compiled by a child process, which is our own program in another role,
// under limits of processor time, memory, output and wall-clock time.
// docs/decisions/0031-compiler-process.md has the reasons.
#pragma once

#include "base/result.hpp"
#include "wasm/compiled_artefact.hpp"
#include "wasm/engine_config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace hermes::wasm {

/// What one compilation may use. Generous: a component of JavaScript with 12 MB needs 13 s of
/// processor time and 0.5 GiB of address space; most need less than 1 s.
struct CompilerLimits {
  /// Processor time of all threads together.
  std::chrono::seconds processor_time{300};
  /// From start to end, however busy the machine is.
  std::chrono::milliseconds wall_clock{300'000};
  /// Address space (RLIMIT_AS). Not enforced in builds with a sanitizer, whose shadow memory needs
  /// terabytes.
  std::uint64_t address_space_bytes = std::uint64_t{4} << 30;
  std::uint64_t component_bytes = std::uint64_t{256} << 20;
  std::uint64_t artefact_bytes = std::uint64_t{2} << 30;
  /// How much of what the process says (its error text) is kept.
  std::size_t message_bytes = std::size_t{16} << 10;
  /// Threads; 0: one per core, at most 8, since each needs its share of the memory.
  std::uint32_t threads = 0;
};

struct CompilerOptions {
  /// The program, which must call compile_worker_main() when its arguments start with these. Our
  /// own by default.
  std::filesystem::path executable = "/proc/self/exe";
  std::vector<std::string> arguments = {"compile-worker"};
  CompilerLimits limits;
  /// Processes at the same time, of this compiler; further calls of compile() wait for their turn.
  /// At least 1.
  unsigned max_processes = 2;
};

/// Where a compilation stands.
struct CompileProgress {
  std::size_t component_bytes = 0;
  std::chrono::milliseconds elapsed{0};
  /// Set in the last report, which comes however it ended.
  bool finished = false;
};

/// Called on the thread that called compile(): when it starts, about four times a second, and when
/// it has ended. Must not throw.
using CompileObserver = std::function<void(const CompileProgress&)>;

/// Runs compile workers. Any thread may use it, several at the same time. A worker inherits three
/// descriptors and nothing else, is below normal priority, and dies with the thread that waits for
/// it.
class Compiler {
 public:
  explicit Compiler(CompilerOptions options = {});
  Compiler(Compiler&&) noexcept;
  Compiler& operator=(Compiler&&) noexcept;
  ~Compiler();

  /// Compiles a binary component for engines of `config`; blocks until the worker has ended.
  ///
  /// kInvalidComponent, with the parser's text, when the bytes are no component that this engine
  /// accepts; kLimit and kDeadline when the worker needed more than it may have; kCancelled when
  /// `stop` was requested; kInternal when it crashed; kSystem when it could not be run.
  [[nodiscard]] Result<CompiledArtefact> compile(const EngineConfig& config,
                                                 std::span<const std::byte> component,
                                                 const CompileObserver& observer = {},
                                                 const std::stop_token& stop = {}) const;

  [[nodiscard]] const CompilerLimits& limits() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hermes::wasm
