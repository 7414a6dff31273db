// The client's side of one HTTP exchange, for tests.
#pragma once

#include "wasm/call.hpp"
#include "wasm/http_exchange.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hermes::wasm::testing {

/// Notes that something can go on; sleeps until then.
class Signal final : public WakeTarget {
 public:
  void wake() noexcept override;
  void wait();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

/// The byte at `index` of the bodies that tests send.
[[nodiscard]] constexpr std::byte pattern_at(std::uint64_t index) {
  return static_cast<std::byte>((index * 31) ^ (index >> 10));
}

struct HttpClientRequest {
  std::string method = "GET";
  std::string path = "/";
  std::vector<HttpField> fields{};
  /// Bytes of the pattern.
  std::uint64_t body_bytes = 0;
  std::vector<HttpField> trailers{};
  HttpWindows windows{};
  /// Instead of the end of the body.
  std::optional<HttpAbort> abort{};
  /// The body never ends by itself.
  bool endless = false;
};

using HttpTexts = std::vector<std::pair<std::string, std::string>>;

struct HttpClientAnswer {
  std::optional<std::uint16_t> status;
  HttpTexts fields;
  HttpTexts trailers;
  /// The beginning of the body.
  std::string body;
  std::uint64_t body_bytes = 0;
  /// The body is the pattern from its beginning.
  bool is_pattern = true;
  std::uint64_t chunks = 0;
  /// The body came to its end.
  bool complete = false;
  std::optional<HttpFailure::Kind> failure;
  std::string message;
};

/// Sends a request and takes the answer, as far as each step allows.
class HttpClient {
 public:
  /// `signal` is woken when push or take can go on.
  HttpClient(HttpClientRequest request, const Ref<Signal>& signal);

  [[nodiscard]] HttpExchange& exchange() { return *exchange_; }
  /// Destroys the exchange.
  void leave() { exchange_.reset(); }

  /// Pushes until there is no room, or the body has ended. Whether anything happened.
  bool push();
  /// Takes until there is nothing, or it has ended. Whether anything happened.
  bool take();
  /// Takes one chunk, if there is one.
  bool take_one();
  [[nodiscard]] bool answered() const { return answered_; }
  [[nodiscard]] const HttpClientAnswer& answer() const { return answer_; }
  [[nodiscard]] std::uint64_t pushed() const { return pushed_; }

 private:
  [[nodiscard]] bool take_head();
  void note(const HttpChunk& chunk);
  void end(HttpExchange::Poll poll);

  HttpClientRequest request_;
  std::optional<HttpExchange> exchange_;
  std::uint64_t pushed_ = 0;
  bool sent_ = false;
  bool answered_ = false;
  HttpClientAnswer answer_;
};

}  // namespace hermes::wasm::testing
