#include "http/client/multi.hpp"

#include <boost/asio/error.hpp>

#include <cassert>
#include <utility>

namespace hermes::http {

using boost::system::error_code;

Multi::Multi(boost::asio::io_context& io, const Bounds& bounds,
             std::function<void(CURL*, CURLcode)> on_done)
    : io_(io), on_done_(std::move(on_done)), timer_(io), multi_(curl_multi_init()) {
  assert(multi_ != nullptr && "out of memory");
  const auto set = [this](CURLMoption option, auto value) {
    [[maybe_unused]] const CURLMcode code = curl_multi_setopt(multi_, option, value);
    assert(code == CURLM_OK && "libcurl is older than 7.88");
  };
  set(CURLMOPT_SOCKETFUNCTION, &Multi::on_socket);
  set(CURLMOPT_SOCKETDATA, this);
  set(CURLMOPT_TIMERFUNCTION, &Multi::on_timer);
  set(CURLMOPT_TIMERDATA, this);
  set(CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(bounds.connections));
  set(CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(bounds.connections_per_host));
  set(CURLMOPT_MAXCONNECTS, static_cast<long>(bounds.idle_connections));
  // One request at a time on each connection, also with HTTP/2: a reader that pauses is held back
  // by TCP, and holds back nobody else.
  set(CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
}

Multi::~Multi() {
  curl_multi_cleanup(multi_);
  // What libcurl has not given back, its sockets being closed.
  for (const auto& [socket, watch] : watches_) {
    watch->ended = true;
    watch->descriptor.release();
  }
}

bool Multi::add(CURL* easy) { return curl_multi_add_handle(multi_, easy) == CURLM_OK; }

void Multi::remove(CURL* easy) {
  [[maybe_unused]] const CURLMcode code = curl_multi_remove_handle(multi_, easy);
  assert(code == CURLM_OK);
}

int Multi::on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* self, void* /*watch*/) {
  static_cast<Multi*>(self)->watch(socket, what);
  return 0;
}

int Multi::on_timer(CURLM* /*multi*/, long milliseconds, void* self) {
  auto& multi = *static_cast<Multi*>(self);
  if (milliseconds < 0) {
    multi.timer_.cancel();
    return 0;
  }
  // Never at once: this is called from within libcurl.
  multi.timer_.expires_after(std::chrono::milliseconds{milliseconds});
  multi.timer_.async_wait([&multi](const error_code& error) {
    if (!error) multi.act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void Multi::watch(curl_socket_t socket, int what) {
  const auto found = watches_.find(socket);
  if (what == CURL_POLL_REMOVE) {
    if (found == watches_.end()) return;
    const std::shared_ptr<Watch> watch = std::move(found->second);
    watches_.erase(found);
    watch->ended = true;
    // Waits end; the socket stays libcurl's, which may close it and get the same number again.
    watch->descriptor.release();
    return;
  }
  std::shared_ptr<Watch> watch;
  if (found == watches_.end()) {
    watch = std::make_shared<Watch>(io_, socket);
    watches_.emplace(socket, watch);
  } else {
    watch = found->second;
  }
  watch->wanted = what;
  wait(watch);
}

void Multi::wait(const std::shared_ptr<Watch>& watch) {
  // CURL_POLL_IN is 1, CURL_POLL_OUT 2, CURL_POLL_INOUT both.
  const curl_socket_t socket = watch->descriptor.native_handle();
  if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->waits_to_read) {
    watch->waits_to_read = true;
    watch->descriptor.async_wait(Descriptor::wait_read, [this, watch, socket](const error_code&) {
      watch->waits_to_read = false;
      // An error of the socket is libcurl's to find.
      if (!watch->ended && (watch->wanted & CURL_POLL_IN) != 0) act(socket, CURL_CSELECT_IN);
      if (!watch->ended) wait(watch);
    });
  }
  if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->waits_to_write) {
    watch->waits_to_write = true;
    watch->descriptor.async_wait(Descriptor::wait_write, [this, watch, socket](const error_code&) {
      watch->waits_to_write = false;
      if (!watch->ended && (watch->wanted & CURL_POLL_OUT) != 0) act(socket, CURL_CSELECT_OUT);
      if (!watch->ended) wait(watch);
    });
  }
}

void Multi::act(curl_socket_t socket, int ready) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, ready, &running);
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) on_done_(message->easy_handle, message->data.result);
  }
}

}  // namespace hermes::http
