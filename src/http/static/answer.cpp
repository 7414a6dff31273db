#include "http/static/answer.hpp"

#include "http/static/byte_range.hpp"
#include "http/static/request_path.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

namespace hermes::http {
namespace {

constexpr HeaderField kNoSniff{.name = "x-content-type-options", .value = "nosniff"};

std::shared_ptr<const HeaderBlock> block_of(std::initializer_list<HeaderField> fields) {
  return std::make_shared<const HeaderBlock>(std::span(fields.begin(), fields.size()));
}

StaticAnswer refuse(std::uint16_t status, std::string reason,
                    std::shared_ptr<const HeaderBlock> headers = nullptr) {
  if (!headers) headers = block_of({kNoSniff});
  return {.status = status, .headers = std::move(headers), .body = {}, .reason = std::move(reason)};
}

StaticAnswer nothing_there() { return refuse(404, "there is no such file"); }

/// A relative reference (RFC 3986 section 4.2): right wherever the directory is mounted, and never
/// another host. "./" keeps a colon in the name from being read as a scheme.
StaticAnswer add_slash(const RequestPath& path, std::string_view query) {
  std::string location = "./";
  append_encoded_segment(location, path.last_segment());
  location += '/';
  const auto is_visible = [](char c) { return c > ' ' && c <= '~'; };
  if (!query.empty() && std::ranges::all_of(query, is_visible)) {
    location += '?';
    location += query;
  }
  return {.status = 308,
          .headers = block_of({{.name = "location", .value = location},
                               {.name = "cache-control", .value = "no-cache"},
                               {.name = "content-length", .value = "0"},
                               kNoSniff}),
          .body = {},
          .reason = {}};
}

StaticBody body_of(const FoundFile& found, std::uint64_t first, std::uint64_t length) {
  if (length == 0) return {};
  if (const auto& content = found.file->content()) {
    return MemoryBody{.owner = found.file,
                      .bytes = std::string_view(*content).substr(static_cast<std::size_t>(first),
                                                                 static_cast<std::size_t>(length))};
  }
  return FileBody{.file = found.open, .offset = first, .length = length};
}

/// One of the blocks that the file has ready.
std::shared_ptr<const HeaderBlock> ready_block(const FoundFile& found, const HeaderBlock& block) {
  return {found.file, &block};
}

StaticAnswer part_of(const FoundFile& found, const ByteRange& range) {
  const std::string length = std::to_string(range.length);
  const std::string content_range = format_content_range(range, found.file->size());
  const auto common = found.file->without_length();
  std::vector<HeaderField> fields;
  fields.reserve(common.size() + 2);
  fields.assign(common.begin(), common.end());
  fields.push_back({.name = "content-range", .value = content_range});
  fields.push_back({.name = "content-length", .value = length});
  return {.status = 206,
          .headers = std::make_shared<const HeaderBlock>(fields),
          .body = body_of(found, range.first, range.length),
          .reason = {}};
}

StaticAnswer answer_with(const FoundFile& found, const StaticRequest& request, HttpDate now) {
  const StaticFile& file = *found.file;
  const Verdict verdict = evaluate(request.conditions, file.validators(), now);
  if (verdict == Verdict::kNotModified) {
    return {.status = 304,
            .headers = ready_block(found, file.not_modified()),
            .body = {},
            .reason = {}};
  }
  if (verdict == Verdict::kFailed)
    return refuse(412, "the file is not in the state that the request asks for");

  const bool is_get = request.method == "GET";
  // Section 14.2 of RFC 9110: Range is for GET alone.
  if (is_get && verdict == Verdict::kProceed && !request.range.empty()) {
    const ByteRange range = parse_byte_range(request.range, file.size());
    if (range.kind == ByteRange::Kind::kPart) return part_of(found, range);
    if (range.kind == ByteRange::Kind::kUnsatisfiable) {
      const std::string content_range = format_content_range(range, file.size());
      return refuse(416, "the range begins behind the end of the file",
                    block_of({{.name = "content-range", .value = content_range},
                              {.name = "accept-ranges", .value = "bytes"},
                              kNoSniff}));
    }
  }
  return {.status = 200,
          .headers = ready_block(found, file.ok()),
          .body = is_get ? body_of(found, 0, file.size()) : StaticBody{},
          .reason = {}};
}

StaticAnswer failed(const Error& error) { return refuse(500, error.message); }

}  // namespace

std::variant<StaticAnswer, AnswerLater> answer(const StaticDirectory& directory,
                                               const StaticRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    return refuse(405, "files are read with GET and HEAD",
                  block_of({{.name = "allow", .value = "GET, HEAD"}, kNoSniff}));
  }
  const auto path = RequestPath::parse(request.path);
  if (!path) {
    if (path.error() == PathRefusal::kHidden) return nothing_there();
    return refuse(400, std::string(explain(path.error())));
  }
  Lookup lookup = directory.find(*path, AcceptEncoding::parse(request.accept_encoding));
  if (auto* const found = std::get_if<FoundFile>(&lookup))
    return answer_with(*found, request, directory.now());
  if (auto* const reading = std::get_if<NeedsReading>(&lookup))
    return AnswerLater{std::move(*reading)};
  if (std::holds_alternative<NeedsSlash>(lookup)) return add_slash(*path, request.query);
  if (const auto* const failure = std::get_if<LookupFailed>(&lookup)) return failed(failure->error);
  return nothing_there();
}

StaticAnswer read_and_answer(const StaticDirectory& directory, const StaticRequest& request,
                             const AnswerLater& later, const std::stop_token& stop) {
  const auto found = directory.read(later.reading, stop);
  if (found) return answer_with(*found, request, directory.now());
  if (found.error().code == ErrorCode::kNotFound) return nothing_there();
  return failed(found.error());
}

}  // namespace hermes::http
