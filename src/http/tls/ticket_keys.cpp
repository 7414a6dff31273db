#include "http/tls/ticket_keys.hpp"

#include "base/random.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <mutex>

namespace hermes::http {
namespace {

TicketKeys::Key new_key() {
  SystemRandom random;
  TicketKeys::Key key;
  random.fill(key.name);
  random.fill(key.cipher);
  random.fill(key.mac);
  return key;
}

void forget(TicketKeys::Key& key) { OPENSSL_cleanse(&key, sizeof key); }

}  // namespace

TicketKeys::TicketKeys(const Clock& clock)
    : clock_(clock), current_(new_key()), made_at_(clock.steady()) {}

TicketKeys::~TicketKeys() {
  forget(current_);
  if (previous_) forget(*previous_);
}

void TicketKeys::rotate() {
  const SteadyTime now = clock_.steady();
  const Duration age = now - made_at_;
  if (age < kRotation) return;
  if (previous_) forget(*previous_);
  previous_.reset();
  if (age < 2 * kRotation) previous_ = current_;
  forget(current_);
  current_ = new_key();
  made_at_ = now;
}

TicketKeys::Key TicketKeys::current() {
  const std::lock_guard lock(mutex_);
  rotate();
  return current_;
}

std::optional<TicketKeys::Found> TicketKeys::find(std::span<const std::byte, kNameBytes> name) {
  const std::lock_guard lock(mutex_);
  rotate();
  if (std::ranges::equal(name, current_.name)) return Found{.key = current_};
  if (previous_ && std::ranges::equal(name, previous_->name)) {
    return Found{.key = *previous_, .outdated = true};
  }
  return std::nullopt;
}

}  // namespace hermes::http
