// What the connections of one worker share.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/thread_index.hpp"
#include "event/intrusive_list.hpp"
#include "http/date.hpp"
#include "http/handler.hpp"
#include "http/io.hpp"
#include "http/limits.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace hermes::http {

/// How requests went, for one access log entry.
struct Answered {
  const Request& request;
  unsigned status = 0;
  /// Of the answer's content, as sent.
  std::uint64_t content_bytes = 0;
  /// From the end of the request's fields to the end of the answer.
  Duration took{0};
  /// Not all of it was sent: the client went away, or was too slow.
  bool broken_off = false;
};

/// Told about each answer. Any worker; must not block.
class AnswerObserver {
 public:
  AnswerObserver() = default;
  AnswerObserver(const AnswerObserver&) = delete;
  AnswerObserver& operator=(const AnswerObserver&) = delete;
  virtual ~AnswerObserver() = default;
  virtual void on_answered(const Answered& answered) = 0;
  /// A client and this server have not agreed on TLS. `why` lives for ever.
  virtual void on_handshake_failed(const Tcp::endpoint& client, std::string_view why) = 0;
};

/// Counted by all workers; read by whoever likes to.
struct ServerCounters {
  std::atomic<std::size_t> open{0};
  std::atomic<std::uint64_t> accepted{0};
  /// Over one of the bounds of connections.
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> requests{0};
  /// Of addresses that asked more often than they may: those that had to wait, and those that were
  /// refused.
  std::atomic<std::uint64_t> delayed{0};
  std::atomic<std::uint64_t> too_many{0};
  /// Ended because they were too slow.
  std::atomic<std::uint64_t> timed_out{0};
  /// Held for requests whose content is collected.
  std::atomic<std::uint64_t> content_bytes{0};
};

/// What one worker counts of the connections that one listener took: that worker alone adds,
/// anybody reads.
struct alignas(kCacheLine) ListenerCounters {
  class Counter {
   public:
    void add(std::uint64_t by = 1) {
      // Nobody else writes: no need for an atomic addition.
      value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

   private:
    std::atomic<std::uint64_t> value_{0};
  };

  Counter accepted;
  /// Of those that were accepted.
  Counter closed;
  /// Over one of the bounds of connections.
  Counter refused;
  /// Ended because they were too slow.
  Counter timed_out;
  /// TLS: connections that have become secure, and those that have not.
  Counter handshakes;
  Counter handshakes_failed;
  /// Bytes, without what TLS adds.
  Counter received;
  Counter sent;
};

/// A connection as the shard that looks after it sees it.
class ShardEntry {
 public:
  ShardEntry() = default;
  ShardEntry(const ShardEntry&) = delete;
  ShardEntry& operator=(const ShardEntry&) = delete;
  virtual ~ShardEntry() = default;

  /// Called from time to time: ends what takes too long.
  virtual void check(SteadyTime now) = 0;
  /// The server stops: an idle connection ends now, another with its answer.
  virtual void drain() = 0;
  /// Ends whatever it does.
  virtual void abort() = 0;

  // In the list of the shard.
  ShardEntry* previous = nullptr;
  ShardEntry* next = nullptr;
};

/// What a connection needs of its surroundings. Used on one worker, but for `counters`.
struct Shard {
  Shard(boost::asio::io_context& its_io, const Clock& its_clock, const Limits& its_limits,
        Handler& its_handler, ServerCounters& its_counters, AnswerObserver* its_observer,
        std::uint64_t seed)
      : io(its_io),
        clock(its_clock),
        limits(its_limits),
        handler(its_handler),
        counters(its_counters),
        observer(its_observer),
        random(seed) {}

  boost::asio::io_context& io;
  const Clock& clock;
  const Limits& limits;
  Handler& handler;
  ServerCounters& counters;
  /// nullptr: nobody.
  AnswerObserver* observer;
  SeededRandom random;
  DateCache date;
  bool draining = false;
  event::IntrusiveList<ShardEntry> connections;

  /// Buffers for heads: a connection without a request has none.
  std::unique_ptr<char[]> take_buffer();
  void give_buffer(std::unique_ptr<char[]> buffer);
  static constexpr std::size_t kBufferBytes = std::size_t{8} * 1024;
  /// For bytes that are read and looked at without waiting in between; of all connections.
  std::span<char> scratch();

 private:
  static constexpr std::size_t kMostBuffers = 256;
  static constexpr std::size_t kScratchBytes = std::size_t{64} * 1024;
  std::vector<std::unique_ptr<char[]>> buffers_;
  std::unique_ptr<char[]> scratch_;
};

}  // namespace hermes::http
