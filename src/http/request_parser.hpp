// HTTP/1.1 requests as they come in: the message format of RFC 9112, with nothing ambiguous let
// through.
#pragma once

#include "http/field.hpp"
#include "http/limits.hpp"
#include "http/refusal.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::http {

/// The request line and the fields. Views into the buffer that was parsed: until the next request.
struct RequestHead {
  std::string_view method;
  /// As it was sent: "/a%20b?c=d", "*", or an absolute form.
  std::string_view target;
  /// 10 or 11.
  int version = 11;
  std::span<const Field> fields;
  /// Empty with HTTP/1.0 only.
  std::string_view host;
  /// Unset: there is none, or it is chunked.
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  /// The client waits for 100 (Continue) before it sends content.
  bool expects_continue = false;

  [[nodiscard]] bool has_content() const { return chunked || content_length.value_or(0) > 0; }
};

/// Whether a request with `method` may have this target (RFC 9112 section 3.2).
[[nodiscard]] bool is_valid_target(std::string_view method, std::string_view target);

/// Parses one request after the other. Every byte is given once, in order; what was not taken is
/// given again with what follows it. The buffer stays where it is from the first byte of a head
/// until the request is over, and is written to: names are put into lower case.
///
/// Stricter than RFC 9112 has to be, so that no other reader of the same bytes can see another
/// request in them: one Content-Length of digits only, or one Transfer-Encoding that is `chunked`,
/// not both, the latter with HTTP/1.1 only; no folded lines; no bare CR or LF; one Host.
class RequestParser {
 public:
  enum class State : std::uint8_t {
    /// More bytes of the head are needed.
    kHead,
    /// head() is there; content may follow.
    kContent,
    /// The request is over, with its trailer fields if there are any.
    kDone,
    kRefused,
  };

  /// `limits` outlives it.
  explicit RequestParser(const Limits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Begins the next request.
  void restart();

  [[nodiscard]] State state() const { return state_; }

  /// Takes bytes of the head. Returns how many; less than all when there is no whole line, or when
  /// the head is over.
  std::size_t parse_head(std::span<char> bytes);

  /// Takes bytes of the content, in state kContent. Returns how many; 0 when more are needed.
  /// `content` is the part of them that is content, perhaps nothing.
  std::size_t parse_content(std::span<char> bytes, std::string_view& content);

  /// From kContent on.
  [[nodiscard]] const RequestHead& head() const { return head_; }
  /// In state kDone: the fields after chunked content, until the next request. Owned.
  [[nodiscard]] std::span<const std::pair<std::string, std::string>> trailers() const {
    return trailers_;
  }
  /// In state kRefused.
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

  /// What is said when the head does not fit.
  [[nodiscard]] static Refusal head_too_large();

 private:
  class Beast;

  void refuse(unsigned status, std::string_view detail);
  void finish_head();

  const Limits& limits_;
  std::unique_ptr<Beast> beast_;
  State state_ = State::kHead;
  RequestHead head_;
  std::vector<Field> fields_;
  std::vector<std::pair<std::string, std::string>> trailers_;
  Refusal refusal_;
};

}  // namespace hermes::http
