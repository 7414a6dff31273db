// What came of a request, for tests.
#pragma once

#include "http/client/client.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::http::testing {

/// Keeps the answer, and gives the body it was made with. The test waits for the end.
class CollectingHandler final : public TransferHandler {
 public:
  explicit CollectingHandler(std::string body = {}) : body_(std::move(body)) {}

  // TransferHandler
  Body read_body(std::span<char> into) override {
    const std::lock_guard lock(mutex_);
    if (body_broken) return {.state = Body::State::kBroken};
    if (sent_ == body_.size()) {
      if (!body_open) return {.state = Body::State::kEnd};
      return {.state = Body::State::kLater};
    }
    const std::size_t count = std::min({into.size(), body_.size() - sent_, body_piece});
    std::copy_n(body_.data() + sent_, count, into.data());
    sent_ += count;
    changed_.notify_all();
    return {.state = Body::State::kSome, .bytes = count};
  }
  std::vector<ClientField> body_trailers() override { return trailers_to_send; }
  void on_head(unsigned code, std::span<const Field> fields) override {
    const std::lock_guard lock(mutex_);
    status = code;
    for (const Field& each : fields) {
      head += std::string(each.name) + ": " + std::string(each.value) + "\n";
    }
    changed_.notify_all();
  }
  std::size_t on_content(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    const std::size_t taken = std::min(bytes.size(), room);
    room -= taken;
    content += bytes.substr(0, taken);
    changed_.notify_all();
    return taken;
  }
  void on_trailers(std::span<const Field> fields) override {
    for (const Field& each : fields) {
      trailers += std::string(each.name) + ": " + std::string(each.value) + "\n";
    }
  }
  void on_end(ClientFailure end) override {
    const std::lock_guard lock(mutex_);
    failure = end;
    ended_ = true;
    changed_.notify_all();
  }

  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_; });
  }
  /// Waits until `condition`, which is asked under the lock, or the end.
  template <class Condition>
  void wait_until(Condition condition) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || condition(); });
  }
  template <class Change>
  void change(Change change) {
    const std::lock_guard lock(mutex_);
    change();
  }
  [[nodiscard]] std::size_t sent() const { return sent_; }
  [[nodiscard]] bool ended() const { return ended_; }
  void add_body(std::string_view more) { body_ += more; }

  std::vector<ClientField> trailers_to_send;
  bool body_open = false;
  bool body_broken = false;
  std::size_t body_piece = std::size_t{1} << 20;
  std::size_t room = std::size_t{1} << 40;

  unsigned status = 0;
  std::string head;
  std::string content;
  std::string trailers;
  ClientFailure failure = ClientFailure::kInternal;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string body_;
  std::size_t sent_ = 0;
  bool ended_ = false;
};

/// A request that may go anywhere.
inline ClientRequest request_to(std::string url) {
  ClientRequest request;
  request.url = std::move(url);
  request.may_connect = [](const boost::asio::ip::address&) { return true; };
  return request;
}

/// Sends it, and waits for the end.
inline std::shared_ptr<CollectingHandler> exchange(Client& client, ClientRequest request,
                                                   std::string body = {}) {
  auto handler = std::make_shared<CollectingHandler>(std::move(body));
  client.send(std::move(request), handler);
  handler->wait();
  return handler;
}

}  // namespace hermes::http::testing
