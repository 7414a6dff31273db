#include "wasm/compile_worker.hpp"

#include "wasm/error.hpp"
#include "wasm/file_descriptor.hpp"
#include "wasm/key_values.hpp"

#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <span>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HERMES_UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HERMES_UNDER_SANITIZER 1
#endif
#endif

namespace hermes::wasm {
namespace {

/// Standard input, output and error, and what the runtime of a thread pool opens for a moment.
constexpr rlim_t kMaxDescriptors = 32;
constexpr int kNiceness = 5;

template <class Limits, class Visitor>
void for_each_limit(Limits& limits, Visitor&& visit) {
  visit("processor_seconds", limits.processor_seconds);
  visit("address_space_bytes", limits.address_space_bytes);
  visit("component_bytes", limits.component_bytes);
  visit("artefact_bytes", limits.artefact_bytes);
  visit("parent", limits.parent);
}

Result<void> limit(int resource, rlim_t soft, rlim_t hard, const char* name) {
  rlimit now{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) {
    return std::unexpected(system_error(name, errno));
  }
  // What the system already imposes may be stricter, and cannot be raised.
  const rlimit wanted{.rlim_cur = std::min(soft, now.rlim_max),
                      .rlim_max = std::min(hard, now.rlim_max)};
  if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &wanted) != 0) {
    return std::unexpected(system_error(name, errno));
  }
  return {};
}

WorkerExit complain(WorkerExit status, std::string_view message) {
  std::fwrite(message.data(), 1, message.size(), stderr);
  std::fputc('\n', stderr);
  return status;
}

/// The file on standard input, mapped.
class Input {
 public:
  explicit Input(std::uint64_t size) : size_(static_cast<std::size_t>(size)) {
    data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input() {
    if (mapped()) ::munmap(data_, size_);
  }
  [[nodiscard]] bool mapped() const { return data_ != MAP_FAILED; }
  [[nodiscard]] hn_bytes bytes() const { return {static_cast<const std::uint8_t*>(data_), size_}; }

 private:
  void* data_;
  std::size_t size_;
};

WorkerExit work(const WorkerLimits& limits, const EngineConfig& config) {
  const FileDescriptor in(STDIN_FILENO);
  const FileDescriptor out(STDOUT_FILENO);
  const auto size = size_of(in);
  if (!size) return complain(WorkerExit::kUsage, "standard input: " + size.error().message);
  if (*size == 0) return complain(WorkerExit::kRefused, "the component is empty");
  if (*size > limits.component_bytes)
    return complain(WorkerExit::kRefused, "the component is too large");
  const Input input(*size);
  if (!input.mapped())
    return complain(WorkerExit::kFailed, system_error("cannot map the component", errno).message);

  const hn_engine_config native = config.to_native();
  hn_buffer* artefact = nullptr;
  const NativeError error(hn_component_compile(&native, input.bytes(), &artefact));
  if (error != nullptr) {
    const bool refused = hn_error_get_kind(error.get()) == HN_ERROR_INVALID_COMPONENT;
    return complain(refused ? WorkerExit::kRefused : WorkerExit::kFailed, to_error(error).message);
  }
  const NativeBuffer owned(artefact);
  const std::string_view text = to_view(owned);
  const auto written = write_all(out, std::as_bytes(std::span(text)));
  if (!written)
    return complain(WorkerExit::kFailed, "the compiled component: " + written.error().message);
  return WorkerExit::kDone;
}

}  // namespace

std::string to_text(const WorkerLimits& limits) {
  KeyValueWriter writer;
  for_each_limit(limits, [&](const char* name, std::uint64_t value) { writer.add(name, value); });
  return std::move(writer).text();
}

Result<WorkerLimits> parse_worker_limits(std::string_view text) {
  auto reader = KeyValueReader::parse(text);
  if (!reader) return std::unexpected(std::move(reader.error()));
  WorkerLimits limits;
  for_each_limit(limits,
                 [&](const char* name, std::uint64_t& value) { reader->take(name, value); });
  if (auto done = reader->finish(); !done) return std::unexpected(std::move(done.error()));
  return limits;
}

Result<void> apply_worker_limits(const WorkerLimits& limits) {
  // First of all: from here on this process cannot be left behind. The parent may have ended before
  // this line.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (static_cast<std::uint64_t>(::getppid()) != limits.parent) {
    return fail(ErrorCode::kCancelled, "the process that asked for the compilation is gone");
  }
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // A write past RLIMIT_FSIZE is to be an error with a message.
  ::signal(SIGXFSZ, SIG_IGN);
  // Being nicer than others is a wish: where it is refused, the work is done all the same.
  (void)!::nice(kNiceness);
#ifdef M_ARENA_MAX
  // Each arena reserves 64 MiB of address space: there must not be eight per core.
  ::mallopt(M_ARENA_MAX, 4);
#endif

  if (auto set = limit(RLIMIT_CORE, 0, 0, "RLIMIT_CORE"); !set) return set;
  if (auto set = limit(RLIMIT_NOFILE, kMaxDescriptors, kMaxDescriptors, "RLIMIT_NOFILE"); !set)
    return set;
  if (auto set = limit(RLIMIT_FSIZE, limits.artefact_bytes, limits.artefact_bytes, "RLIMIT_FSIZE");
      !set)
    return set;
  // One second from SIGXCPU, which says why, to SIGKILL.
  if (auto set =
          limit(RLIMIT_CPU, limits.processor_seconds, limits.processor_seconds + 1, "RLIMIT_CPU");
      !set) {
    return set;
  }
#ifndef HERMES_UNDER_SANITIZER
  if (auto set =
          limit(RLIMIT_AS, limits.address_space_bytes, limits.address_space_bytes, "RLIMIT_AS");
      !set) {
    return set;
  }
#endif
  return {};
}

int compile_worker_main(int argc, const char* const* argv) {
  if (argc != 2) {
    return static_cast<int>(
        complain(WorkerExit::kUsage, "a compile worker takes its limits and an engine's settings"));
  }
  const auto limits = parse_worker_limits(argv[0]);
  if (!limits)
    return static_cast<int>(complain(WorkerExit::kUsage, "limits: " + limits.error().message));
  const auto config = parse_engine_config(argv[1]);
  if (!config)
    return static_cast<int>(complain(WorkerExit::kUsage, "settings: " + config.error().message));
  if (auto applied = apply_worker_limits(*limits); !applied) {
    return static_cast<int>(complain(WorkerExit::kFailed, applied.error().message));
  }
  return static_cast<int>(work(*limits, *config));
}

}  // namespace hermes::wasm
