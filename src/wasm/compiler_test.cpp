#include "wasm/compiler.hpp"

#include "wasm/compile_worker.hpp"
#include "wasm/error.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace hermes::wasm {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::byte> binary(std::string_view text) {
  hn_buffer* wasm = nullptr;
  const auto made = check(
      hn_wat_to_wasm({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, &wasm));
  if (!made) {
    ADD_FAILURE() << made.error().message;
    return {};
  }
  const NativeBuffer owned(wasm);
  const auto bytes = std::as_bytes(std::span(to_view(owned)));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> small_component() {
  return binary("(component (core module (func (export \"f\"))))");
}

/// A compiler whose worker behaves as named in testing/worker_main.cpp.
Compiler hostile(const char* behaviour, CompilerLimits limits = {}) {
  CompilerOptions options;
  options.arguments = {"hostile-worker", behaviour};
  options.limits = limits;
  return Compiler(options);
}

Error error_of(const Compiler& compiler) {
  const auto bytes = std::vector<std::byte>(100);
  auto artefact = compiler.compile(EngineConfig::on_demand(), bytes);
  if (artefact) return {ErrorCode::kInternal, "compiled"};
  return artefact.error();
}

TEST(WorkerLimitsTest, TextFormIsReadBack) {
  const WorkerLimits limits{.processor_seconds = 1,
                            .address_space_bytes = 2,
                            .component_bytes = 3,
                            .artefact_bytes = 4,
                            .parent = 5};
  const auto read = parse_worker_limits(to_text(limits));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, limits);
  EXPECT_FALSE(parse_worker_limits("processor_seconds=1"));
}

TEST(CompilerTest, CompilesAComponent) {
  std::vector<CompileProgress> progress;
  const auto bytes = small_component();
  const auto artefact =
      Compiler().compile(EngineConfig::on_demand(), bytes,
                         [&](const CompileProgress& now) { progress.push_back(now); });
  ASSERT_TRUE(artefact) << artefact.error().message;
  EXPECT_GT(artefact->size, 0U);
  EXPECT_EQ(*size_of(artefact->file), artefact->size);
  const std::byte byte{};
  EXPECT_FALSE(write_all(artefact->file, std::span(&byte, 1))) << "sealed";

  ASSERT_GE(progress.size(), 2U);
  EXPECT_FALSE(progress.front().finished);
  EXPECT_TRUE(progress.back().finished);
  EXPECT_EQ(progress.back().component_bytes, bytes.size());
  EXPECT_GE(progress.back().elapsed, progress.front().elapsed);
}

TEST(CompilerTest, TextOfTheParserComesBack) {
  const auto good = small_component();
  const struct {
    const char* name;
    std::vector<std::byte> bytes;
    const char* message;
  } cases[] = {
      {"empty", {}, "empty"},
      {"zeros", std::vector<std::byte>(1000), "not a WebAssembly component"},
      {"a core module", binary("(module)"), "core module"},
      {"cut off", {good.begin(), good.end() - 5}, "out of bounds"},
      {"an import that is not valid",
       binary("(component (import \"a\" (func)) (import \"a\" (func)))"), "a"},
  };
  for (const auto& test : cases) {
    const auto artefact = Compiler().compile(EngineConfig::on_demand(), test.bytes);
    ASSERT_FALSE(artefact) << test.name;
    EXPECT_EQ(artefact.error().code, ErrorCode::kInvalidComponent)
        << test.name << ": " << artefact.error().message;
    EXPECT_THAT(artefact.error().message, HasSubstr(test.message)) << test.name;
  }
}

TEST(CompilerTest, EveryTruncationOfAComponentIsRefusedAndNothingElse) {
  const auto good = small_component();
  const Compiler compiler;
  for (std::size_t size = 8; size < good.size(); size += 7) {
    const auto artefact = compiler.compile(EngineConfig::on_demand(), std::span(good).first(size));
    // A cut between two sections leaves a component that is whole.
    if (artefact) continue;
    EXPECT_EQ(artefact.error().code, ErrorCode::kInvalidComponent)
        << size << ": " << artefact.error().message;
  }
}

TEST(CompilerTest, AComponentOverTheBoundIsRefusedWithoutAProcess) {
  CompilerOptions options;
  options.limits.component_bytes = 3 << 20;
  options.executable = "/nonexistent";
  const auto artefact =
      Compiler(options).compile(EngineConfig::on_demand(), std::vector<std::byte>(4 << 20));
  ASSERT_FALSE(artefact);
  EXPECT_EQ(artefact.error().code, ErrorCode::kLimit);
  EXPECT_THAT(artefact.error().message, AllOf(HasSubstr("4 MiB"), HasSubstr("3 MiB")));
}

TEST(CompilerTest, EndlessWorkEndsWithTheProcessorTime) {
  CompilerLimits limits;
  limits.processor_time = 1s;
  const Error error = error_of(hostile("spin", limits));
  EXPECT_EQ(error.code, ErrorCode::kLimit);
  EXPECT_THAT(error.message, HasSubstr("more than the 1 s of processor time"));
}

TEST(CompilerTest, EndlessWaitingEndsWithTheWallClock) {
  CompilerLimits limits;
  limits.wall_clock = 200ms;
  const Error error = error_of(hostile("wait", limits));
  EXPECT_EQ(error.code, ErrorCode::kDeadline);
  EXPECT_THAT(error.message, HasSubstr("more than the 0.2 s"));
}

TEST(CompilerTest, AMemoryBombEndsWithTheAddressSpace) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's shadow memory does not fit into any limit of the address space";
#endif
  CompilerLimits limits;
  limits.address_space_bytes = std::uint64_t{1} << 30;
  const Error error = error_of(hostile("memory-bomb", limits));
  EXPECT_THAT(error.message, AllOf(HasSubstr("signal 6"), HasSubstr("1024 MiB of memory"),
                                   HasSubstr("memory allocation of 67108864 bytes failed")));
}

TEST(CompilerTest, ACrashIsAnErrorThatSaysSo) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer handles the signal itself";
#endif
  const Error error = error_of(hostile("crash"));
  EXPECT_EQ(error.code, ErrorCode::kInternal);
  EXPECT_THAT(error.message, HasSubstr("signal 11 (Segmentation fault)"));
}

TEST(CompilerTest, WhatAWorkerSaysIsBounded) {
  CompilerLimits limits;
  limits.message_bytes = 500;
  const Error error = error_of(hostile("flood-stderr", limits));
  EXPECT_EQ(error.code, ErrorCode::kInvalidComponent);
  EXPECT_EQ(error.message, std::string(500, 'x') + " [...]");
}

TEST(CompilerTest, ControlCharactersOfAWorkerDoNotReachATerminal) {
  EXPECT_EQ(error_of(hostile("escape-codes")).message, "?[2Jred??text");
}

TEST(CompilerTest, WhatAWorkerWritesIsBounded) {
  CompilerLimits limits;
  limits.artefact_bytes = 3 << 20;
  EXPECT_THAT(error_of(hostile("flood-stdout", limits)).message, HasSubstr("File too large"));
}

TEST(CompilerTest, AWorkerThatDoesNotDoItsWorkIsAnError) {
  EXPECT_THAT(error_of(hostile("nothing")).message, HasSubstr("has written nothing"));
  EXPECT_THAT(error_of(hostile("status-42")).message, HasSubstr("status 42"));
  CompilerOptions options;
  options.executable = "/nonexistent";
  const Error missing = error_of(Compiler(options));
  EXPECT_EQ(missing.code, ErrorCode::kSystem);
  EXPECT_THAT(missing.message, HasSubstr("/nonexistent"));
  options.executable = "/bin/true";
  EXPECT_THAT(error_of(Compiler(options)).message, HasSubstr("has written nothing"));
  options.executable = "/proc/self/exe";
  options.arguments = {"compile-worker", "one-more"};
  EXPECT_THAT(error_of(Compiler(options)).message, HasSubstr("another version"));
}

TEST(CompilerTest, WhatAWorkerLeavesBehindIsNotWaitedForAndCannotChangeTheResult) {
  const auto start = std::chrono::steady_clock::now();
  const auto artefact =
      hostile("leave-a-child-behind").compile(EngineConfig::on_demand(), std::vector<std::byte>(1));
  ASSERT_TRUE(artefact) << artefact.error().message;
  EXPECT_EQ(artefact->size, 4U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
}

TEST(CompilerTest, AWorkerInheritsThreeDescriptorsAndACleanProcess) {
  // What the engine may have: files that others opened without close-on-exec, blocked and ignored
  // signals.
  const int leaked = ::open("/dev/null", O_RDONLY);
  ASSERT_GE(leaked, 0);
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto handler = ::signal(SIGPIPE, SIG_IGN);
  ::setenv("HERMES_TEST_SECRET", "1", 1);
  const std::string said = error_of(hostile("describe-process")).message;
  ::unsetenv("HERMES_TEST_SECRET");
  ::signal(SIGPIPE, handler);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(leaked);
  EXPECT_THAT(said, HasSubstr("descriptors 0 1 2\n"));
  EXPECT_THAT(said, AllOf(HasSubstr("environment RAYON_NUM_THREADS"), Not(HasSubstr("SECRET")),
                          Not(HasSubstr("PATH"))));
  EXPECT_THAT(said, HasSubstr("sigterm free\nsigpipe default\ngroup own\ncore 0"));
}

TEST(CompilerTest, AStopEndsTheWorkerAndThoseWhoWaitForTheirTurn) {
  CompilerOptions options;
  options.arguments = {"hostile-worker", "wait"};
  options.max_processes = 1;
  const Compiler compiler(options);
  std::stop_source stop;
  std::atomic<int> started = 0;
  std::vector<Error> errors(3);
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (Error& error : errors) {
      threads.emplace_back([&] {
        const auto bytes = std::vector<std::byte>(1);
        const auto artefact = compiler.compile(
            EngineConfig::on_demand(), bytes,
            [&](const CompileProgress& progress) {
              if (!progress.finished && progress.elapsed < 100ms) ++started;
            },
            stop.get_token());
        error = artefact ? Error{ErrorCode::kInternal, "compiled"} : artefact.error();
      });
    }
    while (started == 0) std::this_thread::yield();
    stop.request_stop();
  }
  for (const Error& error : errors) EXPECT_EQ(error.code, ErrorCode::kCancelled) << error.message;
  EXPECT_EQ(started, 1) << "one process at a time";
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "no child is left";
}

TEST(CompilerTest, ManyThreadsCompileAtTheSameTime) {
  const Compiler compiler;
  const auto good = small_component();
  const auto bad = binary("(module)");
  std::atomic<int> compiled = 0;
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int number = 0; number < 8; ++number) {
      threads.emplace_back([&, number] {
        const auto artefact =
            compiler.compile(EngineConfig::on_demand(), number % 2 == 0 ? good : bad);
        ++(artefact ? compiled : refused);
      });
    }
  }
  EXPECT_EQ(compiled, 4);
  EXPECT_EQ(refused, 4);
}

TEST(CompilerTest, WorksWithoutStandardDescriptors) {
  // A daemon may have closed all three; the descriptors of the worker's files then have their
  // numbers.
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(0);
    ::close(1);
    ::close(2);
    const auto artefact = Compiler().compile(EngineConfig::on_demand(), small_component());
    ::_exit(artefact && artefact->size > 0 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace hermes::wasm
