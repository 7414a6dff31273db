// The main() of tests that start compile workers: the test program itself is the worker, as the
// engine's program is in production. Besides the real worker there are hostile ones, which stand
// for a compiler that a component has taken over.

#include "wasm/compile_worker.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::wasm {
namespace {

/// Says what a worker finds in its process: open descriptors, environment, signals, limits.
int describe_process() {
  std::string text = "descriptors";
  for (int number = 0; number < 1024; ++number) {
    if (::fcntl(number, F_GETFD) >= 0) text += " " + std::to_string(number);
  }
  text += "\nenvironment";
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string entry = *variable;
    text += " " + entry.substr(0, entry.find('='));
  }
  sigset_t blocked;
  sigemptyset(&blocked);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  struct sigaction action{};
  ::sigaction(SIGPIPE, nullptr, &action);
  text += "\nsigterm " + std::string(sigismember(&blocked, SIGTERM) == 1 ? "blocked" : "free");
  text += "\nsigpipe " + std::string(action.sa_handler == SIG_DFL ? "default" : "changed");
  text += "\ngroup " + std::string(::getpgrp() == ::getpid() ? "own" : "shared");
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  text += "\ncore " + std::to_string(core.rlim_max) + "\n";
  std::fputs(text.c_str(), stderr);
  return static_cast<int>(WorkerExit::kRefused);
}

int hostile_worker(std::string_view behaviour, const char* limits_text) {
  const auto limits = parse_worker_limits(limits_text);
  if (!limits || !apply_worker_limits(*limits)) return 99;
  if (behaviour == "spin") {
    volatile unsigned long turns = 0;
    while (true) turns = turns + 1;
  }
  if (behaviour == "wait") {
    while (true) ::pause();
  }
  if (behaviour == "memory-bomb") {
    std::vector<void*> blocks;
    while (void* block = std::malloc(std::size_t{64} << 20)) blocks.push_back(block);
    std::fputs("memory allocation of 67108864 bytes failed\n", stderr);
    std::abort();
  }
  if (behaviour == "crash") ::raise(SIGSEGV);
  if (behaviour == "flood-stderr") {
    const std::string line(1000, 'x');
    for (int i = 0; i < 10'000; ++i) std::fputs(line.c_str(), stderr);
    return static_cast<int>(WorkerExit::kRefused);
  }
  if (behaviour == "escape-codes") {
    std::fputs("\x1b[2Jred\x07\ttext\n\n", stderr);
    return static_cast<int>(WorkerExit::kRefused);
  }
  if (behaviour == "flood-stdout") {
    const std::vector<char> block(std::size_t{1} << 20);
    while (::write(STDOUT_FILENO, block.data(), block.size()) > 0) {
    }
    std::perror("write");
    return static_cast<int>(WorkerExit::kFailed);
  }
  if (behaviour == "nothing") return 0;
  if (behaviour == "status-42") return 42;
  if (behaviour == "leave-a-child-behind") {
    // Holds the pipe and the output open, and would write to it later.
    if (::fork() == 0) {
      ::sleep(60);
      ::_exit(0);
    }
    (void)!::write(STDOUT_FILENO, "done", 4);
    return 0;
  }
  if (behaviour == "describe-process") return describe_process();
  return 98;
}

}  // namespace
}  // namespace hermes::wasm

int main(int argc, char** argv) {
  const std::string_view role = argc > 1 ? argv[1] : "";
  if (role == "compile-worker") return hermes::wasm::compile_worker_main(argc - 2, argv + 2);
  if (role == "hostile-worker" && argc == 5) return hermes::wasm::hostile_worker(argv[2], argv[3]);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
