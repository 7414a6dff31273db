// What session tickets are encrypted with (RFC 5077, RFC 8446 section 4.6.1).
#pragma once

#include "base/adaptive_mutex.hpp"
#include "base/clock.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

namespace hermes::http {

/// Keys that live in memory only: who gets hold of one can read the sessions of some hours, not of
/// all times. Shared by all workers, so that a session is resumed on any. Any thread.
class TicketKeys {
 public:
  /// A new key comes after so long; the one before still opens its tickets for as long again.
  static constexpr Duration kRotation = std::chrono::hours{6};

  static constexpr std::size_t kNameBytes = 16;
  struct Key {
    /// Goes with the ticket, in the clear.
    std::array<std::byte, kNameBytes> name{};
    /// AES-256.
    std::array<std::byte, 32> cipher{};
    /// HMAC-SHA-256.
    std::array<std::byte, 32> mac{};
  };

  /// `clock` outlives it.
  explicit TicketKeys(const Clock& clock);
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  /// For new tickets.
  Key current();

  struct Found {
    Key key;
    /// The client should get a new ticket.
    bool outdated = false;
  };
  /// For a ticket that has come back; nothing: its key is gone.
  std::optional<Found> find(std::span<const std::byte, kNameBytes> name);

 private:
  /// Lets keys go whose time is over. Under mutex_.
  void rotate();

  const Clock& clock_;
  // Held while some dozen bytes are copied.
  AdaptiveMutex mutex_;
  Key current_;
  SteadyTime made_at_;
  std::optional<Key> previous_;
};

}  // namespace hermes::http
