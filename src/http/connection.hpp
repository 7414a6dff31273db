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
#include <string_view>

namespace hermes::http {

/// What a connection waits for; each has its own time.
enum class Phase : std::uint8_t {
  /// TLS is being agreed on.
  kHandshake,
  /// Nothing of a request is there.
  kIdle,
  kHead,
  kContent,
  /// The handler has the request, or the answer is being sent.
  kHandling,
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

/// Who serves a connection, as the connection sees it.
class ConnectionUser {
 public:
  /// Connection::tell_when_readable was asked, and there is something to read, or to be found out.
  virtual void on_readable() = 0;
  /// The connection has ended for another reason than that reading or writing failed.
  virtual void on_ended() = 0;
  /// Whether a client that goes away in the phase kHandling is to be noticed.
  [[nodiscard]] virtual bool watches_client() const = 0;

 protected:
  ~ConnectionUser() = default;
};

/// A session with several requests under way looks after their times itself. On the worker.
class ConnectionWatch {
 public:
  ConnectionWatch() = default;
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;
  virtual ~ConnectionWatch() = default;

  // What the shard tells its connections (ShardEntry).
  virtual void check(SteadyTime now) = 0;
  virtual void drain() = 0;
};

/// Waits, and is looked at by its shard from time to time: there is no timer per connection. All on
/// one worker.
class Connection final : public ShardEntry {
 public:
  /// Both outlive it. `listener`: that which took it, as its worker counts it.
  Connection(Shard& shard, ListenerCounters& listener, Socket socket,
             std::unique_ptr<Transport> transport);
  /// Closes.
  ~Connection() override;

  /// Serves requests until the connection ends, and ends it.
  Awaitable<void> run();

  [[nodiscard]] Shard& shard() const { return shard_; }
  [[nodiscard]] const Tcp::endpoint& client() const { return client_; }
  /// Over TLS.
  [[nodiscard]] bool secure() const { return transport_->secure(); }
  /// For who moves bytes without waiting. The phase does not count them.
  [[nodiscard]] Transport& transport() { return *transport_; }
  [[nodiscard]] const Transport& transport() const { return *transport_; }

  /// For the counters of the listener, when bytes were moved so.
  void count_received(std::size_t bytes) { listener_.received.add(bytes); }
  void count_sent(std::size_t bytes) { listener_.sent.add(bytes); }

  /// `watch` looks after the times from now on, instead of the phases; nullptr: these again.
  void set_watch(ConnectionWatch* watch) { watch_ = watch; }

  /// How far a phase has come, for one that is left and goes on later: since its speed was last
  /// looked at.
  struct Progress {
    Duration lasted{0};
    std::uint64_t moved = 0;
  };
  /// Begins a phase, or goes on with it.
  void enter(Phase phase) { enter(phase, Progress{}); }
  void enter(Phase phase, const Progress& progress);
  [[nodiscard]] Phase phase() const { return phase_; }
  /// Of the phase: what was read.
  [[nodiscard]] Progress progress() const { return progress_of(reading_); }

  /// Begins to send a part of an answer, or goes on with it, whatever the phase.
  void begin_sending(const Progress& progress);
  /// How far it has come.
  Progress end_sending() {
    sending_ = false;
    return progress_of(writing_);
  }
  /// Bytes that were ever written.
  [[nodiscard]] std::uint64_t written() const { return written_; }

  /// Who is told about what happens; nullptr: nobody.
  void set_user(ConnectionUser* user) { user_ = user; }
  /// on_readable will be called, once, when what `result` of try_read waits for has come.
  void tell_when_readable(const IoResult& result);

  /// Reads what is there.
  IoResult try_read(std::span<char> into);
  /// Reads at least one byte, waiting where it must. 0: the client has ended its side, or waiting
  /// has ended otherwise: see ended().
  Awaitable<std::size_t> read(std::span<char> into);
  /// Writes all. false: it could not.
  Awaitable<bool> write(std::span<iovec> from, Then then = Then::kNothing);
  /// Sends `length` bytes of the file from `offset` on. false: it could not.
  Awaitable<bool> send_file(int descriptor, std::uint64_t offset, std::uint64_t length);
  /// Waits until there is something to read; takes nothing.
  Awaitable<Waited> wait_for_request();

  /// Waits until the socket is ready for what an attempt has said. Two may wait at the same time.
  Awaitable<Waited> wait(IoResult::State what);
  /// The one who waits goes on, as if the socket were ready. Somebody waits.
  void interrupt();
  /// The client was too slow.
  void count_timeout();

  /// So much moves without waiting before other connections of the worker have their turn: a client
  /// that is as fast as this server never makes it wait.
  static constexpr std::size_t kTurnBytes = std::size_t{1} << 20;

  /// How waiting has ended for the last time; kReady as long as it has not.
  [[nodiscard]] Waited ended() const { return ended_; }
  /// Goes on after kTimeout, to say so.
  void forgive_timeout() { ended_ = Waited::kReady; }

  /// An answer is not whole: the client is not told, at the end, that it has got everything.
  void break_off() { broken_off_ = true; }

  /// A client speaks TLS where there is none: tells it so, as far as that can be said.
  Awaitable<void> refuse_tls();

  /// Sends nothing more and waits for a moment until the client has closed: a connection that is
  /// closed while the client still sends takes the answer with it (RFC 9112 section 9.6).
  Awaitable<void> linger();

  // ShardEntry
  void check(SteadyTime now) override;
  void drain() override;
  void abort() override;

 private:
  void end(Waited how);
  /// `bytes` have moved in this turn.
  void count_turn(std::size_t bytes) { turn_ += bytes; }
  [[nodiscard]] bool turn_is_over() const { return turn_ >= kTurnBytes; }
  /// The others first.
  Awaitable<void> next_turn();
  /// Since when bytes are counted, and how many have moved since then.
  struct Speed {
    SteadyTime since{};
    std::uint64_t moved = 0;
  };
  [[nodiscard]] Speed speed_of(const Progress& progress) const {
    return {.since = shard_.clock.steady() - progress.lasted, .moved = progress.moved};
  }
  [[nodiscard]] Progress progress_of(const Speed& speed) const {
    return {.lasted = shard_.clock.steady() - speed.since, .moved = speed.moved};
  }
  /// Looked at once in each grace period: bytes that moved before it do not make up for it.
  [[nodiscard]] bool is_too_slow(Speed& speed, SteadyTime now) const;
  [[nodiscard]] bool client_is_gone();
  Awaitable<void> serve();
  /// false: there is no secure connection, and the client knows.
  Awaitable<bool> secure_itself();
  void handshake_failed(std::string_view why);
  Awaitable<void> refuse_plain();
  /// Says that this is the end, unless it is none in order, waiting where it must.
  Awaitable<void> finish();

  Shard& shard_;
  ListenerCounters& listener_;
  Socket socket_;
  std::unique_ptr<Transport> transport_;
  Tcp::endpoint client_;
  bool broken_off_ = false;
  Phase phase_ = Phase::kIdle;
  Speed reading_;
  bool sending_ = false;
  Speed writing_;
  std::uint64_t written_ = 0;
  /// Moved since others have had their turn.
  std::size_t turn_ = 0;
  ConnectionUser* user_ = nullptr;
  /// Of the wait that on_readable comes from, if there is one: null once the connection is gone.
  std::shared_ptr<Connection*> told_;
  bool telling_ = false;
  Waited ended_ = Waited::kReady;
  bool interrupted_ = false;
  ConnectionWatch* watch_ = nullptr;
};

}  // namespace hermes::http
