#include "http/server.hpp"

#include "http/address_counts.hpp"
#include "http/connection.hpp"
#include "http/https_handlers.hpp"
#include "http/request_pacing.hpp"
#include "http/tls/transport.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace hermes::http {
namespace {

using boost::system::error_code;

/// Connections are looked at this often; their times are kept as exactly as that.
constexpr std::chrono::milliseconds kLookEach{250};

/// After a failure to accept (no file descriptor is left) the next try waits so long.
constexpr std::chrono::milliseconds kAcceptAgain{200};

constexpr int kBacklog = 1024;

/// A connection beyond what may be open is told so after this; of one worker so many wait for that,
/// more are told at once.
constexpr std::chrono::seconds kRefusalPause{1};
constexpr std::size_t kMostRefused = 1024;

constexpr std::string_view kTooMany =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
    "Retry-After: 1\r\nContent-Length: 95\r\nConnection: close\r\n\r\n"
    R"({"title":"Service Unavailable","status":503,"detail":"there are too many connections already"})"
    "\n";

/// The same before TLS: a fatal alert, internal_error (RFC 8446 section 6).
constexpr std::string_view kTooManyTls("\x15\x03\x03\x00\x02\x02\x50", 7);

/// What is answered depends on how the client came.
enum class Way : std::uint8_t { kPlain, kSecure, kRedirect };
constexpr std::size_t kWays = 3;

/// Sockets of other programs could listen at the same port, and get a part of the connections, as
/// long as all of them ask for that. Nobody else does, if one that does not ask can have the port.
error_code check_is_free(boost::asio::io_context& io, const Tcp::endpoint& address) {
  Acceptor probe(io);
  error_code error;
  if (probe.open(address.protocol(), error)) return error;
  if (probe.set_option(Tcp::acceptor::reuse_address(true), error)) return error;
  if (address.address().is_v6() && probe.set_option(boost::asio::ip::v6_only(true), error)) {
    return error;
  }
  static_cast<void>(probe.bind(address, error));
  return error;
}

error_code listen(Acceptor& acceptor, const Tcp::endpoint& address) {
  error_code error;
  const auto done = [&](const error_code& result) { return static_cast<bool>(error = result); };
  error_code step;
  if (done(acceptor.open(address.protocol(), step))) return error;
  if (done(acceptor.set_option(Tcp::acceptor::reuse_address(true), step))) return error;
  using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  if (done(acceptor.set_option(ReusePort(true), step))) return error;
  if (address.address().is_v6() &&
      done(acceptor.set_option(boost::asio::ip::v6_only(true), step))) {
    return error;
  }
  if (done(acceptor.bind(address, step))) return error;
  done(acceptor.listen(kBacklog, step));
  return error;
}

}  // namespace

std::string to_text(const Tcp::endpoint& address) {
  const std::string text = address.address().to_string();
  return address.address().is_v6() ? fmt::format("[{}]:{}", text, address.port())
                                   : fmt::format("{}:{}", text, address.port());
}

class Server::Impl {
 public:
  Impl(const ServerOptions& options, event::WorkerPool& workers, Handler& handler,
       AnswerObserver* observer, Log& log)
      : limits_(options.limits), log_(log), by_address_(limits_.max_connections_per_address) {
    if (!options.secure.strict_transport_security.empty()) {
      strict_.emplace(handler, options.secure.strict_transport_security);
    }
    // By Way.
    std::array<Handler*, kWays> handlers{
        &handler, strict_ ? static_cast<Handler*>(&*strict_) : &handler, &redirect_};
    if (limits_.max_requests_per_second_per_address > 0) {
      rates_.emplace(limits_.max_requests_per_second_per_address,
                     limits_.max_request_burst_per_address, RequestPacing::kPatience);
      for (Handler*& each : handlers) {
        each = &paced_.emplace_back(*rates_, workers.clock(), counters_, *each);
      }
    }
    SystemRandom random;
    for (std::size_t i = 0; i < workers.size(); ++i) {
      parts_.push_back(std::make_unique<Part>(workers.io(i)));
      Part& part = *parts_.back();
      part.tls = options.secure.context;
      for (std::size_t way = 0; way < kWays; ++way) {
        part.shards[way] =
            std::make_unique<Shard>(workers.io(i), workers.clock(), limits_, *handlers[way],
                                    counters_, observer, random.next());
      }
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    if (!stopped_) stop(Duration::zero());
  }

  Result<void> listen(const ServerOptions& options) {
    const SecureOptions& secure = options.secure;
    if (auto done = listen_at(options.addresses, Way::kPlain); !done) return done;
    if (auto done = listen_at(secure.addresses, Way::kSecure); !done) return done;
    if (auto done = listen_at(secure.redirect_addresses, Way::kRedirect); !done) return done;
    if (!secure.redirect_addresses.empty()) {
      redirect_.set_port(secure.redirect_port != 0 ? secure.redirect_port
                                                   : addresses(Way::kSecure).front().port());
    }
    return {};
  }

  Result<void> listen_at(const std::vector<Tcp::endpoint>& addresses, Way way) {
    for (Tcp::endpoint address : addresses) {
      const auto refused = [&address](const error_code& error) {
        return fail(ErrorCode::kSystem,
                    fmt::format("cannot listen at {}: {}; choose another address, or port 0",
                                to_text(address), error.message()));
      };
      if (const error_code error = check_is_free(parts_.front()->io, address)) {
        return refused(error);
      }
      for (const auto& part : parts_) {
        Listener& listener = part->listeners.emplace_back(part->io, way);
        Acceptor& acceptor = *listener.acceptor;
        if (const error_code error = http::listen(acceptor, address)) return refused(error);
        // The port that the first has got is that of all.
        error_code ignored;
        address = acceptor.local_endpoint(ignored);
        listener.address = address;
      }
      addresses_[static_cast<std::size_t>(way)].push_back(address);
    }
    return {};
  }

  void run() {
    for (const auto& part : parts_) {
      for (Listener& listener : part->listeners) {
        spawn(*part, [this, &part = *part, &listener] { return accept(part, listener); });
      }
      spawn(*part, [this, &part = *part] { return look(part); });
    }
  }

  std::size_t stop(Duration grace) {
    stopped_ = true;
    for (const auto& part : parts_) {
      boost::asio::post(part->io, [&part = *part] {
        part.draining = true;
        for (const auto& shard : part.shards) shard->draining = true;
        error_code ignored;
        for (Listener& listener : part.listeners) listener.acceptor->close(ignored);
        refuse_until(part, SteadyTime::max());
        for_each(part, [](ShardEntry& each) { each.drain(); });
      });
    }
    std::size_t cut_off = 0;
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, grace, [this] { return counters_.open == 0; })) {
      cut_off = counters_.open;
      for (const auto& part : parts_) {
        boost::asio::post(
            part->io, [&part = *part] { for_each(part, [](ShardEntry& each) { each.abort(); }); });
      }
      changed_.wait(lock, [this] { return counters_.open == 0; });
    }
    for (const auto& part : parts_) {
      boost::asio::post(part->io, [&part = *part] {
        part.stopping = true;
        part.timer.cancel();
      });
    }
    changed_.wait(lock, [this] { return running_ == 0; });
    // Acceptors belong to the threads of the workers.
    std::size_t left = parts_.size();
    for (const auto& part : parts_) {
      boost::asio::post(part->io, [this, &part = *part, &left] {
        for (Listener& listener : part.listeners) listener.acceptor.reset();
        const std::lock_guard guard(mutex_);
        --left;
        changed_.notify_all();
      });
    }
    changed_.wait(lock, [&] { return left == 0; });
    return cut_off;
  }

  void use(const std::shared_ptr<const TlsContext>& context) {
    for (const auto& part : parts_) {
      boost::asio::post(part->io, [&part = *part, context] { part.tls = context; });
    }
  }

  [[nodiscard]] const std::vector<Tcp::endpoint>& addresses(Way way) const {
    return addresses_[static_cast<std::size_t>(way)];
  }
  [[nodiscard]] const ServerCounters& counters() const { return counters_; }

  [[nodiscard]] std::vector<ListenerStats> listeners() const {
    std::vector<ListenerStats> all;
    for (std::size_t i = 0; i < parts_.front()->listeners.size(); ++i) {
      ListenerStats& stats =
          all.emplace_back(ListenerStats{.address = parts_.front()->listeners[i].address});
      for (const auto& part : parts_) {
        const ListenerCounters& counters = part->listeners[i].counters;
        // First, so that what ends meanwhile is not missing in the other.
        const std::uint64_t closed = counters.closed.read();
        const std::uint64_t accepted = counters.accepted.read();
        stats.open += accepted > closed ? accepted - closed : 0;
        stats.accepted += accepted;
        stats.refused += counters.refused.read();
        stats.timed_out += counters.timed_out.read();
        stats.handshakes += counters.handshakes.read();
        stats.handshakes_failed += counters.handshakes_failed.read();
        stats.received += counters.received.read();
        stats.sent += counters.sent.read();
      }
    }
    return all;
  }

 private:
  struct Listener {
    Listener(boost::asio::io_context& io, Way its_way)
        : acceptor(std::in_place, io), way(its_way) {}

    /// Until the server has stopped.
    std::optional<Acceptor> acceptor;
    Way way;
    Tcp::endpoint address;
    ListenerCounters counters;
  };

  /// A connection beyond what may be open. It is told a little later: who comes again at once would
  /// keep the server busy with nothing else.
  struct Refused {
    Socket socket;
    SteadyTime until;
    Way way;
  };

  /// What one worker has.
  struct Part {
    explicit Part(boost::asio::io_context& its_io) : io(its_io), timer(its_io) {}

    [[nodiscard]] Shard& shard(Way way) const { return *shards[static_cast<std::size_t>(way)]; }

    boost::asio::io_context& io;
    std::array<std::unique_ptr<Shard>, kWays> shards;
    /// They stay where they are.
    std::deque<Listener> listeners;
    /// In the order of their times.
    std::deque<Refused> refused;
    /// For connections that come; its own, so that nobody waits for anybody when it is replaced.
    std::shared_ptr<const TlsContext> tls;
    bool draining = false;
    Timer timer;
    bool stopping = false;
  };

  /// A connection may end when it is told something.
  template <class Tell>
  static void for_each(Part& part, Tell&& tell) {
    for (const auto& shard : part.shards) {
      ShardEntry* next = nullptr;
      for (ShardEntry* each = shard->connections.front(); each != nullptr; each = next) {
        next = each->next;
        tell(*each);
      }
    }
  }

  template <class Body>
  void spawn(Part& part, Body body) {
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    boost::asio::co_spawn(part.io.get_executor(), std::move(body),
                          [this](const std::exception_ptr& failure) {
                            if (failure) std::rethrow_exception(failure);
                            const std::lock_guard lock(mutex_);
                            --running_;
                            changed_.notify_all();
                          });
  }

  Awaitable<void> accept(Part& part, Listener& listener) {
    bool failed = false;
    while (!part.draining) {
      Tcp::endpoint client;
      auto [error, socket] = co_await listener.acceptor->async_accept(client, kAwait);
      if (part.draining) break;
      if (error == boost::asio::error::connection_aborted) continue;
      if (error) {
        if (!failed) log_.warn("http: cannot accept a connection: {}", error.message());
        failed = true;
        Timer again(part.io, kAcceptAgain);
        co_await again.async_wait(kAwait);
        continue;
      }
      failed = false;
      take(part, listener, std::move(socket), client);
    }
  }

  void take(Part& part, Listener& listener, Socket socket, const Tcp::endpoint& client) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    // An answer is written in one piece; waiting for more would only make it late.
    socket.set_option(Tcp::no_delay(true), ignored);
    const bool few = counters_.open.fetch_add(1) < limits_.max_connections;
    if (!few || !by_address_.add(client.address())) {
      counters_.refused.fetch_add(1, std::memory_order_relaxed);
      listener.counters.refused.add();
      closed();
      Refused refused{.socket = std::move(socket),
                      .until = part.shard(Way::kPlain).clock.steady() + kRefusalPause,
                      .way = listener.way};
      if (part.refused.size() < kMostRefused) {
        part.refused.push_back(std::move(refused));
      } else {
        refuse(refused);
      }
      return;
    }
    counters_.accepted.fetch_add(1, std::memory_order_relaxed);
    std::unique_ptr<Transport> transport;
    if (listener.way == Way::kSecure) {
      transport = std::make_unique<TlsTransport>(socket.native_handle(), part.tls);
    } else {
      transport = std::make_unique<PlainTransport>(socket.native_handle());
    }
    auto connection = std::make_unique<Connection>(part.shard(listener.way), listener.counters,
                                                   std::move(socket), std::move(transport));
    Connection& running = *connection;
    boost::asio::co_spawn(part.io.get_executor(), running.run(),
                          [this, connection = std::move(connection),
                           address = client.address()](const std::exception_ptr& failure) mutable {
                            if (failure) std::rethrow_exception(failure);
                            connection.reset();
                            by_address_.remove(address);
                            closed();
                          });
  }

  /// Says so if that takes no time. What has come already is taken: a connection that is closed
  /// with something unread takes the answer with it.
  static void refuse(Refused& refused) {
    const int socket = refused.socket.native_handle();
    std::array<char, 4096> nowhere{};
    static_cast<void>(::recv(socket, nowhere.data(), nowhere.size(), MSG_DONTWAIT));
    const std::string_view answer = refused.way == Way::kSecure ? kTooManyTls : kTooMany;
    static_cast<void>(::send(socket, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    error_code ignored;
    refused.socket.shutdown(Socket::shutdown_both, ignored);
  }

  /// Those whose time has come by `now`.
  static void refuse_until(Part& part, SteadyTime now) {
    while (!part.refused.empty() && part.refused.front().until <= now) {
      refuse(part.refused.front());
      part.refused.pop_front();
    }
  }

  void closed() {
    if (counters_.open.fetch_sub(1) > 1) return;
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  Awaitable<void> look(Part& part) {
    while (!part.stopping) {
      part.timer.expires_after(kLookEach);
      co_await part.timer.async_wait(kAwait);
      const SteadyTime now = part.shard(Way::kPlain).clock.steady();
      refuse_until(part, now);
      for_each(part, [now](ShardEntry& each) { each.check(now); });
    }
  }

  const Limits limits_;
  Log& log_;
  AddressCounts by_address_;
  ServerCounters counters_;
  std::vector<std::unique_ptr<Part>> parts_;
  /// By Way.
  std::array<std::vector<Tcp::endpoint>, kWays> addresses_;
  RedirectToHttps redirect_;
  std::optional<StrictTransportSecurity> strict_;
  /// None: each address may ask as fast as it can.
  std::optional<RequestRates> rates_;
  /// They stay where they are.
  std::deque<RequestPacing> paced_;
  bool stopped_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  /// Coroutines that accept and look. Guarded by mutex_ once they run.
  std::size_t running_ = 0;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options,
                                              event::WorkerPool& workers, Handler& handler,
                                              AnswerObserver* observer, Log& log) {
  if (auto checked = check_limits(options.limits); !checked) {
    return std::unexpected(std::move(checked).error());
  }
  const SecureOptions& secure = options.secure;
  if (!secure.addresses.empty() && secure.context == nullptr) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot listen at {}: TLS needs a certificate",
                            to_text(secure.addresses.front())));
  }
  if (!secure.redirect_addresses.empty() && secure.redirect_port == 0 && secure.addresses.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot redirect from {} to https: no port is listened at for TLS",
                            to_text(secure.redirect_addresses.front())));
  }
  auto impl = std::make_unique<Impl>(options, workers, handler, observer, log);
  if (auto listening = impl->listen(options); !listening) {
    return std::unexpected(std::move(listening).error());
  }
  impl->run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::size_t Server::stop(Duration grace) { return impl_->stop(grace); }
void Server::use(const std::shared_ptr<const TlsContext>& context) { impl_->use(context); }
const std::vector<Tcp::endpoint>& Server::addresses() const {
  return impl_->addresses(Way::kPlain);
}
const std::vector<Tcp::endpoint>& Server::secure_addresses() const {
  return impl_->addresses(Way::kSecure);
}
const std::vector<Tcp::endpoint>& Server::redirect_addresses() const {
  return impl_->addresses(Way::kRedirect);
}
const ServerCounters& Server::counters() const { return impl_->counters(); }
std::vector<ListenerStats> Server::listeners() const { return impl_->listeners(); }

}  // namespace hermes::http
