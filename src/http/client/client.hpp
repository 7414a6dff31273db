// The requests that the engine sends.
#pragma once

#include "base/result.hpp"
#include "http/client/transfer.hpp"
#include "http/client/transfer_handler.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hermes::http {

struct ClientOptions {
  /// Certificates of authorities that are trusted besides the system's, in PEM format.
  std::optional<std::filesystem::path> extra_certificates = {};
  /// Requests under way at the same time; more fail with kTooMany.
  std::size_t max_requests = 1024;
  /// Addresses of names, instead of what the system resolves them to: "name:port:address".
  std::vector<std::string> hosts = {};
};

/// What a client has done, for whoever wants to know. Any thread.
struct ClientCounters {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> failed{0};
  /// Under way.
  std::atomic<std::uint64_t> running{0};
};

/// Sends requests on a thread of its own, HTTP/1.1 or HTTP/2 as the server likes (RFC 9112, 9113),
/// over connections that are kept. Any thread.
class Client {
 public:
  /// The error names the file of certificates. Blocks while it reads it.
  static Result<std::unique_ptr<Client>> start(const ClientOptions& options);
  /// Cancels what is under way (on_end comes), and waits for its thread. Not from a handler.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Begins to send. `handler` is called on the client's thread, perhaps before this has returned,
  /// and is let go of after on_end, which comes in every case.
  std::shared_ptr<Transfer> send(ClientRequest request, std::shared_ptr<TransferHandler> handler);

  /// Cancels what is under way then, and refuses more (kCancelled). Does not wait.
  void stop_after(Duration grace);

  [[nodiscard]] const ClientCounters& counters() const;

 private:
  class Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hermes::http
