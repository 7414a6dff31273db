#include "http/tls/transport.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace hermes::http {
namespace {

/// Where a record is put together. Not initialised: that would take as long as filling it.
using Record = std::array<char, TlsTransport::kRecordBytes>;

int as_int(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

/// Requests begin with the name of a method; TLS with the byte 22.
bool could_be_http(char first) {
  return (first >= ' ' && first <= '~') || first == '\r' || first == '\n';
}

}  // namespace

/// OpenSSL's own way to a socket raises SIGPIPE, and hides what has come.
struct TlsTransport::SocketBio {
  static TlsTransport& owner(BIO* bio) { return *static_cast<TlsTransport*>(BIO_get_data(bio)); }

  template <class Call>
  static int move(BIO* bio, void (*retry)(BIO*), Call&& call) {
    BIO_clear_retry_flags(bio);
    ssize_t moved = 0;
    do {
      moved = call();
    } while (moved < 0 && errno == EINTR);
    if (moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) retry(bio);
    return static_cast<int>(moved);
  }

  static int read(BIO* bio, char* into, int size) {
    TlsTransport& self = owner(bio);
    const int count = move(
        bio, [](BIO* it) { BIO_set_retry_read(it); },
        [&] { return ::recv(self.descriptor_, into, static_cast<std::size_t>(size), 0); });
    if (count <= 0 || self.received_any_) return count;
    self.received_any_ = true;
    self.received_text_ = could_be_http(*into);
    // Nobody understands an alert there.
    return self.received_text_ ? -1 : count;
  }

  static int write(BIO* bio, const char* from, int size) {
    return move(
        bio, [](BIO* it) { BIO_set_retry_write(it); },
        [&] {
          return ::send(owner(bio).descriptor_, from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
        });
  }

  static long control(BIO*, int command, long, void*) {
    // There is nothing to flush; everything else is not known here.
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static const BIO_METHOD* method() {
    static const BioMethodPtr kMethod = [] {
      BioMethodPtr made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "hermes socket"));
      if (made != nullptr) {
        BIO_meth_set_read(made.get(), read);
        BIO_meth_set_write(made.get(), write);
        BIO_meth_set_ctrl(made.get(), control);
      }
      return made;
    }();
    return kMethod.get();
  }
};

TlsTransport::TlsTransport(int descriptor, std::shared_ptr<const TlsContext> context)
    : descriptor_(descriptor), context_(std::move(context)), ssl_(context_->new_connection()) {
  BIO* const bio = ssl_ == nullptr ? nullptr : BIO_new(SocketBio::method());
  if (bio == nullptr) {
    ERR_clear_error();
    state_ = State::kBroken;
    failure_ = "there is no memory for it";
    return;
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

IoResult TlsTransport::after(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  switch (error) {
    case SSL_ERROR_WANT_READ:
      return {IoResult::State::kWaitForRead, 0};
    case SSL_ERROR_WANT_WRITE:
      return {IoResult::State::kWaitForWrite, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {IoResult::State::kEnd, 0};
    default:
      break;
  }
  // Also where the client's side just ends, without close_notify: what came may not be all.
  failure_ = error == SSL_ERROR_SSL ? take_openssl_reason() : "the client has closed";
  ERR_clear_error();
  state_ = State::kBroken;
  return {IoResult::State::kFailed, 0};
}

IoResult TlsTransport::handshake() {
  if (state_ != State::kHandshake) {
    return {state_ == State::kBroken ? IoResult::State::kFailed : IoResult::State::kMoved, 0};
  }
  ERR_clear_error();
  const int result = SSL_accept(ssl_.get());
  if (result != 1) return after(result);
  state_ = State::kOpen;
  return {IoResult::State::kMoved, 0};
}

HandshakeFailure TlsTransport::handshake_failure() const {
  if (received_text_) return {"the client speaks HTTP without TLS", HandshakeFailure::Kind::kPlain};
  if (!received_any_ && ssl_ != nullptr) return {failure_, HandshakeFailure::Kind::kNothingSent};
  return {failure_, HandshakeFailure::Kind::kRefused};
}

IoResult TlsTransport::finish() {
  if (state_ != State::kOpen) return {IoResult::State::kMoved, 0};
  ERR_clear_error();
  const int result = SSL_shutdown(ssl_.get());
  if (result < 0) return after(result);
  state_ = State::kFinished;
  return {IoResult::State::kMoved, 0};
}

IoResult TlsTransport::read(std::span<char> into) {
  if (state_ == State::kBroken) return {IoResult::State::kFailed, 0};
  ERR_clear_error();
  const int count = SSL_read(ssl_.get(), into.data(), as_int(into.size()));
  if (count <= 0) return after(count);
  return {IoResult::State::kMoved, static_cast<std::size_t>(count)};
}

IoResult TlsTransport::write_record(std::span<const char> bytes) {
  if (state_ != State::kOpen) return {IoResult::State::kFailed, 0};
  ERR_clear_error();
  const int count = SSL_write(ssl_.get(), bytes.data(), as_int(bytes.size()));
  if (count <= 0) return after(count);
  return {IoResult::State::kMoved, static_cast<std::size_t>(count)};
}

IoResult TlsTransport::write(std::span<const iovec> from, Then /*then*/) {
  while (!from.empty() && from.front().iov_len == 0) from = from.subspan(1);
  if (from.empty()) return {IoResult::State::kFailed, 0};
  // What is in one piece is not copied.
  if (from.size() == 1 || from.front().iov_len >= kRecordBytes) {
    return write_record({static_cast<const char*>(from.front().iov_base),
                         std::min(from.front().iov_len, kRecordBytes)});
  }
  Record record;
  std::size_t size = 0;
  for (const iovec& each : from) {
    const std::size_t taken = std::min(each.iov_len, record.size() - size);
    if (taken > 0) std::memcpy(record.data() + size, each.iov_base, taken);
    size += taken;
    if (size == record.size()) break;
  }
  return write_record(std::span(record).first(size));
}

IoResult TlsTransport::send_file(int descriptor, std::uint64_t offset, std::uint64_t length) {
  Record record;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, record.size()));
  std::size_t size = 0;
  while (size < wanted) {
    const ssize_t count =
        ::pread(descriptor, record.data() + size, wanted - size, static_cast<off_t>(offset + size));
    if (count < 0 && errno == EINTR) continue;
    // Nothing, although there should be something: the file was cut.
    if (count <= 0) return {IoResult::State::kFailed, 0};
    size += static_cast<std::size_t>(count);
  }
  return write_record(std::span(record).first(size));
}

bool TlsTransport::has_pending() const {
  return ssl_ != nullptr && SSL_has_pending(ssl_.get()) == 1;
}

std::string_view TlsTransport::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace hermes::http
