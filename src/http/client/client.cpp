#include "http/client/client.hpp"

#include "http/client/multi.hpp"
#include "http/client/trusted_certificates.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <map>
#include <thread>
#include <utility>

namespace hermes::http {
namespace {

/// Signals of the process are for other threads, and a connection that the other side has closed
/// is an error of writing, not a signal. Threads that libcurl starts inherit this.
void block_signals() {
  sigset_t all{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

/// libcurl's global state, for as long as the process lives: others may use it, too.
CURLcode prepare_libcurl() {
  static const CURLcode kDone = curl_global_init(CURL_GLOBAL_DEFAULT);
  return kDone;
}

struct ListDeleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

}  // namespace

class Client::Impl final : private Transfer::Owner {
 public:
  Impl(const ClientOptions& options, TrustedCertificates trusted)
      : max_requests_(options.max_requests),
        trusted_(std::move(trusted)),
        io_(std::make_shared<boost::asio::io_context>(1)),
        work_(io_->get_executor()),
        stop_timer_(*io_) {
    for (const std::string& each : options.hosts) {
      hosts_.reset(curl_slist_append(hosts_.release(), each.c_str()));
    }
    thread_ = std::thread([this] { run(); });
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() override {
    boost::asio::post(*io_, [this] {
      cancel_all();
      io_->stop();
    });
    thread_.join();
  }

  std::shared_ptr<Transfer> send(ClientRequest request, std::shared_ptr<TransferHandler> handler) {
    std::shared_ptr<Transfer> transfer(
        new Transfer(std::move(request), std::move(handler), std::weak_ptr(io_)));
    counters_.requests.fetch_add(1, std::memory_order_relaxed);
    const bool few = counters_.running.fetch_add(1) < max_requests_;
    boost::asio::post(*io_, [this, transfer, few] {
      if (!few || stopping_) {
        over(*transfer, few ? ClientFailure::kCancelled : ClientFailure::kTooMany);
      } else {
        begin(transfer);
      }
    });
    return transfer;
  }

  void stop_after(Duration grace) {
    boost::asio::post(*io_, [this, grace] {
      stop_timer_.expires_after(std::chrono::ceil<std::chrono::steady_clock::duration>(grace));
      stop_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) cancel_all();
      });
    });
  }

  [[nodiscard]] const ClientCounters& counters() const { return counters_; }

 private:
  void run() {
    pthread_setname_np(pthread_self(), "hermes-client");
    block_signals();
    {
      Multi multi(*io_, {}, [this](CURL* easy, CURLcode code) { done(easy, code); });
      multi_ = &multi;
      io_->run();
      multi_ = nullptr;
    }
  }

  void begin(const std::shared_ptr<Transfer>& transfer) {
    if (!transfer->prepare(*this, trusted_, hosts_.get(), *io_) || !multi_->add(transfer->easy())) {
      over(*transfer, ClientFailure::kInternal);
      return;
    }
    running_.emplace(transfer.get(), transfer);
  }

  void done(CURL* easy, CURLcode code) {
    char* owner = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    auto& transfer = *reinterpret_cast<Transfer*>(owner);
    end(transfer, transfer.failure_of(code));
  }

  void end(Transfer& transfer, ClientFailure failure) {
    const auto found = running_.find(&transfer);
    if (found == running_.end()) return;
    const std::shared_ptr<Transfer> kept = std::move(found->second);
    running_.erase(found);
    multi_->remove(kept->easy());
    over(*kept, failure);
  }

  void over(Transfer& transfer, ClientFailure failure) {
    counters_.running.fetch_sub(1);
    if (failure != ClientFailure::kNone) counters_.failed.fetch_add(1, std::memory_order_relaxed);
    transfer.finish(failure);
  }

  // Transfer::Owner
  void end_soon(Transfer& transfer, ClientFailure failure) override {
    // Handlers are called from within libcurl, which cannot be left there.
    boost::asio::post(*io_,
                      [this, kept = transfer.shared_from_this(), failure] { end(*kept, failure); });
  }

  void cancel_all() {
    stopping_ = true;
    while (!running_.empty()) end(*running_.begin()->second, ClientFailure::kCancelled);
  }

  const std::size_t max_requests_;
  const TrustedCertificates trusted_;
  std::unique_ptr<curl_slist, ListDeleter> hosts_;
  ClientCounters counters_;
  std::shared_ptr<boost::asio::io_context> io_;
  boost::asio::executor_work_guard<IoExecutor> work_;

  // Of the thread.
  Timer stop_timer_;
  Multi* multi_ = nullptr;
  std::map<Transfer*, std::shared_ptr<Transfer>> running_;
  bool stopping_ = false;

  std::thread thread_;
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::start(const ClientOptions& options) {
  TrustedCertificates trusted;
  if (options.extra_certificates) {
    auto read = TrustedCertificates::read(*options.extra_certificates);
    if (!read) return std::unexpected(std::move(read).error());
    trusted = std::move(*read);
  }
  if (const CURLcode code = prepare_libcurl(); code != CURLE_OK) {
    return fail(ErrorCode::kSystem,
                fmt::format("libcurl cannot be used here: {}", curl_easy_strerror(code)));
  }
  return std::unique_ptr<Client>(new Client(std::make_unique<Impl>(options, std::move(trusted))));
}

std::shared_ptr<Transfer> Client::send(ClientRequest request,
                                       std::shared_ptr<TransferHandler> handler) {
  return impl_->send(std::move(request), std::move(handler));
}

void Client::stop_after(Duration grace) { impl_->stop_after(grace); }

const ClientCounters& Client::counters() const { return impl_->counters(); }

}  // namespace hermes::http
