// One child process that is always reaped.
#pragma once

#include "base/result.hpp"
#include "wasm/file_descriptor.hpp"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hermes::wasm {

/// What a child gets. The descriptors become its 0, 1 and 2; it inherits no other.
struct ChildSpec {
  std::filesystem::path executable;
  /// argv, with the program's name first.
  std::vector<std::string> arguments;
  /// "NAME=value"; the whole environment of the child.
  std::vector<std::string> environment;
  const FileDescriptor* standard_input = nullptr;
  const FileDescriptor* standard_output = nullptr;
  const FileDescriptor* standard_error = nullptr;
};

/// A running child, in a process group of its own, so that Ctrl-C on a terminal is its parent's
/// business. Destroying the object kills the child and waits for it.
class ChildProcess {
 public:
  /// Safe in a process with many threads: nothing of ours runs between fork and exec.
  [[nodiscard]] static Result<ChildProcess> start(const ChildSpec& spec);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  /// Becomes readable when the child has ended; -1 on kernels without pidfd, where wait_ended()
  /// must be asked again.
  [[nodiscard]] int descriptor() const { return pidfd_.get(); }

  /// The status as waitpid() gives it, once the child has ended; nothing before. Does not block.
  [[nodiscard]] Result<std::optional<int>> try_wait();

  void kill() noexcept;

 private:
  explicit ChildProcess(pid_t pid);

  pid_t pid_;
  FileDescriptor pidfd_;
};

}  // namespace hermes::wasm
