// One connection: its socket, and how long it may take.
#pragma once

#include "base/clock.hpp"
#include "http/io.hpp"
#include "http/shard.hpp"
#include "http/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace hermes::http {

/// What a connection waits for; each has its own time.
enum class Phase : std::uint8_t {
  /// Nothing of a request is there.
  kIdle,
  kHead,
  kContent,
  /// The handler has the request.
  kHandling,
  kAnswering,
  /// The answer is sent; what the client still sends is thrown away, so that it can read it.
  kLingering,
};

/// Why waiting has ended.
enum class Waited : std::uint8_t {
  kReady,
  /// The phase has lasted for longer than it may.
  kTimeout,
  /// The server stops, or the client is gone.
  kEnded,
};

/// Waits, and is looked at by its shard from time to time: there is no timer per connection. All on
/// one worker.
class Connection final : public ShardEntry {
 public:
  Connection(Shard& shard, Socket socket, std::unique_ptr<Transport> transport);
  /// Closes.
  ~Connection() override;

  /// Serves requests until the connection ends, and ends it.
  Awaitable<void> run();

  [[nodiscard]] Shard& shard() const { return shard_; }
  [[nodiscard]] const Tcp::endpoint& client() const { return client_; }

  /// How far a phase has come, for one that is left and goes on later.
  struct Progress {
    Duration lasted{0};
    std::uint64_t moved = 0;
  };
  /// Begins a phase, or goes on with it.
  void enter(Phase phase) { enter(phase, Progress{}); }
  void enter(Phase phase, const Progress& progress);
  [[nodiscard]] Progress progress() const {
    return {.lasted = shard_.clock.steady() - phase_began_, .moved = moved_};
  }

  /// Reads at least one byte, waiting where it must. 0: the client has ended its side, or waiting
  /// has ended otherwise: see ended().
  Awaitable<std::size_t> read(std::span<char> into);
  /// Writes all. false: it could not.
  Awaitable<bool> write(std::span<iovec> from);
  /// Sends `length` bytes of the file from `offset` on. false: it could not.
  Awaitable<bool> send_file(int descriptor, std::uint64_t offset, std::uint64_t length);
  /// Waits until there is something to read; takes nothing.
  Awaitable<Waited> wait_for_request();

  /// How waiting has ended for the last time; kReady as long as it has not.
  [[nodiscard]] Waited ended() const { return ended_; }
  /// Goes on after kTimeout, to say so.
  void forgive_timeout() { ended_ = Waited::kReady; }

  /// Sends nothing more and waits for a moment until the client has closed: a connection that is
  /// closed while the client still sends takes the answer with it (RFC 9112 section 9.6).
  Awaitable<void> linger();

  // ShardEntry
  void check(SteadyTime now) override;
  void drain() override;
  void abort() override;

 private:
  Awaitable<Waited> wait(IoResult::State what);
  void end(Waited how);

  Shard& shard_;
  Socket socket_;
  std::unique_ptr<Transport> transport_;
  Tcp::endpoint client_;
  Phase phase_ = Phase::kIdle;
  SteadyTime phase_began_{};
  std::uint64_t moved_ = 0;
  Waited ended_ = Waited::kReady;
};

}  // namespace hermes::http
