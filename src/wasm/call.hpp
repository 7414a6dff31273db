// One fresh instance, and the calls made in it.
#pragma once

#include "base/result.hpp"
#include "hermes_native/wasm.h"
#include "wasm/call_context.hpp"
#include "wasm/error.hpp"
#include "wasm/export_call.hpp"
#include "wasm/instance_pre.hpp"
#include "wasm/waker.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>

namespace hermes::wasm {

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): its references delete it.
class Call;
class WasiView;

/// Told when a call that waits can go on. Outlives every call that it owns and that is open.
class CallOwner {
 public:
  /// `call` is to be polled, once, by whoever the owner chooses. Called by whatever woke the call,
  /// on any thread, possibly with locks held: only note it (post a task), do not poll here.
  /// Exactly one on_wake follows each poll that answered kWaiting, and none at any other time.
  virtual void on_wake(Call& call) noexcept = 0;

 protected:
  ~CallOwner() = default;
};

/// Bounds on one call.
struct CallLimits {
  /// All linear memories and tables together.
  std::uint64_t max_memory_bytes = 256ULL * 1024 * 1024;
  /// Entries of the guest's tables of handles, each.
  std::uint32_t max_handles = 10'000;
};

/// How a call ended: with success, or with the reason.
using CallOutcome = std::expected<void, CallError>;

/// A fresh instance of a component, in a store of its own, used for one call or, when the guest's
/// resources need it, for several. The object itself is reused: open, start, poll..., close, open.
///
///   idle --start--> runnable --poll--> running --+--> idle       (kDone: outcome() is there)
///                      ^                         +--> runnable   (kRunnable: poll again)
///                      +--on_wake-- waiting <----+               (kWaiting: on_wake will come)
///
/// Threads: wake() and cancel() may be called from any thread at any time. Everything else belongs
/// to whoever has the turn: from start() or on_wake() until poll() answers kWaiting. A turn may go
/// from one thread to another. Threads that poll or close are inside an Engine::ThreadScope.
class Call final : public WakeTarget {
 public:
  enum class Poll {
    /// Ended; see outcome(). on_wake does not come any more.
    kDone,
    /// Its time slice is over, or it was woken meanwhile: it can go on at once. The caller keeps
    /// the turn, and decides what runs first.
    kRunnable,
    /// Waits; the turn is given up. on_wake may have come already.
    kWaiting,
  };

  /// An object without an instance. Shared with wakers, which may outlive its use.
  [[nodiscard]] static Ref<Call> create();

  /// Prepares a fresh instance of `pre`; nothing of the guest runs. `pre`, `context`,
  /// `owner` and `wasi` (may be null) are used until close(). The object must be closed. Fails when
  /// the engine is out of resources.
  [[nodiscard]] Result<void> open(const InstancePre& pre, CallContext& context, CallOwner& owner,
                                  const CallLimits& limits, const WasiView* wasi);

  /// Sets what to run next, and takes the turn. The first of these makes the instance. Only while
  /// idle, and not after a failure. `exported` and `call` must stay until it has ended.
  [[nodiscard]] Result<void> start(const ExportFunc& exported, ExportCall& call);
  /// Only makes the instance, running its start functions.
  [[nodiscard]] Result<void> start_instantiate();
  /// Runs the destructor of a resource of this instance, which `resource` gives up. Refused when
  /// `resource` holds none: its slot may be that of another resource by now.
  template <class Tag>
  [[nodiscard]] Result<void> start_drop(GuestResource<Tag>& resource) {
    if (!resource.held()) {
      return fail(ErrorCode::kInvalidArgument,
                  "a resource of the guest was passed on or dropped before");
    }
    return start_drop_slot(resource.release());
  }

  /// Runs the guest until it ends, waits, or has used its time slice.
  [[nodiscard]] Poll poll();

  /// How the last run ended. After kDone, until the next start or close.
  [[nodiscard]] const CallOutcome& outcome() const noexcept { return outcome_; }

  /// Asks for the end of whatever runs: the next poll answers kDone with
  /// CallError::Kind::kCancelled (unless the guest ends first), and on_wake comes if the call
  /// waits. Guest code does not run again. Any thread. Without effect on a call that is idle.
  void cancel() noexcept;

  /// Ends the instance: frees everything of the guest and resets the context. Only with the turn,
  /// or idle. Also for an object that is not open.
  void close() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return open_; }
  /// Most bytes that the instance's memories and tables have had together; also of an instance that
  /// has ended, until close().
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept;

  void wake() noexcept override;

 private:
  enum class State : std::uint8_t { kIdle, kRunnable, kRunning, kRunningWoken, kWaiting };
  struct Deleter {
    void operator()(hn_call* call) const noexcept { hn_call_delete(call); }
  };

  Call() = default;
  ~Call() override;

  [[nodiscard]] Result<void> start_drop_slot(std::uint32_t slot);
  [[nodiscard]] Result<void> take_turn(hn_error* error);
  Poll end(CallOutcome outcome) noexcept;
  void close_native() noexcept;

  std::atomic<State> state_{State::kIdle};
  std::atomic<bool> cancelled_{false};
  CallOwner* owner_ = nullptr;
  CallContext* context_ = nullptr;
  /// Made by the first open(), and kept.
  std::unique_ptr<hn_call, Deleter> native_;
  bool open_ = false;
  CallOutcome outcome_;
  std::uint64_t final_memory_bytes_ = 0;
};

/// Polls a call that was started until it ends, sleeping while it waits. For tools and tests: it
/// keeps the thread. The call must have been opened with `BlockingOwner`.
class BlockingOwner final : public CallOwner {
 public:
  void on_wake(Call& call) noexcept override;
  /// The outcome of `call`, which was opened with this owner and started.
  [[nodiscard]] const CallOutcome& run_to_completion(Call& call);

 private:
  std::mutex mutex_;
  std::condition_variable woken_changed_;
  bool woken_ = false;
};

}  // namespace hermes::wasm
