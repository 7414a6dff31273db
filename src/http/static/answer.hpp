// A request for a static file, and its answer: everything but the connection.
#pragma once

#include "http/static/directory.hpp"
#include "http/static/header_block.hpp"
#include "http/static/preconditions.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

namespace hermes::http {

/// What the answer depends on. Views of the request; an empty one stands for a field that was not
/// sent. A field that came in several lines is joined by ", " (RFC 9110 section 5.3).
struct StaticRequest {
  /// As it was sent: methods are case-sensitive.
  std::string_view method = {};
  /// The path of the request-target as it was sent (below the point where the directory is
  /// mounted, with its slash), and what follows the `?`.
  std::string_view path = {};
  std::string_view query = {};
  Conditions conditions = {};
  std::string_view range = {};
  std::string_view accept_encoding = {};
};

/// Bytes in memory, kept alive by `owner`.
struct MemoryBody {
  std::shared_ptr<const StaticFile> owner;
  std::string_view bytes;
};

/// `length` bytes (at least one) of a file from `offset`, for sendfile(2). Should the file end
/// before that, somebody has cut it off meanwhile, and the connection can only be ended.
struct FileBody {
  std::shared_ptr<const OpenFile> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

using StaticBody = std::variant<std::monostate, MemoryBody, FileBody>;

struct StaticAnswer {
  /// 200, 206, 304, 308; 400, 404, 405, 412, 416, 500.
  std::uint16_t status = 500;
  /// Everything except Date and what belongs to the connection. Content-Length is in it where the
  /// status is 200 or 206 (for HEAD: that of GET); with 304 and 308 there is no content (308:
  /// length 0, and says so); for an error it is up to whoever adds a problem document.
  std::shared_ptr<const HeaderBlock> headers;
  /// Nothing for HEAD, for an empty file, and for statuses other than 200 and 206.
  StaticBody body;
  /// Why, where the status is 400 or more. For the client below 500; from 500 on it is for the log,
  /// and the client is told nothing of it.
  std::string reason;
};

/// The file has to be read first, where it may block: read_and_answer() with this.
struct AnswerLater {
  NeedsReading reading;
};

/// Answers, or says what has to be done first. For a worker: does not block. When a small file is
/// in memory, nothing is built for a 200 or 304: header fields and contents are those that are
/// kept.
[[nodiscard]] std::variant<StaticAnswer, AnswerLater> answer(const StaticDirectory& directory,
                                                             const StaticRequest& request);

/// The second part of an answer. Blocks (StaticDirectory::read()): for a BlockingExecutor. The
/// views of `request` are those of answer().
[[nodiscard]] StaticAnswer read_and_answer(const StaticDirectory& directory,
                                           const StaticRequest& request, const AnswerLater& later,
                                           const std::stop_token& stop = {});

}  // namespace hermes::http
