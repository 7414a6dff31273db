#include "http/connection.hpp"

#include "http/http1_session.hpp"
#include "http/http2_session.hpp"
#include "http/request_id.hpp"
#include "http/response.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <variant>

namespace hermes::http {
namespace {

using boost::system::error_code;

/// What a client may still send after the last answer, and how long that may take.
constexpr std::size_t kMostDiscarded = std::size_t{256} * 1024;
constexpr Duration kLingerTime = std::chrono::seconds{2};

/// A fatal alert of TLS, handshake_failure (RFC 8446 section 6): what a client of TLS understands
/// of a server without it.
constexpr std::array kNoTlsHere{'\x15', '\x03', '\x03', '\0', '\x02', '\x02', '\x28'};

iovec part(std::string_view text) {
  return {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
}

}  // namespace

Connection::Connection(Shard& shard, ListenerCounters& listener, Socket socket,
                       std::unique_ptr<Transport> transport)
    : shard_(shard),
      listener_(listener),
      socket_(std::move(socket)),
      transport_(std::move(transport)) {
  error_code error;
  client_ = socket_.remote_endpoint(error);
  listener_.accepted.add();
  shard_.connections.push_back(*this);
  enter(Phase::kIdle);
}

Connection::~Connection() {
  if (told_) *told_ = nullptr;
  shard_.connections.remove(*this);
  listener_.closed.add();
}

Awaitable<void> Connection::run() {
  if (transport_->secure()) {
    const bool secured = co_await secure_itself();
    if (!secured) co_return;
  }
  co_await serve();
  // What has not said good-bye: a connection without a request that the server closes.
  if (!broken_off_) static_cast<void>(transport_->finish());
}

Awaitable<void> Connection::serve() {
  std::string received;
  if (transport_->alpn() != "h2") {
    Http1Session session(*this);
    co_await session.run();
    if (!session.is_http2()) co_return;
    received = session.received();
  }
  // Most connections have none: it is not in this frame.
  const auto session = std::make_unique<Http2Session>(*this);
  co_await session->run(received);
}

Awaitable<bool> Connection::secure_itself() {
  enter(Phase::kHandshake);
  for (;;) {
    const IoResult result = transport_->handshake();
    if (result.moved()) {
      listener_.handshakes.add();
      co_return true;
    }
    if (!result.must_wait()) break;
    const Waited waited = co_await wait(result.state);
    if (waited == Waited::kTimeout) handshake_failed("the client took too long");
    if (waited != Waited::kReady) co_return false;
  }
  const HandshakeFailure failure = transport_->handshake_failure();
  if (failure.kind == HandshakeFailure::Kind::kNothingSent) co_return false;
  handshake_failed(failure.reason);
  broken_off_ = true;
  if (failure.kind == HandshakeFailure::Kind::kPlain) {
    co_await refuse_plain();
  } else {
    // The alert should arrive.
    co_await linger();
  }
  co_return false;
}

void Connection::handshake_failed(std::string_view why) {
  listener_.handshakes_failed.add();
  if (shard_.observer != nullptr) shard_.observer->on_handshake_failed(client_, why);
}

Awaitable<void> Connection::refuse_plain() {
  const RequestId id = RequestId::from({}, shard_.random);
  const Response response =
      problem(400, "this port speaks TLS; the address begins with https://", id.text());
  const auto& content = std::get<std::string>(response.content());
  const std::string answer = fmt::format(
      "HTTP/1.1 400 Bad Request\r\n{}Content-Length: {}\r\nConnection: close\r\n"
      "X-Request-Id: {}\r\n\r\n{}",
      response.lines(), content.size(), id.text(), content);
  transport_ = std::make_unique<PlainTransport>(socket_.native_handle());
  enter(Phase::kHandling);
  begin_sending({});
  std::array parts{part(answer)};
  const bool sent = co_await write(parts);
  if (sent) co_await linger();
}

Awaitable<void> Connection::refuse_tls() {
  handshake_failed("the client speaks TLS to a listener without it");
  enter(Phase::kHandling);
  begin_sending({});
  std::array parts{part({kNoTlsHere.data(), kNoTlsHere.size()})};
  const bool sent = co_await write(parts);
  if (sent) co_await linger();
}

Awaitable<void> Connection::finish() {
  for (;;) {
    const IoResult result = transport_->finish();
    if (!result.must_wait()) co_return;
    const Waited waited = co_await wait(result.state);
    if (waited != Waited::kReady) co_return;
  }
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
  turn_ = 0;
  const auto kind = what == IoResult::State::kWaitForRead ? Socket::wait_read : Socket::wait_write;
  const auto [error] = co_await socket_.async_wait(kind, kAwait);
  if (std::exchange(interrupted_, false)) co_return ended_;
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
    count_turn(result.bytes);
    listener_.received.add(result.bytes);
  } else if (!result.must_wait()) {
    ended_ = Waited::kEnded;
  }
  return result;
}

Awaitable<void> Connection::next_turn() {
  turn_ = 0;
  co_await boost::asio::post(shard_.io, boost::asio::use_awaitable_t<IoExecutor>{});
}

Awaitable<std::size_t> Connection::read(std::span<char> into) {
  if (turn_is_over()) co_await next_turn();
  for (;;) {
    const IoResult result = try_read(into);
    if (result.moved()) co_return result.bytes;
    if (!result.must_wait()) co_return 0;
    const Waited waited = co_await wait(result.state);
    if (waited != Waited::kReady) co_return 0;
  }
}

Awaitable<bool> Connection::write(std::span<iovec> from, Then then) {
  for (;;) {
    if (turn_is_over()) {
      co_await next_turn();
      if (ended_ != Waited::kReady) co_return false;
    }
    while (!from.empty() && from.front().iov_len == 0) from = from.subspan(1);
    if (from.empty()) co_return true;
    const IoResult result = transport_->write(from, then);
    if (result.moved()) {
      written_ += result.bytes;
      writing_.moved += result.bytes;
      count_turn(result.bytes);
      listener_.sent.add(result.bytes);
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
    if (turn_is_over()) {
      co_await next_turn();
      if (ended_ != Waited::kReady) co_return false;
    }
    const IoResult result = transport_->send_file(descriptor, offset, length);
    if (result.moved()) {
      written_ += result.bytes;
      writing_.moved += result.bytes;
      count_turn(result.bytes);
      listener_.sent.add(result.bytes);
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
  enter(Phase::kLingering);
  if (!broken_off_) co_await finish();
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) co_return;
  // Nobody looks at it: it need not be decrypted.
  PlainTransport socket(socket_.native_handle());
  std::array<char, 4096> nowhere{};
  std::size_t discarded = 0;
  while (discarded < kMostDiscarded) {
    const IoResult result = socket.read(nowhere);
    if (result.moved()) {
      discarded += result.bytes;
      continue;
    }
    if (!result.must_wait()) co_return;
    const Waited waited = co_await wait(result.state);
    if (waited != Waited::kReady) co_return;
  }
}

void Connection::check(SteadyTime now) {
  if (watch_ != nullptr) return watch_->check(now);
  const Limits& limits = shard_.limits;
  const Duration lasted = now - reading_.since;
  if (sending_ && is_too_slow(writing_, now)) end(Waited::kTimeout);
  switch (phase_) {
    case Phase::kHandshake:
      if (lasted > limits.handshake_time) end(Waited::kTimeout);
      break;
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
  if (http::is_too_slow(limits, lasted, speed.moved)) return true;
  speed = {.since = now, .moved = 0};
  return false;
}

void Connection::drain() {
  if (watch_ != nullptr) return watch_->drain();
  // Nobody has asked for anything yet.
  if (phase_ == Phase::kHandshake) return end(Waited::kEnded);
  if (phase_ != Phase::kIdle) return;
  // A request that has just come, and was not looked at yet, gets its answer.
  char first = 0;
  const bool came = transport_->has_pending() ||
                    ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  if (!came) end(Waited::kEnded);
}

void Connection::interrupt() {
  interrupted_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::abort() { end(Waited::kEnded); }

void Connection::end(Waited how) {
  if (ended_ != Waited::kReady) return;
  ended_ = how;
  if (how == Waited::kTimeout && phase_ != Phase::kIdle && phase_ != Phase::kLingering) {
    count_timeout();
  }
  error_code ignored;
  socket_.cancel(ignored);
  if (user_ != nullptr) user_->on_ended();
}

void Connection::count_timeout() {
  shard_.counters.timed_out.fetch_add(1, std::memory_order_relaxed);
  listener_.timed_out.add();
}

bool Connection::client_is_gone() {
  pollfd state{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) > 0;
}

}  // namespace hermes::http
