#include "wasm/compiler.hpp"

#include "wasm/child_process.hpp"
#include "wasm/compile_worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace hermes::wasm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressInterval{250};
/// How often a request to stop is noticed, and the end of a child where the kernel has no pidfd.
constexpr std::chrono::milliseconds kPollInterval{50};
constexpr std::chrono::milliseconds kPollIntervalWithoutPidfd{5};
constexpr unsigned kMaxThreads = 8;

/// The text that a worker writes to its standard error, bounded. What is over the bound is read and
/// forgotten, so that the worker never waits for us.
class Message {
 public:
  explicit Message(std::size_t bound) : bound_(bound) {}

  /// Reads what is there. Returns false when there will be no more.
  bool read_from(const FileDescriptor& pipe) {
    std::array<char, 4096> piece{};
    while (true) {
      const ssize_t got = ::read(pipe.get(), piece.data(), piece.size());
      if (got < 0) return errno == EAGAIN || errno == EINTR;
      if (got == 0) return false;
      const std::size_t kept = std::min(static_cast<std::size_t>(got), bound_ - text_.size());
      text_.append(piece.data(), kept);
      cut_ = cut_ || kept < static_cast<std::size_t>(got);
      // One piece at a time: a worker that writes without end must not keep us here.
      if (static_cast<std::size_t>(got) == piece.size()) return true;
    }
  }

  /// Without trailing white space; control characters, which may come from the component, are
  /// replaced.
  [[nodiscard]] std::string text() const {
    std::string clean;
    for (const char c : text_) {
      const auto value = static_cast<unsigned char>(c);
      clean += value >= 0x20 && value != 0x7f ? c : (c == '\n' ? '\n' : '?');
    }
    while (!clean.empty() && (clean.back() == '\n' || clean.back() == ' ')) clean.pop_back();
    if (cut_) clean += " [...]";
    return clean;
  }

 private:
  std::size_t bound_;
  std::string text_;
  bool cut_ = false;
};

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return std::unexpected(system_error("cannot make a pipe", errno));
  Pipe pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  // Only our end: the flag belongs to the open file, and the worker's end is another one.
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

std::vector<std::string> worker_environment(const CompilerLimits& limits) {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const unsigned threads = limits.threads != 0 ? limits.threads : std::min(cores, kMaxThreads);
  std::vector<std::string> environment = {"RAYON_NUM_THREADS=" + std::to_string(threads)};
  // What a person who looks for a defect has set is passed on.
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "RUST_BACKTRACE"}) {
    if (const char* value = std::getenv(name))
      environment.push_back(std::string(name) + "=" + value);
  }
#ifdef __SANITIZE_THREAD__
  // The threads of a worker are those of the Rust compiler, which is not instrumented: all that
  // ThreadSanitizer could say about them is wrong.
  environment.emplace_back("TSAN_OPTIONS=report_bugs=0");
#endif
  return environment;
}

std::string seconds(std::chrono::milliseconds duration) {
  return std::to_string(duration.count() / 1000) + "." +
         std::to_string(duration.count() % 1000 / 100) + " s";
}

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

/// What the end of a worker means. `status` is that of waitpid().
Result<void> judge(int status, const std::string& message, const CompilerLimits& limits) {
  const std::string said = message.empty() ? "" : "; its last words: " + message;
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGXCPU) {
      return fail(ErrorCode::kLimit, "compiling the component takes more than the " +
                                         std::to_string(limits.processor_time.count()) +
                                         " s of processor time that it may take");
    }
    const char* name = ::sigdescr_np(signal);
    return fail(ErrorCode::kInternal,
                "the compiler process was ended by signal " + std::to_string(signal) + " (" +
                    (name != nullptr ? name : "unknown") + "). It may use " +
                    mebibytes(limits.address_space_bytes) +
                    " of memory; a component that needs more ends it like this" + said);
  }
  switch (static_cast<WorkerExit>(WEXITSTATUS(status))) {
    case WorkerExit::kDone:
      return {};
    case WorkerExit::kRefused:
      return fail(ErrorCode::kInvalidComponent,
                  message.empty() ? "the compiler refuses it without saying why" : message);
    case WorkerExit::kFailed:
      return fail(ErrorCode::kInternal, "the compiler process failed" + said);
    case WorkerExit::kUsage:
      return fail(ErrorCode::kInternal,
                  "the compiler process does not understand its arguments: is it another version "
                  "of this program?" +
                      said);
  }
  return fail(ErrorCode::kInternal, "the compiler process ended with status " +
                                        std::to_string(WEXITSTATUS(status)) + said);
}

/// One compilation, from the start of its worker to the end.
class Compilation {
 public:
  Compilation(const CompilerOptions& options, std::size_t component_bytes,
              const CompileObserver& observer, const std::stop_token& stop)
      : options_(options),
        observer_(observer),
        stop_(stop),
        progress_{.component_bytes = component_bytes},
        message_(options.limits.message_bytes) {}

  Result<CompiledArtefact> run(const EngineConfig& config, std::span<const std::byte> component) {
    report(false);
    auto artefact = run_worker(config, component);
    report(true);
    return artefact;
  }

 private:
  Result<CompiledArtefact> run_worker(const EngineConfig& config,
                                      std::span<const std::byte> component) {
    auto in = make_memory_file("hermes-component");
    if (!in) return std::unexpected(std::move(in.error()));
    if (auto written = write_all(*in, component); !written)
      return std::unexpected(std::move(written.error()));
    if (auto sealed = seal(*in); !sealed) return std::unexpected(std::move(sealed.error()));
    auto out = make_memory_file("hermes-compiled");
    if (!out) return std::unexpected(std::move(out.error()));
    auto pipe = make_pipe();
    if (!pipe) return std::unexpected(std::move(pipe.error()));

    auto worker = start_worker(config, *in, *out, pipe->write);
    if (!worker) return std::unexpected(std::move(worker.error()));
    pipe->write.close();
    const auto status = wait(*worker, pipe->read);
    if (!status) return std::unexpected(status.error());
    if (auto good = judge(*status, message_.text(), options_.limits); !good) {
      return std::unexpected(std::move(good.error()));
    }
    // From here on the bytes are what they are, even if something that the worker started is still
    // alive.
    if (auto sealed = seal(*out); !sealed) return std::unexpected(std::move(sealed.error()));
    const auto size = size_of(*out);
    if (!size) return std::unexpected(size.error());
    if (*size == 0)
      return fail(ErrorCode::kInternal, "the compiler process ended well, but has written nothing");
    return CompiledArtefact{.file = std::move(*out), .size = *size};
  }

  Result<ChildProcess> start_worker(const EngineConfig& config, const FileDescriptor& in,
                                    const FileDescriptor& out, const FileDescriptor& message) {
    const CompilerLimits& limits = options_.limits;
    const WorkerLimits worker_limits{
        .processor_seconds = static_cast<std::uint64_t>(limits.processor_time.count()),
        .address_space_bytes = limits.address_space_bytes,
        .component_bytes = limits.component_bytes,
        .artefact_bytes = limits.artefact_bytes,
        .parent = static_cast<std::uint64_t>(::getpid()),
    };
    ChildSpec spec{.executable = options_.executable,
                   .arguments = {"hermes"},
                   .environment = worker_environment(limits),
                   .standard_input = &in,
                   .standard_output = &out,
                   .standard_error = &message};
    spec.arguments.insert(spec.arguments.end(), options_.arguments.begin(),
                          options_.arguments.end());
    spec.arguments.push_back(to_text(worker_limits));
    spec.arguments.push_back(to_text(config));
    return ChildProcess::start(spec);
  }

  /// Waits for the end of the worker, or ends it. Returns the status of waitpid().
  Result<int> wait(ChildProcess& worker, const FileDescriptor& message_pipe) {
    auto next_report = start_ + kProgressInterval;
    const auto interval = worker.descriptor() >= 0 ? kPollInterval : kPollIntervalWithoutPidfd;
    bool message_open = true;
    while (true) {
      auto status = worker.try_wait();
      if (!status) return std::unexpected(std::move(status.error()));
      if (*status) {
        if (message_open) message_.read_from(message_pipe);
        return **status;
      }
      const auto now = Clock::now();
      // Returning ends the worker: its owner kills and reaps it.
      if (stop_.stop_requested()) return fail(ErrorCode::kCancelled, "compiling was cancelled");
      if (now - start_ >= options_.limits.wall_clock) {
        return fail(ErrorCode::kDeadline, "compiling the component takes more than the " +
                                              seconds(options_.limits.wall_clock) +
                                              " that it may take");
      }
      if (now >= next_report) {
        report(false);
        next_report = now + kProgressInterval;
      }
      std::array<pollfd, 2> events{
          {{.fd = worker.descriptor(), .events = POLLIN, .revents = 0},
           {.fd = message_open ? message_pipe.get() : -1, .events = POLLIN, .revents = 0}}};
      ::poll(events.data(), events.size(), static_cast<int>(interval.count()));
      if (events[1].revents != 0) message_open = message_.read_from(message_pipe);
    }
  }

  void report(bool finished) {
    if (!observer_) return;
    progress_.elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_);
    progress_.finished = finished;
    observer_(progress_);
  }

  const CompilerOptions& options_;
  const CompileObserver& observer_;
  const std::stop_token& stop_;
  CompileProgress progress_;
  Message message_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

struct Compiler::State {
  CompilerOptions options;
  std::mutex mutex;
  std::condition_variable_any slot_free;
  unsigned running = 0;
};

Compiler::Compiler(CompilerOptions options) : state_(std::make_unique<State>()) {
  options.max_processes = std::max(1U, options.max_processes);
  state_->options = std::move(options);
}
Compiler::Compiler(Compiler&&) noexcept = default;
Compiler& Compiler::operator=(Compiler&&) noexcept = default;
Compiler::~Compiler() = default;

const CompilerLimits& Compiler::limits() const { return state_->options.limits; }

Result<CompiledArtefact> Compiler::compile(const EngineConfig& config,
                                           std::span<const std::byte> component,
                                           const CompileObserver& observer,
                                           const std::stop_token& stop) const {
  const CompilerOptions& options = state_->options;
  if (component.size() > options.limits.component_bytes) {
    return fail(ErrorCode::kLimit,
                "the component has " + mebibytes(component.size()) + ", more than the " +
                    mebibytes(options.limits.component_bytes) + " that a component may have");
  }
  {
    std::unique_lock lock(state_->mutex);
    const bool free =
        state_->slot_free.wait(lock, stop, [&] { return state_->running < options.max_processes; });
    if (!free) return fail(ErrorCode::kCancelled, "compiling was cancelled");
    ++state_->running;
  }
  auto artefact = Compilation(options, component.size(), observer, stop).run(config, component);
  {
    const std::scoped_lock lock(state_->mutex);
    --state_->running;
  }
  state_->slot_free.notify_one();
  return artefact;
}

}  // namespace hermes::wasm
