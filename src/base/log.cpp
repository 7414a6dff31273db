#include "base/log.hpp"

#include "base/log_format.hpp"
#include "base/text.hpp"

#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <utility>

namespace hermes {
namespace {

constexpr std::array<std::string_view, 6> kLevelNames = {"trace", "debug", "info",
                                                         "warn",  "error", "fatal"};

/// How often at most the log itself says that lines were lost.
constexpr std::chrono::seconds kDropReportInterval{1};

/// How long the end of the log waits for a reader of standard error that does not read.
constexpr std::chrono::seconds kLastWrites{1};

/// How often a write that waits looks whether the log is at its end.
constexpr int kWriteWaitMs = 50;

/// A pipe that is ready takes this much without blocking (POSIX, PIPE_BUF).
constexpr std::size_t kWriteBytes = 4096;

/// The end of spdlog's queue: writes finished lines, on spdlog's thread, and counts them.
class LineSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  [[nodiscard]] const std::atomic<std::uint64_t>& written() const { return written_; }

  /// From `end` on lines are dropped that cannot be written at once.
  void give_up_at(std::chrono::steady_clock::time_point end) { end_.store(end); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    write({message.payload.data(), message.payload.size()});
    written_.fetch_add(1);
    written_.notify_all();
  }
  void flush_() override {}

  /// Writes all of `text` to standard error. What cannot be written is lost: there is nowhere to
  /// say so.
  void write(std::string_view text) const {
    while (!text.empty()) {
      pollfd ready{STDERR_FILENO, POLLOUT, 0};
      const bool last = std::chrono::steady_clock::now() >= end_.load();
      const int events = ::poll(&ready, 1, last ? 0 : kWriteWaitMs);
      if (events == 0 && last) return;
      if (events < 0 && errno != EINTR) return;
      if (events <= 0) continue;
      const ssize_t count = ::write(STDERR_FILENO, text.data(), std::min(text.size(), kWriteBytes));
      if (count >= 0) {
        text.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno != EAGAIN && errno != EINTR) {
        return;
      }
    }
  }

  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::chrono::steady_clock::time_point> end_{
      std::chrono::steady_clock::time_point::max()};
};

}  // namespace

std::string_view to_string(LogLevel level) { return kLevelNames[static_cast<std::size_t>(level)]; }

Result<LogLevel> parse_log_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == text) return static_cast<LogLevel>(i);
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" is not a log level: use trace, debug, info, warn, error or fatal",
                          printable(text)));
}

/// Hands lines to spdlog's thread, or to the function that was given instead.
class Log::Writer {
 public:
  Writer(std::function<void(std::string_view)> output, std::size_t max_waiting_lines)
      : output_(std::move(output)) {
    if (output_) return;
    sink_ = std::make_shared<LineSink>();
    pool_ = std::make_shared<spdlog::details::thread_pool>(
        std::max<std::size_t>(1, max_waiting_lines), 1);
    logger_ = std::make_shared<spdlog::async_logger>("hermes", sink_, pool_,
                                                     spdlog::async_overflow_policy::overrun_oldest);
  }

  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    // spdlog writes what is waiting before its thread ends.
    if (sink_) sink_->give_up_at(std::chrono::steady_clock::now() + kLastWrites);
  }

  void write(std::string_view line) {
    if (output_) {
      std::lock_guard lock(mutex_);
      output_(line);
      return;
    }
    posted_.fetch_add(1);
    logger_->log(spdlog::level::critical, spdlog::string_view_t(line.data(), line.size()));
  }

  [[nodiscard]] std::uint64_t dropped() const { return pool_ ? pool_->overrun_counter() : 0; }

  void flush() {
    if (output_) return;
    const std::uint64_t target = posted_.load();
    for (;;) {
      const std::uint64_t written = sink_->written().load();
      if (written + pool_->overrun_counter() >= target) return;
      // A line is dropped only by one that is written later: the count changes in the end.
      sink_->written().wait(written);
    }
  }

  /// How many lines were lost so far, if it is time to say so again; else 0.
  std::uint64_t drops_to_report(SteadyTime now) {
    const std::uint64_t total = dropped();
    if (total == reported_.load(std::memory_order_relaxed)) return 0;
    std::lock_guard lock(mutex_);
    if (now < next_report_) return 0;
    next_report_ = now + kDropReportInterval;
    reported_.store(total, std::memory_order_relaxed);
    return total;
  }

 private:
  std::function<void(std::string_view)> output_;
  std::shared_ptr<LineSink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::atomic<std::uint64_t> posted_{0};
  std::atomic<std::uint64_t> reported_{0};
  std::mutex mutex_;
  SteadyTime next_report_{};
};

Log::Log(LogOptions options, const Clock& clock) : clock_(clock), level_(options.level) {
  const bool terminal = !options.output && ::isatty(STDERR_FILENO) == 1;
  json_ = options.format == LogFormat::kJson || (options.format == LogFormat::kAuto && !terminal);
  // https://no-color.org: set to anything but the empty text.
  const char* no_colour = std::getenv("NO_COLOR");
  const bool refused = no_colour != nullptr && *no_colour != '\0';
  colour_ = options.colour.value_or(terminal && !refused);
  writer_ = std::make_unique<Writer>(std::move(options.output), options.max_waiting_lines);
}

Log::~Log() = default;

void Log::write(const LogEntry& entry) {
  if (!enabled(entry.level)) return;
  // One buffer per thread: a line costs no allocation once the buffer has grown.
  thread_local std::string line;
  const auto append = [&](const LogEntry& what) {
    if (json_) {
      append_json_line(line, what, clock_.wall());
    } else {
      append_human_line(line, what, clock_.wall(), colour_);
    }
  };
  line.clear();
  if (const std::uint64_t lost = writer_->drops_to_report(clock_.steady()); lost > 0) {
    const LogField count{"dropped_so_far", lost};
    append({.level = LogLevel::kWarn,
            .message = "log lines were dropped because they came faster than they could be written",
            .fields = {&count, 1}});
  }
  append(entry);
  writer_->write(line);
  if (entry.level >= LogLevel::kWarn) recent_problems_.add(entry, clock_.wall());
}

std::uint64_t Log::dropped() const { return writer_->dropped(); }

void Log::flush() { writer_->flush(); }

void Log::write_formatted(LogLevel level, fmt::string_view format, fmt::format_args arguments) {
  if (!enabled(level)) return;
  thread_local std::string message;
  message.clear();
  fmt::vformat_to(std::back_inserter(message), format, arguments);
  write({.level = level, .message = message});
}

}  // namespace hermes
