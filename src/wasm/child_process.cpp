#include "wasm/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace hermes::wasm {
namespace {

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() { ::posix_spawnattr_init(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

ChildProcess::ChildProcess(pid_t pid)
    : pid_(pid), pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  kill();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<ChildProcess> ChildProcess::start(const ChildSpec& spec) {
  FileActions actions;
  int error = 0;
  // Above the three that are about to be replaced: where our own were closed, a source may be among
  // them.
  const std::array<int, 3> standard{spec.standard_input->get(), spec.standard_output->get(),
                                    spec.standard_error->get()};
  std::array<FileDescriptor, 3> sources;
  for (std::size_t number = 0; number < sources.size(); ++number) {
    sources[number] = FileDescriptor(::fcntl(standard[number], F_DUPFD_CLOEXEC, 3));
    if (!sources[number])
      return std::unexpected(system_error("cannot duplicate a descriptor", errno));
  }
  for (int number = 0; number < 3 && error == 0; ++number) {
    error = ::posix_spawn_file_actions_adddup2(actions.get(), sources[number].get(), number);
  }
  if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(actions.get(), 3);

  // Signals as in a fresh process: what the engine blocks or ignores is not the worker's business.
  Attributes attributes;
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  if (error == 0) error = ::posix_spawnattr_setsigmask(attributes.get(), &none);
  if (error == 0) error = ::posix_spawnattr_setsigdefault(attributes.get(), &all);
  if (error == 0) error = ::posix_spawnattr_setpgroup(attributes.get(), 0);
  if (error == 0) {
    error = ::posix_spawnattr_setflags(
        attributes.get(), POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  std::vector<std::string> arguments = spec.arguments;
  std::vector<std::string> environment = spec.environment;
  pid_t pid = -1;
  if (error == 0) {
    error = ::posix_spawn(&pid, spec.executable.c_str(), actions.get(), attributes.get(),
                          pointers(arguments).data(), pointers(environment).data());
  }
  if (error != 0)
    return std::unexpected(system_error("cannot run " + spec.executable.string(), error));
  return ChildProcess(pid);
}

Result<std::optional<int>> ChildProcess::try_wait() {
  int status = 0;
  const pid_t got = ::waitpid(pid_, &status, WNOHANG);
  if (got == 0) return std::nullopt;
  if (got < 0) {
    if (errno == EINTR) return std::nullopt;
    const int error = errno;
    pid_ = -1;
    return std::unexpected(
        system_error("cannot wait for a child process (is SIGCHLD ignored?)", error));
  }
  pid_ = -1;
  return status;
}

void ChildProcess::kill() noexcept {
  // The process is not reaped yet, so its number still means it.
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

}  // namespace hermes::wasm
