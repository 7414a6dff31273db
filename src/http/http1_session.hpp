// HTTP/1.1 on one connection: requests in, answers out, one after the other (RFC 9112).
#pragma once

#include "http/connection.hpp"
#include "http/request.hpp"
#include "http/request_parser.hpp"
#include "http/response.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hermes::http {

/// Lives on its connection's worker. What a client sends before it has its answer waits.
class Http1Session final : private ContentReader, private ConnectionUser {
 public:
  explicit Http1Session(Connection& connection);
  ~Http1Session() override;

  /// Until the connection is to end, or goes on with HTTP/2.
  Awaitable<void> run();

  /// After run(): instead of a request the client has sent the preface of HTTP/2 (RFC 9113 section
  /// 3.3), which received() begins with.
  [[nodiscard]] bool is_http2() const { return http2_; }
  [[nodiscard]] std::string_view received() const { return {input_.bytes.get(), input_.filled}; }

 private:
  enum class Head : std::uint8_t { kComplete, kRefused, kEnded };

  /// What was received: bytes from `used` to `filled` are still to be looked at.
  struct Input {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;
    std::size_t used = 0;
    std::size_t filled = 0;

    [[nodiscard]] std::span<char> unused() const { return {bytes.get() + used, filled - used}; }
    [[nodiscard]] std::span<char> room() const { return {bytes.get() + filled, capacity - filled}; }
  };

  [[nodiscard]] bool begins_http2() const;
  void give_back(Input& input);
  Input take_input(std::size_t capacity);

  // ---- The head.
  Awaitable<Head> read_head();
  /// Room for more of the head, which begins at `begin`. false: it has all that it may have.
  bool make_room_for_head(std::size_t& begin);
  void describe_request();

  // ---- The request.

  /// Handles one request and answers. false: the connection is to end.
  Awaitable<bool> serve();
  Awaitable<void> refuse(const Refusal& refusal);
  [[nodiscard]] bool may_go_on(const Response& response) const;

  // ---- Its content.
  using Part = std::expected<std::string_view, ContentError>;

  Awaitable<Part> next() override;
  Awaitable<Part> all(std::uint64_t most) override;
  Awaitable<void> invite() override;
  std::expected<PolledContent, ContentError> poll(std::span<char> into) override;
  [[nodiscard]] std::span<const std::pair<std::string, std::string>> trailers() const override {
    return parser_.trailers();
  }
  Awaitable<Part> next_part();
  /// What was received of the next part; none: there is room for more.
  std::optional<Part> part_there();
  /// Collects content of a known length.
  Awaitable<Part> collect_known();
  Awaitable<Part> collect_chunks(std::uint64_t most);
  /// May `bytes` more be held?
  bool hold(std::uint64_t bytes);
  bool make_room_for_content();
  [[nodiscard]] bool content_is_over() const;
  Awaitable<bool> begin_content();
  void pause_content();
  std::unexpected<ContentError> content_failed(ContentError error);
  std::unexpected<ContentError> reading_ended();
  /// Throws away what the handler has not read, when that is little. false: the connection is to
  /// end.
  Awaitable<bool> skip_content();
  void forget_content();

  // ---- What happens meanwhile (ConnectionUser).
  void on_readable() override;
  void on_ended() override;
  [[nodiscard]] bool watches_client() const override { return request_.listener != nullptr; }

  // ---- The answer.
  Awaitable<bool> answer(Response& response, bool keep_alive);
  void write_head(const Response& response, bool keep_alive, bool chunked);
  Awaitable<bool> send_content(Response& response, bool chunked);
  Awaitable<bool> send_source(ContentSource& source, bool chunked);
  Awaitable<bool> send(std::span<iovec> parts, std::size_t content_bytes,
                       Then then = Then::kNothing);

  Connection& connection_;
  Shard& shard_;
  RequestParser parser_;
  Request request_;
  /// The path where it does not stand in the request as it is.
  std::string path_;

  Input input_;
  /// The head, when the content has got an input of its own.
  Input head_;
  /// Where content may be put into input_.
  std::size_t content_begin_ = 0;

  /// Of content with a known length: bytes that have not been given out.
  std::uint64_t content_left_ = 0;
  /// Of input_: what poll() has not given out yet.
  std::string_view unpolled_;
  std::optional<ContentError> content_error_;
  Connection::Progress content_progress_;
  bool continue_said_ = false;
  std::string collected_;
  /// Counted as held in the server's counters.
  std::uint64_t held_ = 0;

  /// The head of the answer, or of a chunk.
  std::string out_;
  Connection::Progress answer_progress_;
  std::uint64_t content_sent_ = 0;
  SteadyTime request_began_{};
  std::uint64_t requests_ = 0;
  bool http2_ = false;
};

}  // namespace hermes::http
