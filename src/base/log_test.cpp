#include "base/log.hpp"

#include "base/log_format.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <limits>
#include <thread>
#include <vector>

namespace hermes {
namespace {

using namespace std::chrono_literals;

// 2024-02-29T12:34:56.789012345Z
constexpr WallTime kTime =
    std::chrono::sys_days{std::chrono::year{2024} / 2 / 29} + 12h + 34min + 56s + 789012345ns;

std::string json(const LogEntry& entry) {
  std::string out;
  append_json_line(out, entry, kTime);
  return out;
}

std::string human(const LogEntry& entry, bool colour = false) {
  std::string out;
  append_human_line(out, entry, kTime, colour);
  return out;
}

const std::array<LogField, 6> kFields = {{
    {"text", std::string_view("two words")},
    {"whole", std::int64_t{-5}},
    {"big", std::numeric_limits<std::uint64_t>::max()},
    {"real", 0.5},
    {"truth", true},
    {"data", RawJson{R"({"a":[1]})"}},
}};

TEST(LogFormat, JsonLines) {
  EXPECT_EQ(json({.message = "started"}),
            R"({"time":"2024-02-29T12:34:56.789012Z","level":"info","message":"started"})"
            "\n");
  const std::array<std::string, 2> frames = {"mod!inner", "mod!outer"};
  EXPECT_EQ(
      json({.level = LogLevel::kError,
            .message = "a \"trap\"\n",
            .scope = {.application = "app", .module = "mod", .event = "on-cron", .counter = 7},
            .fields = kFields,
            .backtrace = frames}),
      R"({"time":"2024-02-29T12:34:56.789012Z","level":"error","message":"a \"trap\"\n",)"
      R"("application":"app","module":"mod","event":"on-cron","counter":7,)"
      R"("text":"two words","whole":-5,"big":18446744073709551615,"real":0.5,"truth":true,)"
      R"("data":{"a":[1]},"backtrace":["mod!inner","mod!outer"]})"
      "\n");
}

TEST(LogFormat, JsonHasNoInfinity) {
  const LogField field{"x", std::numeric_limits<double>::infinity()};
  EXPECT_TRUE(json({.fields = {&field, 1}}).ends_with("\"x\":null}\n"));
}

TEST(LogFormat, HumanLines) {
  EXPECT_EQ(human({.message = "started"}), "12:34:56.789 info  started\n");
  EXPECT_EQ(
      human({.level = LogLevel::kWarn,
             .message = "late",
             .scope = {.application = "app", .module = "mod", .event = "on-cron", .counter = 7},
             .fields = kFields}),
      "12:34:56.789 warn  app/mod on-cron#7  late  text=\"two words\"  whole=-5  "
      "big=18446744073709551615  real=0.5  truth=true  data={\"a\":[1]}\n");
  EXPECT_EQ(human({.message = "x", .scope = {.module = "mod"}}), "12:34:56.789 info  mod  x\n");
}

TEST(LogFormat, HumanBacktracesHaveOneFramePerLine) {
  const std::array<std::string, 2> frames = {"inner\nat line 3", "outer"};
  EXPECT_EQ(human({.level = LogLevel::kError, .message = "trap", .backtrace = frames}),
            "12:34:56.789 error trap\n"
            "    at inner\n"
            "       at line 3\n"
            "    at outer\n");
}

TEST(LogFormat, NothingFromOutsideReachesTheTerminalRaw) {
  const std::array<std::string, 1> frames = {"\x1b[2J"};
  const LogField field{"k\n", std::string_view("\x1b]0;title\x07")};
  const std::string line = human({.message = "fake\n12:34:56.789 info  forged \x1b[31m",
                                  .scope = {.application = "a\n", .module = "\r", .event = "\x08"},
                                  .fields = {&field, 1},
                                  .backtrace = frames});
  EXPECT_EQ(line,
            "12:34:56.789 info  a\\n/\\r \\x08  fake\\n12:34:56.789 info  forged \\x1b[31m  "
            "k\\n=\\x1b]0;title\\x07\n"
            "    at \\x1b[2J\n");
}

TEST(LogFormat, ColoursAreOurOwn) {
  EXPECT_EQ(human({.level = LogLevel::kError, .message = "x"}, true),
            "\x1b[2m12:34:56.789\x1b[0m \x1b[31merror\x1b[0m x\n");
}

TEST(Log, WritesWhatItsLevelAllows) {
  ManualClock clock;
  std::string out;
  Log log({.format = LogFormat::kJson,
           .level = LogLevel::kWarn,
           .output = [&](std::string_view line) { out += line; }},
          clock);
  EXPECT_FALSE(log.enabled(LogLevel::kInfo));
  log.info("not {}", "this");
  EXPECT_EQ(out, "");
  log.warn("{} of {}", 1, 2);
  EXPECT_EQ(out, R"({"time":"2024-01-01T00:00:00.000000Z","level":"warn","message":"1 of 2"})"
                 "\n");
  log.set_level(LogLevel::kTrace);
  EXPECT_TRUE(log.enabled(LogLevel::kTrace));
}

TEST(Log, LevelsHaveNames) {
  for (const std::string_view name : {"trace", "debug", "info", "warn", "error", "fatal"}) {
    const Result<LogLevel> level = parse_log_level(name);
    ASSERT_TRUE(level);
    EXPECT_EQ(to_string(*level), name);
  }
  EXPECT_EQ(parse_log_level("loud").error().message,
            "\"loud\" is not a log level: use trace, debug, info, warn, error or fatal");
}

TEST(Log, LinesOfManyThreadsStayWhole) {
  ManualClock clock;
  std::vector<std::string> lines;
  {
    Log log({.format = LogFormat::kHuman,
             .output = [&](std::string_view line) { lines.emplace_back(line); }},
            clock);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < 500; ++i) log.info("thread {} line {}", t, i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(lines.size(), 2000U);
  std::array<int, 4> next{};
  for (const std::string& line : lines) {
    int t = -1;
    int i = -1;
    ASSERT_EQ(std::sscanf(line.c_str(), "00:00:00.000 info  thread %d line %d\n", &t, &i), 2);
    EXPECT_EQ(i, next.at(static_cast<std::size_t>(t))++);
  }
}

/// Standard error is a pipe of `capacity` bytes while this lives.
class RedirectedStderr {
 public:
  explicit RedirectedStderr(int capacity) : saved_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::pipe(pipe_.data()), 0);
    EXPECT_GE(::fcntl(pipe_[1], F_SETPIPE_SZ, capacity), capacity);
    ::dup2(pipe_[1], STDERR_FILENO);
    ::close(pipe_[1]);
  }
  ~RedirectedStderr() {
    restore();
    ::close(pipe_[0]);
  }
  void restore() {
    if (saved_ < 0) return;
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    saved_ = -1;
  }
  /// Everything up to the end of the pipe.
  [[nodiscard]] std::string read_all() const {
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t count = 0; (count = ::read(pipe_[0], buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  int saved_;
  std::array<int, 2> pipe_{};
};

TEST(Log, WritesToStandardError) {
  ManualClock clock;
  RedirectedStderr redirected(65536);
  {
    Log log({.format = LogFormat::kAuto}, clock);
    log.info("first");
    log.error("second");
    log.flush();
  }
  redirected.restore();
  EXPECT_EQ(redirected.read_all(),
            R"({"time":"2024-01-01T00:00:00.000000Z","level":"info","message":"first"})"
            "\n"
            R"({"time":"2024-01-01T00:00:00.000000Z","level":"error","message":"second"})"
            "\n");
}

TEST(Log, AReaderThatDoesNotReadLosesLinesAndStopsNobody) {
  constexpr int kLines = 1000;
  ManualClock clock;
  RedirectedStderr redirected(4096);
  std::string text;
  std::uint64_t dropped = 0;
  {
    Log log({.format = LogFormat::kHuman, .max_waiting_lines = 8}, clock);
    // Nobody reads: this returns although the pipe has room for a fraction of it.
    for (int i = 0; i < kLines; ++i) log.info("line {} {}", i, std::string(80, 'x'));
    EXPECT_GT(log.dropped(), 0U);

    std::thread reader([&] { text = redirected.read_all(); });
    log.flush();
    clock.advance(2s);
    log.info("the end");
    log.flush();
    dropped = log.dropped();
    redirected.restore();
    reader.join();
  }
  std::uint64_t written = 0;
  for (std::size_t at = 0; (at = text.find("  line ", at)) != std::string::npos; ++at) ++written;
  EXPECT_EQ(written + dropped, kLines);
  EXPECT_NE(text.find("log lines were dropped"), std::string::npos);
  EXPECT_TRUE(text.ends_with("the end\n"));
}

TEST(Log, EndsAlthoughNobodyReads) {
  ManualClock clock;
  RedirectedStderr redirected(4096);
  {
    Log log({.format = LogFormat::kHuman}, clock);
    for (int i = 0; i < 200; ++i) log.info("line {} {}", i, std::string(80, 'x'));
  }
  redirected.restore();
  EXPECT_NE(redirected.read_all().find("line 0 "), std::string::npos);
}

}  // namespace
}  // namespace hermes
