#include "wasm/testing/http_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hermes::wasm::testing {
namespace {

/// Bytes that the client writes at a time, as they come from a socket.
constexpr std::size_t kMostAtOnce = 10'000;
/// Bytes of a body that are kept as text.
constexpr std::size_t kKeptBytes = 16'384;

HttpTexts to_texts(const std::vector<HttpField>& fields) {
  HttpTexts texts;
  for (const HttpField& field : fields) texts.emplace_back(field.name, field.value);
  return texts;
}

}  // namespace

void Signal::wake() noexcept {
  const std::scoped_lock lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void Signal::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return woken_; });
  woken_ = false;
}

HttpClient::HttpClient(HttpClientRequest request, const Ref<Signal>& signal)
    : request_(std::move(request)) {
  const HttpRequestHead head{.method = request_.method,
                             .authority = "app.localhost:8080",
                             .path_with_query = request_.path,
                             .fields = request_.fields};
  const Waker waker = Waker::share(signal.get());
  auto made = HttpExchange::create(head, request_.windows, waker, waker);
  EXPECT_TRUE(made) << made.error().message;
  if (made) exchange_ = *std::move(made);
}

bool HttpClient::push() {
  bool progressed = false;
  while (!sent_) {
    if (!request_.endless && pushed_ == request_.body_bytes) {
      if (request_.abort) {
        exchange_->abort_body(*request_.abort);
      } else {
        const Result<void> finished = exchange_->finish_body(request_.trailers);
        EXPECT_TRUE(finished) << finished.error().message;
      }
      sent_ = true;
      return true;
    }
    const std::span<std::byte> room = exchange_->body_room();
    if (room.empty()) break;
    std::size_t size = std::min(room.size(), kMostAtOnce);
    if (!request_.endless) size = std::min(size, request_.body_bytes - pushed_);
    for (std::size_t index = 0; index < size; ++index) room[index] = pattern_at(pushed_ + index);
    exchange_->commit_body(size);
    pushed_ += size;
    progressed = true;
    // Whatever it is given, a body that nobody wants is swallowed.
    if (request_.endless && !exchange_->body_wanted()) sent_ = true;
  }
  return progressed;
}

bool HttpClient::take_head() {
  if (answer_.status) return true;
  const HttpExchange::Poll head = exchange_->poll_head();
  if (head == HttpExchange::Poll::kFailed) end(head);
  if (head != HttpExchange::Poll::kReady) return false;
  answer_.status = exchange_->status();
  answer_.fields = to_texts(exchange_->fields());
  return true;
}

void HttpClient::note(const HttpChunk& chunk) {
  ++answer_.chunks;
  EXPECT_FALSE(chunk.bytes().empty());
  for (const std::byte byte : chunk.bytes()) {
    answer_.is_pattern = answer_.is_pattern && byte == pattern_at(answer_.body_bytes);
    if (answer_.body_bytes < kKeptBytes) answer_.body += static_cast<char>(byte);
    ++answer_.body_bytes;
  }
}

void HttpClient::end(HttpExchange::Poll poll) {
  answered_ = true;
  if (poll == HttpExchange::Poll::kEnd) {
    answer_.complete = true;
    answer_.trailers = to_texts(exchange_->trailers());
    return;
  }
  const std::optional<HttpFailure> failure = exchange_->failure();
  ASSERT_TRUE(failure) << "a failure has a reason";
  answer_.failure = failure->kind;
  answer_.message = failure->message;
}

bool HttpClient::take_one() {
  const bool had_head = answer_.status.has_value();
  if (answered_ || !take_head()) return answered_ && !had_head;
  HttpChunk chunk;
  const HttpExchange::Poll poll = exchange_->take(chunk);
  if (poll == HttpExchange::Poll::kPending) return !had_head;
  if (poll == HttpExchange::Poll::kReady) {
    note(chunk);
  } else {
    end(poll);
  }
  return true;
}

bool HttpClient::take() {
  bool progressed = false;
  while (!answered_ && take_one()) progressed = true;
  return progressed;
}

}  // namespace hermes::wasm::testing
