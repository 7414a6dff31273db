// One request that is sent, and its answer.
#pragma once

#include "http/client/transfer_handler.hpp"
#include "http/io.hpp"

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::http {

class TrustedCertificates;

/// A request under way. Shared by its client, until it is over, and by whoever sent it.
class Transfer final : public std::enable_shared_from_this<Transfer> {
 public:
  /// There is more of the request's body, or room for the answer, or it is not wanted any more
  /// (TransferHandler::wanted). Any thread, any number of times, also after the end and when the
  /// client is gone: never blocks.
  void resume();
  /// It is not wanted any more: on_end follows, unless it is under way already. As resume().
  void cancel();

  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

 private:
  friend class Client;

  /// The client, to a transfer.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// `transfer` is to be ended with `failure`; not within this call.
    virtual void end_soon(Transfer& transfer, ClientFailure failure) = 0;
  };
  Transfer(ClientRequest request, std::shared_ptr<TransferHandler> handler,
           std::weak_ptr<boost::asio::io_context> io);

  // All of the following on the client's thread.

  /// Prepares libcurl's handle. false: what is asked for cannot be sent, or out of memory.
  [[nodiscard]] bool prepare(Owner& owner, const TrustedCertificates& trusted,
                             const curl_slist* hosts, boost::asio::io_context& io);
  [[nodiscard]] CURL* easy() const { return easy_; }
  /// What libcurl's `code` means for this transfer.
  [[nodiscard]] ClientFailure failure_of(CURLcode code) const;
  /// Frees what libcurl had, and tells the handler. libcurl has been left.
  void finish(ClientFailure failure);
  void go_on();

  [[nodiscard]] bool set_fields();
  void set_body();
  void set_times();
  void fail_with(ClientFailure failure) {
    if (failed_ == ClientFailure::kNone) failed_ = failure;
  }
  void watch_times();
  void look_at_times();

  bool take_line(std::string_view line);
  bool take_head();
  /// Whether the length that the head says, if any, is one that can be.
  bool check_length(std::span<const Field> fields);
  [[nodiscard]] std::vector<Field> fields() const;
  std::size_t take_content(std::string_view bytes);
  std::size_t give_body(std::span<char> into);
  [[nodiscard]] bool may_connect(const boost::asio::ip::address& address);

  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_connected(void* self, char* peer, char* local, int peer_port, int local_port);
  static std::size_t on_line(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_content(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* into, std::size_t size, std::size_t count, void* self);
  static int on_trailers(curl_slist** list, void* self);
  static CURLcode on_tls(CURL* easy, void* context, void* self);

  ClientRequest request_;
  std::shared_ptr<TransferHandler> handler_;
  std::weak_ptr<boost::asio::io_context> io_;
  std::atomic<bool> resume_asked_{false};
  std::atomic<bool> over_{false};

  Owner* owner_ = nullptr;
  const TrustedCertificates* trusted_ = nullptr;
  CURL* easy_ = nullptr;
  curl_slist* fields_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::unique_ptr<Timer> timer_;

  enum class Phase : std::uint8_t { kConnecting, kWaiting, kContent };
  Phase phase_ = Phase::kConnecting;
  SteadyTime began_{};
  /// When something went forward for the last time.
  SteadyTime moved_{};
  bool body_paused_ = false;
  bool content_paused_ = false;
  /// The reason that was found here; kNone: libcurl's.
  ClientFailure failed_ = ClientFailure::kNone;
  bool refused_address_ = false;

  /// Lines of a head, or of the trailers: offsets into the text.
  struct Line {
    std::size_t begin;
    std::size_t colon;
    std::size_t end;
  };
  std::string head_;
  std::vector<Line> lines_;
  unsigned status_ = 0;
  std::uint64_t content_bytes_ = 0;
  /// Of what libcurl offers next, so much was taken before it had to pause.
  std::size_t taken_before_ = 0;
  std::uint64_t body_bytes_ = 0;
};

}  // namespace hermes::http
