// One request of an HTTP/2 connection, and its answer.
#pragma once

#include "base/clock.hpp"
#include "http/http2_head.hpp"
#include "http/http2_output.hpp"
#include "http/refusal.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/shard.hpp"
#include "http/signal.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace hermes::http {

/// How long a client has been waited for, and what it has moved meanwhile.
class ClientPace {
 public:
  /// The client's turn begins, or goes on.
  void start(SteadyTime now) {
    if (!began_) began_ = now;
  }
  void stop(SteadyTime now) {
    if (began_) lasted_ += now - *began_;
    began_.reset();
  }
  void move(std::size_t bytes) { moved_ += bytes; }
  /// The client is being waited for, and is slower than it may be.
  [[nodiscard]] bool is_too_slow(SteadyTime now, const Limits& limits) {
    if (!began_) return false;
    const Duration lasted = lasted_ + (now - *began_);
    if (lasted <= limits.rate_grace) return false;
    if (http::is_too_slow(limits, lasted, moved_)) return true;
    // What has moved before does not make up for what follows.
    began_ = now;
    lasted_ = Duration::zero();
    moved_ = 0;
    return false;
  }

 private:
  std::optional<SteadyTime> began_;
  Duration lasted_{0};
  std::uint64_t moved_ = 0;
};

class Connection;
class Http2Stream;

/// What streams tell their session.
class Http2StreamOwner {
 public:
  Http2StreamOwner() = default;
  Http2StreamOwner(const Http2StreamOwner&) = delete;
  Http2StreamOwner& operator=(const Http2StreamOwner&) = delete;
  virtual ~Http2StreamOwner() = default;

  /// `bytes` of the content are read: the client may send as many more.
  virtual void on_content_read(Http2Stream& stream, std::size_t bytes) = 0;
  /// Content is wanted that the client keeps until it is told to go on.
  virtual void on_content_wanted(Http2Stream& stream) = 0;
};

/// Lives from the first bytes of the request until its handler has come back and nothing of it is
/// on the way any more. On the worker of its connection.
class Http2Stream final : private ContentReader {
 public:
  Http2Stream(Http2StreamOwner& owner, Shard& shard, std::int32_t id);
  ~Http2Stream() override;

  [[nodiscard]] std::int32_t id() const { return id_; }

  // ---- The request.

  [[nodiscard]] Http2Head& head() { return head_; }
  /// The head is complete: request() can be read from now on. What stands against it.
  std::optional<Refusal> begin(const Connection& connection, bool has_content);
  [[nodiscard]] Request& request() { return request_; }
  [[nodiscard]] const Request& request() const { return request_; }
  [[nodiscard]] SteadyTime began_at() const { return began_at_; }

  // ---- Its content.

  void receive(std::string_view bytes);
  void end_content();
  [[nodiscard]] bool content_is_over() const { return content_over_; }
  /// No more of it comes, or is of use.
  void fail_content(ContentError error);
  /// Why the handler did not get the content, where the client is to be told.
  [[nodiscard]] std::optional<Refusal> content_refusal() const;
  /// The handler is through with it: what still comes is thrown away.
  void forget_content();
  /// Whether so much is still to come that resetting the stream is cheaper than to take it.
  [[nodiscard]] bool has_much_to_skip() const;
  [[nodiscard]] bool content_is_too_slow(SteadyTime now) {
    return content_pace_.is_too_slow(now, shard_.limits);
  }

  // ---- The answer.

  /// What is sent from now on; stays until this is destroyed.
  void set_response(Response response);
  [[nodiscard]] const Response& response() const { return *response_; }
  [[nodiscard]] bool has_response() const { return response_.has_value(); }
  /// Its content when that is made while it is sent.
  [[nodiscard]] ContentSource* source() { return source_; }
  /// The next part of what the source makes; empty: it is over.
  void set_chunk(std::string_view bytes);

  /// The content is not sent: only what says how long it is.
  void drop_content() {
    ready_ = 0;
    source_ = nullptr;
  }

  /// Whether content can be sent now.
  [[nodiscard]] bool has_ready_content() const { return ready_ > 0 || content_is_final_; }
  /// Bytes that can be sent now, and whether they are the last.
  [[nodiscard]] std::uint64_t ready_bytes() const { return ready_; }
  [[nodiscard]] bool ends_after(std::uint64_t bytes) const {
    return content_is_final_ && bytes == ready_;
  }
  /// Puts `size` of the ready bytes into `output`. false: they could not be read.
  bool put_content(std::size_t size, Http2Output& output);
  [[nodiscard]] std::uint64_t content_sent() const { return content_sent_; }
  /// Whether the session waits for has_ready_content() to become true.
  bool deferred = false;
  /// Since content is ready and the client's window lets none of it go.
  ClientPace answer_pace;

  // ---- Its life, kept by the session.

  /// Its coroutine is under way.
  bool running = false;
  /// HTTP/2 knows it no longer: both sides have ended it, or one has reset it, or the connection is
  /// gone.
  bool closed = false;
  /// The server has reset it.
  bool reset_here = false;
  /// The end of the answer is among what was given to the connection, or sent.
  bool answer_ended = false;
  SteadyTime answer_ended_at{};
  /// Bytes of it are on the way to the socket.
  bool in_output = false;
  /// For the one who sends: what was ready is sent, or nothing more is.
  Signal sent;

  /// In the list of the session.
  std::list<Http2Stream>::iterator place;

 private:
  using Part = std::expected<std::string_view, ContentError>;

  // ContentReader
  Awaitable<Part> next() override;
  Awaitable<Part> all(std::uint64_t most) override;
  Awaitable<void> invite() override;
  std::expected<PolledContent, ContentError> poll(std::span<char> into) override;
  [[nodiscard]] std::span<const std::pair<std::string, std::string>> trailers() const override {
    return head_.trailers();
  }

  /// Tells a client that waits for it to go on, once.
  void say_continue();
  /// Who waits for content, or is told, looks again.
  void tell_content();
  /// Waits until there is unread content, or its end. Something is unexpected of it.
  Awaitable<void> wait_for_content();
  void collect(std::string_view bytes);
  /// May `bytes` more be held?
  bool hold(std::size_t bytes);
  void let_go(std::size_t bytes);

  Http2StreamOwner& owner_;
  Shard& shard_;
  std::int32_t id_;
  Http2Head head_;
  Request request_;
  SteadyTime began_at_{};

  /// For the one who reads content.
  Signal arrived_;
  /// Received and not given out.
  std::string unread_;
  /// Given out by next().
  std::string given_;
  /// Everything, once all() wants it.
  std::string collected_;
  std::optional<std::uint64_t> most_collected_;
  bool content_over_ = true;
  bool content_forgotten_ = false;
  bool continue_said_ = false;
  std::optional<ContentError> content_error_;
  /// poll() has answered that nothing is there.
  bool polled_in_vain_ = false;
  std::uint64_t received_ = 0;
  std::uint64_t skipped_ = 0;
  /// Counted as held in the server's counters.
  std::size_t held_ = 0;
  ClientPace content_pace_;

  std::optional<Response> response_;
  ContentSource* source_ = nullptr;
  const FileContent* file_ = nullptr;
  std::uint64_t file_offset_ = 0;
  /// Where ready bytes are, unless they are in a file.
  const char* ready_begin_ = nullptr;
  std::uint64_t ready_ = 0;
  bool content_is_final_ = false;
  std::uint64_t content_sent_ = 0;
};

}  // namespace hermes::http
