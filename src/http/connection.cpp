#include "http/connection.hpp"

#include "http/http1_session.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hermes::http {
namespace {

using boost::system::error_code;

/// What a client may still send after the last answer, and how long that may take.
constexpr std::size_t kMostDiscarded = std::size_t{256} * 1024;
constexpr Duration kLingerTime = std::chrono::seconds{2};

}  // namespace

Connection::Connection(Shard& shard, Socket socket, std::unique_ptr<Transport> transport)
    : shard_(shard), socket_(std::move(socket)), transport_(std::move(transport)) {
  error_code error;
  client_ = socket_.remote_endpoint(error);
  shard_.connections.push_back(*this);
  enter(Phase::kIdle);
}

Connection::~Connection() {
  if (told_) *told_ = nullptr;
  shard_.connections.remove(*this);
}

Awaitable<void> Connection::run() {
  Http1Session session(*this);
  co_await session.run();
}

void Connection::enter(Phase phase, const Progress& progress) {
  phase_ = phase;
  reading_ = speed_of(progress);
}

void Connection::begin_sending(const Progress& progress) {
  sending_ = true;
  writing_ = speed_of(progress);
}

void Connection::tell_when_readable(const IoResult& result) {
  if (std::exchange(telling_, true)) return;
  if (!told_) told_ = std::make_shared<Connection*>(this);
  const auto kind =
      result.state == IoResult::State::kWaitForWrite ? Socket::wait_write : Socket::wait_read;
  socket_.async_wait(kind, [told = told_](const error_code&) {
    Connection* const connection = *told;
    if (connection == nullptr) return;
    connection->telling_ = false;
    if (connection->user_ != nullptr) connection->user_->on_readable();
  });
}

Awaitable<Waited> Connection::wait(IoResult::State what) {
  if (ended_ != Waited::kReady) co_return ended_;
  const auto kind = what == IoResult::State::kWaitForRead ? Socket::wait_read : Socket::wait_write;
  const auto [error] = co_await socket_.async_wait(kind, kAwait);
  if (error && ended_ == Waited::kReady) ended_ = Waited::kEnded;
  co_return ended_;
}

Awaitable<Waited> Connection::wait_for_request() {
  if (transport_->has_pending()) co_return ended_;
  co_return co_await wait(IoResult::State::kWaitForRead);
}

IoResult Connection::try_read(std::span<char> into) {
  // What has come since the connection ended comes too late.
  if (ended_ != Waited::kReady) return {.state = IoResult::State::kFailed};
  const IoResult result = transport_->read(into);
  if (result.moved()) {
    reading_.moved += result.bytes;
  } else if (!result.must_wait()) {
    ended_ = Waited::kEnded;
  }
  return result;
}

Awaitable<std::size_t> Connection::read(std::span<char> into) {
  for (;;) {
    const IoResult result = try_read(into);
    if (result.moved()) co_return result.bytes;
    if (!result.must_wait()) co_return 0;
    const Waited waited = co_await wait(result.state);
    if (waited != Waited::kReady) co_return 0;
  }
}

Awaitable<bool> Connection::write(std::span<iovec> from) {
  for (;;) {
    while (!from.empty() && from.front().iov_len == 0) from = from.subspan(1);
    if (from.empty()) co_return true;
    const IoResult result = transport_->write(from);
    if (result.moved()) {
      written_ += result.bytes;
      writing_.moved += result.bytes;
      std::size_t left = result.bytes;
      for (iovec& each : from) {
        const std::size_t taken = std::min(left, each.iov_len);
        each.iov_base = static_cast<char*>(each.iov_base) + taken;
        each.iov_len -= taken;
        left -= taken;
        if (left == 0) break;
      }
      continue;
    }
    if (!result.must_wait()) {
      ended_ = Waited::kEnded;
      co_return false;
    }
    const Waited waited = co_await wait(result.state);
    if (waited != Waited::kReady) co_return false;
  }
}

Awaitable<bool> Connection::send_file(int descriptor, std::uint64_t offset, std::uint64_t length) {
  while (length > 0) {
    const IoResult result = transport_->send_file(descriptor, offset, length);
    if (result.moved()) {
      written_ += result.bytes;
      writing_.moved += result.bytes;
      offset += result.bytes;
      length -= result.bytes;
      continue;
    }
    if (!result.must_wait()) {
      ended_ = Waited::kEnded;
      co_return false;
    }
    const Waited waited = co_await wait(result.state);
    if (waited != Waited::kReady) co_return false;
  }
  co_return true;
}

Awaitable<void> Connection::linger() {
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) co_return;
  enter(Phase::kLingering);
  std::array<char, 4096> nowhere{};
  std::size_t discarded = 0;
  while (discarded < kMostDiscarded) {
    const std::size_t count = co_await read(nowhere);
    if (count == 0) co_return;
    discarded += count;
  }
}

void Connection::check(SteadyTime now) {
  const Limits& limits = shard_.limits;
  const Duration lasted = now - reading_.since;
  if (sending_ && is_too_slow(writing_, now)) end(Waited::kTimeout);
  switch (phase_) {
    case Phase::kIdle:
      if (lasted > limits.idle_time) end(Waited::kTimeout);
      break;
    case Phase::kHead:
      if (lasted > limits.header_time) end(Waited::kTimeout);
      break;
    case Phase::kContent:
      if (is_too_slow(reading_, now)) end(Waited::kTimeout);
      break;
    case Phase::kHandling:
      if (user_ != nullptr && user_->watches_client() && client_is_gone()) end(Waited::kEnded);
      break;
    case Phase::kLingering:
      if (lasted > kLingerTime) end(Waited::kTimeout);
      break;
  }
}

bool Connection::is_too_slow(Speed& speed, SteadyTime now) const {
  const Limits& limits = shard_.limits;
  const Duration lasted = now - speed.since;
  if (lasted <= limits.rate_grace) return false;
  const double wanted = std::chrono::duration<double>(lasted).count() *
                        static_cast<double>(limits.min_bytes_per_second);
  if (static_cast<double>(speed.moved) < wanted) return true;
  speed = {.since = now, .moved = 0};
  return false;
}

void Connection::drain() {
  if (phase_ != Phase::kIdle) return;
  // A request that has just come, and was not looked at yet, gets its answer.
  char first = 0;
  const bool came = transport_->has_pending() ||
                    ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  if (!came) end(Waited::kEnded);
}

void Connection::abort() { end(Waited::kEnded); }

void Connection::end(Waited how) {
  if (ended_ != Waited::kReady) return;
  ended_ = how;
  if (how == Waited::kTimeout && phase_ != Phase::kIdle && phase_ != Phase::kLingering) {
    shard_.counters.timed_out.fetch_add(1, std::memory_order_relaxed);
  }
  error_code ignored;
  socket_.cancel(ignored);
  if (user_ != nullptr) user_->on_ended();
}

bool Connection::client_is_gone() {
  pollfd state{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) > 0;
}

}  // namespace hermes::http
