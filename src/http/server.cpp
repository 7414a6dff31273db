#include "http/server.hpp"

#include "http/address_counts.hpp"
#include "http/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
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

constexpr std::string_view kTooMany =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
    "Retry-After: 1\r\nContent-Length: 95\r\nConnection: close\r\n\r\n"
    R"({"title":"Service Unavailable","status":503,"detail":"there are too many connections already"})"
    "\n";

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
    SystemRandom random;
    for (std::size_t i = 0; i < workers.size(); ++i) {
      parts_.push_back(std::make_unique<Part>(workers.io(i), workers.clock(), limits_, handler,
                                              counters_, observer, random.next()));
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    if (!stopped_) stop(Duration::zero());
  }

  Result<void> listen_at(const std::vector<Tcp::endpoint>& addresses) {
    for (Tcp::endpoint address : addresses) {
      const auto refused = [&address](const error_code& error) {
        return fail(ErrorCode::kSystem,
                    fmt::format("cannot listen at {}: {}; choose another address, or port 0",
                                to_text(address), error.message()));
      };
      if (const error_code error = check_is_free(parts_.front()->shard.io, address)) {
        return refused(error);
      }
      for (const auto& part : parts_) {
        part->acceptors.emplace_back(part->shard.io);
        Acceptor& acceptor = part->acceptors.back();
        if (const error_code error = listen(acceptor, address)) return refused(error);
        // The port that the first has got is that of all.
        error_code ignored;
        address = acceptor.local_endpoint(ignored);
      }
      addresses_.push_back(address);
    }
    return {};
  }

  void run() {
    for (const auto& part : parts_) {
      for (Acceptor& acceptor : part->acceptors) {
        spawn(*part, [this, &part = *part, &acceptor] { return accept(part, acceptor); });
      }
      spawn(*part, [this, &part = *part] { return look(part); });
    }
  }

  std::size_t stop(Duration grace) {
    stopped_ = true;
    for (const auto& part : parts_) {
      boost::asio::post(part->shard.io, [&part = *part] {
        part.shard.draining = true;
        error_code ignored;
        for (Acceptor& acceptor : part.acceptors) acceptor.close(ignored);
        for_each(part.shard, [](ShardEntry& each) { each.drain(); });
      });
    }
    std::size_t cut_off = 0;
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, grace, [this] { return counters_.open == 0; })) {
      cut_off = counters_.open;
      for (const auto& part : parts_) {
        boost::asio::post(part->shard.io, [&part = *part] {
          for_each(part.shard, [](ShardEntry& each) { each.abort(); });
        });
      }
      changed_.wait(lock, [this] { return counters_.open == 0; });
    }
    for (const auto& part : parts_) {
      boost::asio::post(part->shard.io, [&part = *part] {
        part.stopping = true;
        part.timer.cancel();
      });
    }
    changed_.wait(lock, [this] { return running_ == 0; });
    // Acceptors belong to the threads of the workers.
    std::size_t left = parts_.size();
    for (const auto& part : parts_) {
      boost::asio::post(part->shard.io, [this, &part = *part, &left] {
        part.acceptors.clear();
        const std::lock_guard guard(mutex_);
        --left;
        changed_.notify_all();
      });
    }
    changed_.wait(lock, [&] { return left == 0; });
    return cut_off;
  }

  [[nodiscard]] const std::vector<Tcp::endpoint>& addresses() const { return addresses_; }
  [[nodiscard]] const ServerCounters& counters() const { return counters_; }

 private:
  struct Part {
    template <class... Arguments>
    explicit Part(boost::asio::io_context& io, Arguments&&... arguments)
        : shard(io, std::forward<Arguments>(arguments)...), timer(io) {}

    Shard shard;
    std::vector<Acceptor> acceptors;
    boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, IoExecutor>
        timer;
    bool stopping = false;
  };

  /// A connection may end when it is told something.
  template <class Tell>
  static void for_each(Shard& shard, Tell&& tell) {
    ShardEntry* next = nullptr;
    for (ShardEntry* each = shard.connections.front(); each != nullptr; each = next) {
      next = each->next;
      tell(*each);
    }
  }

  template <class Body>
  void spawn(Part& part, Body body) {
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    boost::asio::co_spawn(part.shard.io.get_executor(), std::move(body),
                          [this](const std::exception_ptr& failure) {
                            if (failure) std::rethrow_exception(failure);
                            const std::lock_guard lock(mutex_);
                            --running_;
                            changed_.notify_all();
                          });
  }

  Awaitable<void> accept(Part& part, Acceptor& acceptor) {
    bool failed = false;
    while (!part.shard.draining) {
      Tcp::endpoint client;
      auto [error, socket] = co_await acceptor.async_accept(client, kAwait);
      if (part.shard.draining) break;
      if (error == boost::asio::error::connection_aborted) continue;
      if (error) {
        if (!failed) log_.warn("http: cannot accept a connection: {}", error.message());
        failed = true;
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          IoExecutor>
            again(part.shard.io, kAcceptAgain);
        co_await again.async_wait(kAwait);
        continue;
      }
      failed = false;
      take(part, std::move(socket), client);
    }
  }

  void take(Part& part, Socket socket, const Tcp::endpoint& client) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    // An answer is written in one piece; waiting for more would only make it late.
    socket.set_option(Tcp::no_delay(true), ignored);
    const bool few = counters_.open.fetch_add(1) < limits_.max_connections;
    if (!few || !by_address_.add(client.address())) {
      counters_.refused.fetch_add(1, std::memory_order_relaxed);
      // Says so if that takes no time. What has come already is taken: a connection that is closed
      // with something unread takes the answer with it.
      std::array<char, 4096> nowhere{};
      static_cast<void>(
          ::recv(socket.native_handle(), nowhere.data(), nowhere.size(), MSG_DONTWAIT));
      static_cast<void>(::send(socket.native_handle(), kTooMany.data(), kTooMany.size(),
                               MSG_DONTWAIT | MSG_NOSIGNAL));
      socket.shutdown(Socket::shutdown_both, ignored);
      closed();
      return;
    }
    counters_.accepted.fetch_add(1, std::memory_order_relaxed);
    auto transport = std::make_unique<PlainTransport>(socket.native_handle());
    auto connection =
        std::make_unique<Connection>(part.shard, std::move(socket), std::move(transport));
    Connection& running = *connection;
    boost::asio::co_spawn(part.shard.io.get_executor(), running.run(),
                          [this, connection = std::move(connection),
                           address = client.address()](const std::exception_ptr& failure) mutable {
                            if (failure) std::rethrow_exception(failure);
                            connection.reset();
                            by_address_.remove(address);
                            closed();
                          });
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
      const SteadyTime now = part.shard.clock.steady();
      for_each(part.shard, [now](ShardEntry& each) { each.check(now); });
    }
  }

  const Limits limits_;
  Log& log_;
  AddressCounts by_address_;
  ServerCounters counters_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<Tcp::endpoint> addresses_;
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
  auto impl = std::make_unique<Impl>(options, workers, handler, observer, log);
  if (auto listening = impl->listen_at(options.addresses); !listening) {
    return std::unexpected(std::move(listening).error());
  }
  impl->run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::size_t Server::stop(Duration grace) { return impl_->stop(grace); }
const std::vector<Tcp::endpoint>& Server::addresses() const { return impl_->addresses(); }
const ServerCounters& Server::counters() const { return impl_->counters(); }

}  // namespace hermes::http
