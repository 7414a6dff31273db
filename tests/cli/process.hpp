// A child process whose output is watched.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hermes::tests {

/// How a process ended.
struct ProcessEnd {
  /// The exit status; -1 when it was killed by a signal.
  int status = -1;
  /// The signal that killed it; 0 when it exited.
  int signal = 0;
  std::string out;
  std::string err;
};

/// The program under test, running. Killed when it is still there at the end of the test. What is
/// waited for must come within three minutes, which is far longer than it takes: a test that hangs
/// fails with what the process has said.
class Process {
 public:
  /// Starts `hermes` with `arguments`; `environment` is added to this process's own. The compile
  /// cache is shared by all tests of the build.
  explicit Process(const std::vector<std::string>& arguments,
                   const std::map<std::string, std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Waits until standard error has `text`. false: the process ended without it, or the time is
  /// over.
  bool wait_for_err(std::string_view text);
  /// What has come on standard error so far.
  [[nodiscard]] std::string err();
  /// Waits until standard error has so many lines. false: the process ended with fewer, or the time
  /// is over.
  bool wait_for_err_lines(std::size_t lines);
  /// Waits until the process has computed for 100 ms since now: with an idle program, until its
  /// guest loops. false: the process ended without it, or the time is over.
  bool wait_until_it_computes();
  void send(int signal) const;
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Waits for the end. May be called once.
  ProcessEnd wait();

 private:
  void read_all(int descriptor, std::string& into);

  pid_t pid_ = -1;
  bool ended_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string out_;
  std::string err_;
  int open_streams_ = 2;
  std::thread out_reader_;
  std::thread err_reader_;
};

/// Starts the program and waits for its end.
ProcessEnd run(const std::vector<std::string>& arguments,
               const std::map<std::string, std::string>& environment = {});

/// The port that standard error names behind `text`, which is waited for.
std::uint16_t port_after(Process& process, std::string_view text);

/// How a command of the shell ended: its exit status, and what it has printed on both streams.
struct CommandEnd {
  int status = -1;
  std::string out;
};
CommandEnd shell(const std::string& command);

/// The path of a component of the tests: guest("noop") is build/guests/noop.wasm.
std::string guest(std::string_view name);

/// `text` without its line ends, line by line.
std::vector<std::string> lines_of(std::string_view text);

/// How often `part` is in `text`, without overlaps.
std::size_t count(std::string_view text, std::string_view part);

}  // namespace hermes::tests
