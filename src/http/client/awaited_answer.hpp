// Answers that a coroutine of the server waits for.
#pragma once

#include "http/client/client.hpp"
#include "http/io.hpp"

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::http {

/// A request without a body whose answer is read by one coroutine, at its own pace: what it has not
/// read is held up to a window, and then the server waits.
class AwaitedAnswer final : public TransferHandler {
 public:
  struct Head {
    unsigned status = 0;
    /// Names in lower case.
    std::vector<ClientField> fields;

    /// The first field with this name; none: nullptr.
    [[nodiscard]] const std::string* field(std::string_view name) const;
  };

  /// Begins to send. The coroutine that reads runs on `home`, which outlives the request.
  static std::shared_ptr<AwaitedAnswer> send(Client& client, ClientRequest request,
                                             boost::asio::io_context& home,
                                             std::size_t window_bytes);

  /// Waits for the head, which lives as long as this.
  Awaitable<std::expected<const Head*, ClientFailure>> head();
  /// Waits for the next part of the content; valid until the next call. Empty: it is over.
  Awaitable<std::expected<std::string_view, ClientFailure>> next();
  /// After the end of the content.
  [[nodiscard]] const std::vector<ClientField>& trailers() const { return trailers_; }
  /// Whoever reads has gone: the request is cancelled. Any thread.
  void leave();

 private:
  AwaitedAnswer(boost::asio::io_context& home, std::size_t window_bytes)
      : home_(home), window_bytes_(window_bytes) {}

  // TransferHandler
  void on_head(unsigned status, std::span<const Field> fields) override;
  std::size_t on_content(std::string_view bytes) override;
  void on_trailers(std::span<const Field> fields) override;
  void on_end(ClientFailure failure) override;

  /// Whether there is something for who waits. With the lock.
  [[nodiscard]] bool is_ready() const { return head_is_new_ || !buffer_.empty() || end_; }
  Awaitable<void> wait();
  void wake(std::unique_lock<std::mutex> lock);

  boost::asio::io_context& home_;
  const std::size_t window_bytes_;
  std::shared_ptr<Transfer> transfer_;

  std::mutex mutex_;
  std::move_only_function<void()> go_on_;
  Head head_;
  bool head_is_new_ = false;
  std::string buffer_;
  /// The reader was told that there is no room.
  bool full_ = false;
  std::optional<ClientFailure> end_;
  std::vector<ClientField> trailers_;

  /// The coroutine's.
  std::string part_;
};

}  // namespace hermes::http
