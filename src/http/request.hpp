// One request, as a handler sees it.
#pragma once

#include "http/field.hpp"
#include "http/io.hpp"
#include "http/request_id.hpp"
#include "http/trace_context.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hermes::http {

/// Why content did not come, or not all of it. The connection answers, and whatever the handler
/// returns is thrown away.
enum class ContentError : std::uint8_t {
  /// More than the server takes, or than was asked for: 413.
  kTooLarge,
  /// Not well formed: 400.
  kMalformed,
  /// Too slow: 408.
  kTimeout,
  /// The server holds as much content as it may: 503.
  kOverloaded,
  /// The client is gone.
  kClosed,
};

/// The content of a request as it comes in. On the worker of the connection.
class ContentReader {
 public:
  ContentReader() = default;
  ContentReader(const ContentReader&) = delete;
  ContentReader& operator=(const ContentReader&) = delete;
  virtual ~ContentReader() = default;

  /// Waits for the next part; valid until the next call. Empty: it is over.
  virtual Awaitable<std::expected<std::string_view, ContentError>> next() = 0;
  /// Waits for all of it, at most `most` bytes; valid until the answer is sent.
  virtual Awaitable<std::expected<std::string_view, ContentError>> all(std::uint64_t most) = 0;
};

/// Views live until the answer is sent.
struct Request {
  std::string_view method;
  /// With the query: "/a%20b?c=d". Of an absolute form what follows the authority; "*" for OPTIONS.
  std::string_view path_and_query;
  /// The Host field, or :authority; empty with HTTP/1.0 only.
  std::string_view authority;
  /// 10, 11 or 20.
  int version = 11;
  /// Over TLS.
  bool secure = false;
  std::span<const Field> fields;
  /// Whether content follows, and how many bytes where that is known.
  bool has_content = false;
  std::optional<std::uint64_t> content_length;
  ContentReader* content = nullptr;

  Tcp::endpoint client;
  RequestId id;
  TraceContext trace;

  /// The path alone.
  [[nodiscard]] std::string_view path() const {
    return path_and_query.substr(0, path_and_query.find('?'));
  }
  [[nodiscard]] std::string_view field(std::string_view name) const {
    return find_field(fields, name).value_or(std::string_view());
  }

  /// For the access log: which application answered. Set by the handler.
  std::string application;
};

}  // namespace hermes::http
