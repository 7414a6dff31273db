#include "http/transport.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace hermes::http {
namespace {

/// So much of a file is handed to the socket at a time.
constexpr std::uint64_t kMostAtOnce = std::uint64_t{256} * 1024;

IoResult after(ssize_t moved, IoResult::State otherwise_wait) {
  if (moved > 0) return {IoResult::State::kMoved, static_cast<std::size_t>(moved)};
  if (moved == 0) return {IoResult::State::kEnd, 0};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {otherwise_wait, 0};
  return {IoResult::State::kFailed, 0};
}

template <class Call>
ssize_t not_interrupted(Call&& call) {
  for (;;) {
    const ssize_t result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace

IoResult PlainTransport::read(std::span<char> into) {
  const ssize_t read =
      not_interrupted([&] { return ::recv(descriptor_, into.data(), into.size(), 0); });
  return after(read, IoResult::State::kWaitForRead);
}

IoResult PlainTransport::write(std::span<const iovec> from, Then then) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(from.data());
  message.msg_iovlen = std::min<std::size_t>(from.size(), IOV_MAX);
  const int flags = MSG_NOSIGNAL | (then == Then::kMore ? MSG_MORE : 0);
  const ssize_t written = not_interrupted([&] { return ::sendmsg(descriptor_, &message, flags); });
  return after(written, IoResult::State::kWaitForWrite);
}

IoResult PlainTransport::send_file(int descriptor, std::uint64_t offset, std::uint64_t length) {
  auto position = static_cast<off_t>(offset);
  const ssize_t sent = not_interrupted([&] {
    return ::sendfile(descriptor_, descriptor, &position, std::min(length, kMostAtOnce));
  });
  // Nothing, although there should be something: the file was cut.
  if (sent == 0) return {IoResult::State::kFailed, 0};
  return after(sent, IoResult::State::kWaitForWrite);
}

}  // namespace hermes::http
