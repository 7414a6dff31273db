#include "process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

extern char** environ;

namespace hermes::tests {

namespace {

constexpr std::chrono::seconds kPatience{180};

// A test cannot go on without what it needs from the system.
void require(bool held, const char* what) {
  if (held) return;
  std::perror(what);
  std::abort();
}

std::vector<std::string> environment_of(const std::map<std::string, std::string>& extra) {
  std::map<std::string, std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      all[std::string(text.substr(0, equals))] = text.substr(equals + 1);
    }
  }
  all["XDG_CACHE_HOME"] = std::string(HERMES_SOURCE_DIR) + "/build/test-cache";
  for (const auto& [name, value] : extra) all[name] = value;
  std::vector<std::string> result;
  for (const auto& [name, value] : all) result.push_back(fmt::format("{}={}", name, value));
  return result;
}

/// The processor time that a process has used so far.
std::chrono::milliseconds processor_time(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // The second field is the program's name in parentheses; 14 and 15 are user and system time.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return std::chrono::milliseconds((user + system) * 1000 / sysconf(_SC_CLK_TCK));
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& environment) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  require(pipe2(out.data(), O_CLOEXEC) == 0 && pipe2(err.data(), O_CLOEXEC) == 0, "pipe2");
  posix_spawn_file_actions_t actions;
  require(posix_spawn_file_actions_init(&actions) == 0, "posix_spawn_file_actions_init");
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);

  std::vector<std::string> argument_texts = {HERMES_BINARY};
  argument_texts.insert(argument_texts.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment_texts = environment_of(environment);
  const int failed =
      posix_spawn(&pid_, HERMES_BINARY, &actions, nullptr, pointers(argument_texts).data(),
                  pointers(environment_texts).data());
  posix_spawn_file_actions_destroy(&actions);
  require(failed == 0, HERMES_BINARY);
  close(out[1]);
  close(err[1]);
  out_reader_ = std::thread([this, descriptor = out[0]] { read_all(descriptor, out_); });
  err_reader_ = std::thread([this, descriptor = err[0]] { read_all(descriptor, err_); });
}

Process::~Process() {
  if (ended_) return;
  kill(pid_, SIGKILL);
  static_cast<void>(wait());
}

void Process::read_all(int descriptor, std::string& into) {
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t size = read(descriptor, buffer.data(), buffer.size());
    const std::lock_guard lock(mutex_);
    if (size <= 0) {
      --open_streams_;
      changed_.notify_all();
      break;
    }
    into.append(buffer.data(), static_cast<std::size_t>(size));
    changed_.notify_all();
  }
  close(descriptor);
}

bool Process::wait_for_err(std::string_view text) {
  std::unique_lock lock(mutex_);
  const auto found = [&] { return err_.find(text) != std::string::npos; };
  changed_.wait_for(lock, kPatience, [&] { return found() || open_streams_ == 0; });
  if (found()) return true;
  std::fprintf(stderr, "\"%.*s\" did not come; standard error was:\n%s\n",
               static_cast<int>(text.size()), text.data(), err_.c_str());
  return false;
}

std::string Process::err() {
  const std::lock_guard lock(mutex_);
  return err_;
}

bool Process::wait_for_err_lines(std::size_t lines) {
  std::unique_lock lock(mutex_);
  const auto found = [&] { return count(err_, "\n") >= lines; };
  changed_.wait_for(lock, kPatience, [&] { return found() || open_streams_ == 0; });
  if (found()) return true;
  std::fprintf(stderr, "%zu lines did not come; standard error was:\n%s\n", lines, err_.c_str());
  return false;
}

bool Process::wait_until_it_computes() {
  constexpr std::chrono::milliseconds kEnough{100};
  constexpr std::chrono::milliseconds kBetweenLooks{5};
  const auto give_up_at = std::chrono::steady_clock::now() + kPatience;
  const auto before = processor_time(pid_);
  std::unique_lock lock(mutex_);
  while (processor_time(pid_) - before < kEnough) {
    const bool ended = changed_.wait_for(lock, kBetweenLooks, [&] { return open_streams_ == 0; });
    if (ended || std::chrono::steady_clock::now() > give_up_at) {
      std::fprintf(stderr, "the process does nothing; standard error was:\n%s\n", err_.c_str());
      return false;
    }
  }
  return true;
}

void Process::send(int signal) const { kill(pid_, signal); }

ProcessEnd Process::wait() {
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return open_streams_ == 0; })) {
      std::fprintf(stderr, "the process did not end; standard error was:\n%s\n", err_.c_str());
      kill(pid_, SIGKILL);
    }
  }
  out_reader_.join();
  err_reader_.join();
  int status = 0;
  require(waitpid(pid_, &status, 0) == pid_, "waitpid");
  ended_ = true;
  ProcessEnd end;
  if (WIFEXITED(status)) end.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  end.out = out_;
  end.err = err_;
  return end;
}

ProcessEnd run(const std::vector<std::string>& arguments,
               const std::map<std::string, std::string>& environment) {
  Process process(arguments, environment);
  return process.wait();
}

std::uint16_t port_after(Process& process, std::string_view text) {
  const bool named = process.wait_for_err(text);
  const std::string said = process.err();
  require(named, said.c_str());
  return static_cast<std::uint16_t>(
      std::strtoul(said.c_str() + said.find(text) + text.size(), nullptr, 10));
}

CommandEnd shell(const std::string& command) {
  CommandEnd end;
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  require(pipe != nullptr, "popen");
  std::array<char, 4096> bytes{};
  while (const std::size_t size = std::fread(bytes.data(), 1, bytes.size(), pipe)) {
    end.out.append(bytes.data(), size);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) end.status = WEXITSTATUS(status);
  return end;
}

std::string guest(std::string_view name) {
  return std::string(HERMES_GUESTS_DIR) + "/" + std::string(name) + ".wasm";
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++times;
  }
  return times;
}

}  // namespace hermes::tests
