// What is answered to a request.
#pragma once

#include "http/field.hpp"
#include "http/io.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hermes::http {

/// Content that is kept elsewhere: `bytes` live as long as `owner`.
struct SharedContent {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

/// A part of an open file, sent without passing through the process where the connection allows it.
struct FileContent {
  /// Keeps `descriptor` open.
  std::shared_ptr<const void> owner;
  int descriptor = -1;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Content that is made while it is sent.
class ContentSource {
 public:
  ContentSource() = default;
  ContentSource(const ContentSource&) = delete;
  ContentSource& operator=(const ContentSource&) = delete;
  virtual ~ContentSource() = default;

  struct Chunk {
    /// Valid until the next call. Empty: the content is over.
    std::string_view bytes;
    /// It broke off: the connection is closed, so that nobody takes it for complete.
    bool failed = false;
  };
  /// The next part. On the worker of the connection; called again when the last part was taken by
  /// the client's system, so a slow client slows the source.
  virtual Awaitable<Chunk> next() = 0;
  /// Fields after the content, "name: value\r\n" each; after the last part. Only clients that can
  /// have them get them.
  [[nodiscard]] virtual std::string trailers() { return {}; }
};

/// One answer. The server adds Date, Content-Length or Transfer-Encoding, Connection and
/// X-Request-Id.
class Response {
 public:
  using Content = std::variant<std::monostate, std::string, std::vector<std::byte>, SharedContent,
                               FileContent, std::unique_ptr<ContentSource>>;

  /// `status`: 200 to 599.
  explicit Response(unsigned status = 200) : status_(status) {}

  [[nodiscard]] unsigned status() const { return status_; }

  /// Adds a field. false, and nothing is added: the name is not a token or the value has bytes that
  /// a field must not have (RFC 9110 section 5.5), so that no value can become another field.
  /// Fields that belong to the connection (RFC 9110 section 7.6.1), and those that the server adds
  /// itself, are left out: true.
  bool add(std::string_view name, std::string_view value);
  /// Adds fields that are known to be well formed and allowed: "name: value\r\n" each.
  void add_lines(std::string_view lines) { lines_ += lines; }
  /// The same, with a Content-Length among them. Content that is made while it is sent has to have
  /// exactly that length, or fail.
  void add_lines_with_length(std::string_view lines) {
    lines_ += lines;
    has_length_ = true;
  }
  [[nodiscard]] bool has_length() const { return has_length_; }
  /// As they are sent.
  [[nodiscard]] const std::string& lines() const { return lines_; }

  void set_content(Content content) { content_ = std::move(content); }
  [[nodiscard]] Content& content() { return content_; }
  [[nodiscard]] const Content& content() const { return content_; }

  /// Bytes of the content; unset where it is made while it is sent.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;

  /// The connection ends after this answer.
  void set_close() { close_ = true; }
  [[nodiscard]] bool close() const { return close_; }

 private:
  unsigned status_;
  bool close_ = false;
  bool has_length_ = false;
  std::string lines_;
  Content content_;
};

/// "Not Found"; "Unknown" for codes that no registry has.
[[nodiscard]] std::string_view reason_phrase(unsigned status);

/// Whether an answer with this status never has content (RFC 9110 section 6.4.1).
[[nodiscard]] constexpr bool never_has_content(unsigned status) {
  return status < 200 || status == 204 || status == 304;
}

/// Whether it is the status of an answer, not of what may come before one (RFC 9110 section 15).
[[nodiscard]] constexpr bool is_final_status(unsigned status) {
  return status >= 200 && status <= 599;
}

/// Fields with `name` and `value` as Response::add takes them, a line each; those that it refuses
/// are left out.
template <class Fields>
[[nodiscard]] std::string field_lines(const Fields& fields) {
  Response response;
  for (const auto& each : fields) static_cast<void>(response.add(each.name, each.value));
  return response.lines();
}

/// An error as a small JSON document (RFC 9457, application/problem+json): what happened, in one
/// sentence, and the id of the request, by which its log lines are found.
[[nodiscard]] Response problem(unsigned status, std::string_view detail,
                               std::string_view request_id);

}  // namespace hermes::http
