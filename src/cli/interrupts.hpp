// What interrupts a command from outside: signals, and the end of its time.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <functional>
#include <memory>

namespace hermes::cli {

/// What has happened.
struct Interrupt {
  /// SIGINT, SIGTERM, or SIGHUP when the terminal has gone; 0: the time set with set_deadline() has
  /// come, or `reload`.
  int signal = 0;
  /// The how-manieth signal this is, from 1.
  int count = 0;
  /// Some process has sent SIGHUP: what can be read again while the program runs, should be.
  bool reload = false;
};

/// Takes SIGINT, SIGTERM and SIGHUP out of the usual way, and reports them on a thread of its own.
/// Make it before any other thread: the signals are blocked in the calling thread and in all that
/// it starts. One per process at a time.
class Interrupts {
 public:
  /// Called on the thread of this object.
  using Callback = std::function<void(const Interrupt&)>;

  static Result<std::unique_ptr<Interrupts>> watch(Callback callback);
  /// Ends the thread, and restores how signals are handled.
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Reports at `time`, once. Any thread; a later call replaces an earlier one.
  void set_deadline(SteadyTime time);

 private:
  class Impl;
  explicit Interrupts(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hermes::cli
