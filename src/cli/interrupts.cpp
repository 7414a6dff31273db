#include "cli/interrupts.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace hermes::cli {

namespace {

constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();

std::unexpected<Error> system_failure(const char* what) {
  return fail(ErrorCode::kSystem, std::string(what) + ": " + std::strerror(errno));
}

SteadyTime now() { return SystemClock().steady(); }

}  // namespace

class Interrupts::Impl {
 public:
  Impl(Callback callback, const sigset_t& previous, bool hangup_ignored, int signals, int wake)
      : callback_(std::move(callback)),
        previous_(previous),
        hangup_ignored_(hangup_ignored),
        signals_(signals),
        wake_(wake),
        thread_([this] { run(); }) {}

  ~Impl() {
    stopping_ = true;
    wake();
    thread_.join();
    close(signals_);
    close(wake_);
    pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
  }

  void set_deadline(SteadyTime time) {
    deadline_ = time.time_since_epoch().count();
    wake();
  }

 private:
  void wake() const {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the thread is awake.
    static_cast<void>(write(wake_, &one, sizeof one));
  }

  // Until the deadline; none: for ever.
  std::optional<Duration> left() const {
    const std::int64_t deadline = deadline_;
    if (deadline == kNoDeadline) return std::nullopt;
    return std::max(Duration::zero(), SteadyTime{Duration{deadline}} - now());
  }

  void report(const signalfd_siginfo& info) {
    if (info.ssi_signo == SIGHUP) {
      // A process asks for something; the kernel says that the terminal has gone.
      if (info.ssi_code <= 0) return callback_({.reload = true});
      if (hangup_ignored_) return;
    }
    callback_({.signal = static_cast<int>(info.ssi_signo), .count = ++count_});
  }

  void run() {
    while (!stopping_) {
      std::array<pollfd, 2> watched = {pollfd{signals_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
      timespec timeout{};
      const std::optional<Duration> wait = left();
      if (wait) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(*wait);
        timeout.tv_sec = seconds.count();
        timeout.tv_nsec = (*wait - seconds).count();
      }
      const int ready = ppoll(watched.data(), watched.size(), wait ? &timeout : nullptr, nullptr);
      if (ready < 0 && errno != EINTR) return;
      if (stopping_) return;
      if (wait && left() == Duration::zero()) {
        deadline_ = kNoDeadline;
        callback_({});
      }
      std::uint64_t ignored = 0;
      if (ready > 0 && (watched[1].revents & POLLIN) != 0) {
        static_cast<void>(read(wake_, &ignored, sizeof ignored));
      }
      if (ready > 0 && (watched[0].revents & POLLIN) != 0) {
        signalfd_siginfo info{};
        if (read(signals_, &info, sizeof info) == sizeof info) report(info);
      }
    }
  }

  Callback callback_;
  sigset_t previous_;
  bool hangup_ignored_;
  int signals_;
  int wake_;
  int count_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> deadline_{kNoDeadline};
  std::thread thread_;
};

Result<std::unique_ptr<Interrupts>> Interrupts::watch(Callback callback) {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGHUP);
  // nohup(1) starts programs like this. A signal that is blocked is not ignored.
  struct sigaction hangup{};
  const bool hangup_ignored =
      sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler == SIG_IGN;
  sigset_t previous;
  if (pthread_sigmask(SIG_BLOCK, &watched, &previous) != 0) {
    return system_failure("cannot block signals");
  }
  const int signals = signalfd(-1, &watched, SFD_CLOEXEC);
  if (signals < 0) return system_failure("cannot watch signals");
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) {
    const auto failure = system_failure("cannot make an event descriptor");
    close(signals);
    return failure;
  }
  return std::unique_ptr<Interrupts>(new Interrupts(
      std::make_unique<Impl>(std::move(callback), previous, hangup_ignored, signals, wake)));
}

Interrupts::Interrupts(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Interrupts::~Interrupts() = default;

void Interrupts::set_deadline(SteadyTime time) { impl_->set_deadline(time); }

}  // namespace hermes::cli
