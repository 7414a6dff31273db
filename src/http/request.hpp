// One request, as a handler sees it.
#pragma once

#include "http/field.hpp"
#include "http/io.hpp"
#include "http/request_id.hpp"
#include "http/trace_context.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace hermes::http {

class RequestCounters;

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

/// What ContentReader::poll has found.
struct PolledContent {
  enum class State : std::uint8_t {
    kReady,
    /// Nothing yet.
    kPending,
    kOver,
  };
  State state = State::kPending;
  /// With kReady: how many were written, at least one.
  std::size_t bytes = 0;
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

  /// For who does other things meanwhile. Lets a client that waits for it send its content (RFC
  /// 9110 section 10.1.1). Before the first poll().
  virtual Awaitable<void> invite() = 0;
  /// Writes what is there to the beginning of `into`, which is not empty: where nothing stands in
  /// between, from the socket. After kPending the listener of the request is told when there is
  /// more. Not where next() or all() are used.
  virtual std::expected<PolledContent, ContentError> poll(std::span<char> into) = 0;

  /// The fields that came after it, names in lower case. Once it is over; live until the answer is
  /// sent.
  [[nodiscard]] virtual std::span<const std::pair<std::string, std::string>> trailers() const = 0;
};

/// Told what becomes of a request while its handler, or the source of its answer, has it. On the
/// worker of the connection; does not end what it is told about from within.
class RequestListener {
 public:
  /// ContentReader::poll has something to say again.
  virtual void content_ready() = 0;
  /// The client is gone, or was cut off: whatever is answered goes nowhere. With HTTP/1.1 a client
  /// that has ended its side counts as gone.
  virtual void client_gone() = 0;

 protected:
  ~RequestListener() = default;
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
  /// Set, and taken back before it goes, by whoever wants to be told.
  RequestListener* listener = nullptr;

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
  /// Where the answer is counted; none: with those that no application answered. Set by the
  /// handler.
  std::shared_ptr<RequestCounters> counters;
};

}  // namespace hermes::http
