#include "http/http1_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <utility>

namespace hermes::http {
namespace {

/// Content that a handler did not read is read and thrown away up to here, so that the connection
/// can go on; beyond that closing it is cheaper.
constexpr std::uint64_t kMostSkipped = std::uint64_t{64} * 1024;

/// An input for content is so large. It is taken when the client has filled the room that there
/// was, and when there is less room than that.
constexpr std::size_t kContentInput = std::size_t{64} * 1024;
constexpr std::size_t kLeastRoom = std::size_t{2} * 1024;

/// What a client of TLS begins with (RFC 8446 section 5.1: a handshake record). No request does.
constexpr char kTlsHandshake = 22;

iovec part(std::string_view text) {
  return {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
}

/// The authority of an absolute form, and what follows it (RFC 9112 section 3.2.2).
std::pair<std::string_view, std::string_view> split_target(std::string_view target) {
  if (target.starts_with('/') || target == "*") return {{}, target};
  const std::size_t authority = target.find("://") + 3;
  const std::size_t path = std::min(target.find_first_of("/?", authority), target.size());
  return {target.substr(authority, path - authority), target.substr(path)};
}

}  // namespace

Http1Session::Http1Session(Connection& connection)
    : connection_(connection), shard_(connection.shard()), parser_(shard_.limits) {
  connection_.set_user(this);
}

Http1Session::~Http1Session() {
  connection_.set_user(nullptr);
  forget_content();
  give_back(head_);
  give_back(input_);
}

Awaitable<void> Http1Session::run() {
  for (;;) {
    if (input_.unused().empty()) {
      // Nothing of the next request is there: this may take long, and needs no memory.
      give_back(input_);
      out_ = std::string();
      if (shard_.draining) break;
      connection_.enter(Phase::kIdle);
      const Waited waited = co_await connection_.wait_for_request();
      if (waited != Waited::kReady) co_return;
    }
    const Head head = co_await read_head();
    if (head == Head::kEnded) co_return;
    if (head == Head::kRefused) {
      http2_ = begins_http2();
      if (http2_) co_return;
      co_await refuse(parser_.refusal());
      break;
    }
    const bool goes_on = co_await serve();
    if (!goes_on) break;
  }
  if (connection_.ended() == Waited::kReady) co_await connection_.linger();
}

bool Http1Session::begins_http2() const {
  constexpr std::string_view kBegin = "PRI * HTTP/2.0\r\n";
  return requests_ == 0 && !connection_.transport().secure() && received().starts_with(kBegin);
}

void Http1Session::give_back(Input& input) {
  if (input.capacity == Shard::kBufferBytes) shard_.give_buffer(std::move(input.bytes));
  input = {};
}

Http1Session::Input Http1Session::take_input(std::size_t capacity) {
  if (capacity == Shard::kBufferBytes) return {.bytes = shard_.take_buffer(), .capacity = capacity};
  return {.bytes = std::make_unique_for_overwrite<char[]>(capacity), .capacity = capacity};
}

// -------------------------------------------------------------------------------------------- head

Awaitable<Http1Session::Head> Http1Session::read_head() {
  connection_.enter(Phase::kHead);
  request_began_ = shard_.clock.steady();
  request_ = {};
  parser_.restart();
  if (input_.bytes == nullptr) input_ = take_input(Shard::kBufferBytes);
  std::size_t begin = input_.used;
  for (;;) {
    if (!input_.unused().empty()) {
      if (requests_ == 0 && input_.bytes[begin] == kTlsHandshake && !connection_.secure()) {
        co_await connection_.refuse_tls();
        co_return Head::kEnded;
      }
      input_.used += parser_.parse_head(input_.unused());
      if (parser_.state() == RequestParser::State::kRefused) co_return Head::kRefused;
      if (parser_.state() != RequestParser::State::kHead) {
        describe_request();
        co_return Head::kComplete;
      }
    }
    if (!make_room_for_head(begin)) {
      const Refusal refusal = RequestParser::head_too_large();
      co_await refuse(refusal);
      if (connection_.ended() == Waited::kReady) co_await connection_.linger();
      co_return Head::kEnded;
    }
    const std::size_t count = co_await connection_.read(input_.room());
    if (count == 0) break;
    input_.filled += count;
  }
  if (connection_.ended() == Waited::kTimeout && input_.filled > begin) {
    connection_.forgive_timeout();
    const Refusal refusal{408, "the request did not come in time"};
    co_await refuse(refusal);
    if (connection_.ended() == Waited::kReady) co_await connection_.linger();
  }
  co_return Head::kEnded;
}

bool Http1Session::make_room_for_head(std::size_t& begin) {
  const std::size_t size = input_.filled - begin;
  if (size >= shard_.limits.max_header_bytes) return false;
  if (!input_.room().empty()) return true;
  Input larger = take_input(begin > 0 ? input_.capacity : input_.capacity * 2);
  std::memcpy(larger.bytes.get(), input_.bytes.get() + begin, size);
  larger.filled = size;
  give_back(input_);
  input_ = std::move(larger);
  begin = 0;
  // What was found points to where it was: from the beginning.
  parser_.restart();
  if (size > 0) input_.used = parser_.parse_head(input_.unused());
  return true;
}

void Http1Session::describe_request() {
  const RequestHead& head = parser_.head();
  const auto [authority, path_and_query] = split_target(head.target);
  request_.method = head.method;
  request_.path_and_query = path_and_query;
  if (path_and_query.empty() || path_and_query.starts_with('?')) {
    path_ = fmt::format("/{}", path_and_query);
    request_.path_and_query = path_;
  }
  request_.authority = authority.empty() ? head.host : authority;
  request_.version = head.version;
  request_.secure = connection_.secure();
  request_.fields = head.fields;
  request_.has_content = head.has_content();
  request_.content_length = head.content_length;
  request_.content = this;
  request_.client = connection_.client();
  request_.secure = connection_.transport().secure();
  request_.id = RequestId::from(request_.field("x-request-id"), shard_.random);
  request_.trace = TraceContext::continue_from(request_.field("traceparent"), shard_.random);
  content_begin_ = input_.used;
  content_left_ = head.content_length.value_or(0);
  content_error_.reset();
  unpolled_ = {};
  content_progress_ = {};
  continue_said_ = false;
}

// ----------------------------------------------------------------------------------------- request

Awaitable<bool> Http1Session::serve() {
  connection_.enter(Phase::kHandling);
  request_began_ = shard_.clock.steady();
  ++requests_;
  shard_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  Response response = co_await shard_.handler.handle(request_);
  if (content_error_ == ContentError::kTimeout) connection_.forgive_timeout();
  if (connection_.ended() != Waited::kReady) co_return false;
  if (content_error_ && *content_error_ != ContentError::kClosed) {
    const Refusal refusal = content_error_ == ContentError::kMalformed
                                ? parser_.refusal()
                                : refusal_of(*content_error_);
    co_await refuse(refusal);
    co_return false;
  }
  const bool keep_alive = may_go_on(response);
  const bool answered = co_await answer(response, keep_alive);
  // Whoever made the content does not need the request any more.
  response.set_content({});
  if (!answered || !keep_alive) co_return false;
  const bool skipped = co_await skip_content();
  if (!skipped) co_return false;
  forget_content();
  give_back(head_);
  co_return true;
}

bool Http1Session::may_go_on(const Response& response) const {
  if (!parser_.head().keep_alive || shard_.draining || response.close() ||
      requests_ >= shard_.limits.max_requests_per_connection) {
    return false;
  }
  if (content_is_over()) return true;
  // A client that waits for 100 may send its content after all, or not: that cannot be told.
  if (parser_.head().expects_continue && !continue_said_) return false;
  // It is being read while it is answered: probably it will be over by then.
  if (request_.listener != nullptr) return true;
  return request_.content_length && content_left_ <= kMostSkipped;
}

Awaitable<void> Http1Session::refuse(const Refusal& refusal) {
  if (request_.id.text().empty()) request_.id = RequestId::from({}, shard_.random);
  connection_.enter(Phase::kHandling);
  Response response = to_response(refusal, request_.id.text());
  co_await answer(response, false);
}

// ----------------------------------------------------------------------------------------- content

bool Http1Session::content_is_over() const {
  return parser_.head().chunked ? parser_.state() == RequestParser::State::kDone
                                : content_left_ == 0;
}

std::unexpected<ContentError> Http1Session::content_failed(ContentError error) {
  content_error_ = error;
  return std::unexpected(error);
}

std::unexpected<ContentError> Http1Session::reading_ended() {
  return content_failed(connection_.ended() == Waited::kTimeout ? ContentError::kTimeout
                                                                : ContentError::kClosed);
}

Awaitable<bool> Http1Session::begin_content() {
  connection_.enter(Phase::kContent, content_progress_);
  if (!parser_.head().expects_continue || continue_said_) co_return true;
  continue_said_ = true;
  // It has begun to send: it does not wait.
  if (!input_.unused().empty()) co_return true;
  std::array parts{part("HTTP/1.1 100 Continue\r\n\r\n")};
  co_return co_await connection_.write(parts);
}

void Http1Session::pause_content() {
  content_progress_ = connection_.progress();
  connection_.enter(Phase::kHandling);
}

Awaitable<Http1Session::Part> Http1Session::next() {
  if (content_error_) co_return std::unexpected(*content_error_);
  if (content_is_over()) co_return std::string_view();
  const bool begun = co_await begin_content();
  if (!begun) co_return reading_ended();
  const Part part = co_await next_part();
  pause_content();
  co_return part;
}

Awaitable<Http1Session::Part> Http1Session::next_part() {
  for (;;) {
    const std::optional<Part> there = part_there();
    if (there) co_return *there;
    const std::size_t count = co_await connection_.read(input_.room());
    if (count == 0) co_return reading_ended();
    input_.filled += count;
  }
}

std::optional<Http1Session::Part> Http1Session::part_there() {
  while (!input_.unused().empty()) {
    const std::span<char> there = input_.unused();
    if (!parser_.head().chunked) {
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(there.size(), content_left_));
      input_.used += size;
      content_left_ -= size;
      return std::string_view(there.data(), size);
    }
    std::string_view content;
    const std::size_t taken = parser_.parse_content(there, content);
    input_.used += taken;
    if (parser_.state() == RequestParser::State::kRefused) {
      return content_failed(parser_.refusal().status == 413 ? ContentError::kTooLarge
                                                            : ContentError::kMalformed);
    }
    if (!content.empty() || content_is_over()) return content;
    if (taken == 0) break;
  }
  if (!make_room_for_content()) return content_failed(ContentError::kMalformed);
  return std::nullopt;
}

Awaitable<void> Http1Session::invite() {
  if (content_error_ || content_is_over()) co_return;
  const bool invited = co_await begin_content();
  pause_content();
  if (!invited) static_cast<void>(reading_ended());
}

std::expected<PolledContent, ContentError> Http1Session::poll(std::span<char> into) {
  using State = PolledContent::State;
  if (content_error_) return std::unexpected(*content_error_);
  if (connection_.phase() == Phase::kContent) pause_content();
  for (;;) {
    if (!unpolled_.empty()) {
      const std::size_t size = unpolled_.copy(into.data(), into.size());
      unpolled_.remove_prefix(size);
      return PolledContent{.state = State::kReady, .bytes = size};
    }
    if (content_is_over()) return PolledContent{.state = State::kOver};
    // With nothing of it in the input, nothing but content follows where its length is known.
    const bool plain = !parser_.head().chunked && input_.unused().empty();
    if (!plain) {
      if (const std::optional<Part> there = part_there()) {
        if (!*there) return std::unexpected(there->error());
        unpolled_ = **there;
        continue;
      }
    }
    const std::span<char> room = plain ? into.first(static_cast<std::size_t>(
                                             std::min<std::uint64_t>(into.size(), content_left_)))
                                       : input_.room();
    const IoResult read = connection_.try_read(room);
    if (read.must_wait()) {
      connection_.enter(Phase::kContent, content_progress_);
      connection_.tell_when_readable(read);
      return PolledContent{.state = State::kPending};
    }
    if (!read.moved()) return reading_ended();
    if (plain) {
      content_left_ -= read.bytes;
      return PolledContent{.state = State::kReady, .bytes = read.bytes};
    }
    input_.filled += read.bytes;
  }
}

void Http1Session::on_readable() {
  if (request_.listener != nullptr) request_.listener->content_ready();
}

void Http1Session::on_ended() {
  if (request_.listener == nullptr) return;
  // Content that did not come in time gets its answer.
  if (connection_.ended() == Waited::kTimeout && connection_.phase() == Phase::kContent) {
    request_.listener->content_ready();
  } else {
    request_.listener->client_gone();
  }
}

bool Http1Session::make_room_for_content() {
  // There is more where that came from.
  const bool was_full = input_.room().empty() && input_.capacity < kContentInput;
  const std::size_t size = input_.unused().size();
  // What was given out is not needed any more.
  std::memmove(input_.bytes.get() + content_begin_, input_.unused().data(), size);
  input_.used = content_begin_;
  input_.filled = content_begin_ + size;
  if (input_.room().size() >= kLeastRoom && !was_full) return true;
  if (head_.bytes != nullptr) return false;
  // The handler still looks at the head.
  Input larger = take_input(kContentInput);
  std::memcpy(larger.bytes.get(), input_.unused().data(), size);
  larger.filled = size;
  head_ = std::exchange(input_, std::move(larger));
  content_begin_ = 0;
  return true;
}

bool Http1Session::hold(std::uint64_t bytes) {
  std::atomic<std::uint64_t>& all = shard_.counters.content_bytes;
  held_ += bytes;
  return all.fetch_add(bytes, std::memory_order_relaxed) + bytes <=
         shard_.limits.max_collected_bytes;
}

void Http1Session::forget_content() {
  collected_ = std::string();
  shard_.counters.content_bytes.fetch_sub(std::exchange(held_, 0), std::memory_order_relaxed);
}

Awaitable<Http1Session::Part> Http1Session::all(std::uint64_t most) {
  if (content_error_) co_return std::unexpected(*content_error_);
  if (content_is_over()) co_return std::string_view(collected_);
  if (content_left_ > most) co_return content_failed(ContentError::kTooLarge);
  if (!parser_.head().chunked && input_.unused().size() >= content_left_) {
    // It has come with the head, and stays where it is.
    co_return co_await next_part();
  }
  const bool begun = co_await begin_content();
  if (!begun) co_return reading_ended();
  Part content;
  if (parser_.head().chunked) {
    content = co_await collect_chunks(most);
  } else {
    content = co_await collect_known();
  }
  pause_content();
  co_return content;
}

Awaitable<Http1Session::Part> Http1Session::collect_known() {
  collected_.assign(input_.unused().data(), input_.unused().size());
  content_left_ -= input_.unused().size();
  input_.used = input_.filled;
  if (!hold(collected_.size())) co_return content_failed(ContentError::kOverloaded);
  while (content_left_ > 0) {
    // Not all at once: what a client only promises to send costs no memory.
    const std::size_t before = collected_.size();
    const std::size_t more = static_cast<std::size_t>(
        std::min<std::uint64_t>(content_left_, std::max(before, kContentInput)));
    if (!hold(more)) co_return content_failed(ContentError::kOverloaded);
    // The library of GCC 12 hands on a larger size than it was given.
    const std::size_t wanted = before + more;
    collected_.resize_and_overwrite(wanted, [wanted](char*, std::size_t) { return wanted; });
    std::size_t filled = before;
    while (filled < collected_.size()) {
      const std::size_t count = co_await connection_.read(std::span(collected_).subspan(filled));
      if (count == 0) co_return reading_ended();
      filled += count;
    }
    content_left_ -= more;
  }
  co_return std::string_view(collected_);
}

Awaitable<Http1Session::Part> Http1Session::collect_chunks(std::uint64_t most) {
  while (!content_is_over()) {
    const Part more = co_await next_part();
    if (!more) co_return more;
    if (collected_.size() + more->size() > most) co_return content_failed(ContentError::kTooLarge);
    if (!hold(more->size())) co_return content_failed(ContentError::kOverloaded);
    collected_ += *more;
  }
  co_return std::string_view(collected_);
}

Awaitable<bool> Http1Session::skip_content() {
  if (content_is_over()) co_return true;
  connection_.enter(Phase::kContent, content_progress_);
  unpolled_ = {};
  std::uint64_t skipped = 0;
  while (!content_is_over()) {
    const Part part = co_await next_part();
    if (!part) co_return false;
    skipped += part->size();
    if (skipped > kMostSkipped) co_return false;
  }
  co_return true;
}

// ------------------------------------------------------------------------------------------ answer

void Http1Session::write_head(const Response& response, bool keep_alive, bool chunked) {
  out_.clear();
  fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status(),
                 reason_phrase(response.status()), shard_.date.text(shard_.clock.wall()));
  if (chunked) {
    out_ += "Transfer-Encoding: chunked\r\n";
  } else if (const auto length = response.content_length();
             length && !response.has_length() && !never_has_content(response.status())) {
    fmt::format_to(std::back_inserter(out_), "Content-Length: {}\r\n", *length);
  }
  if (!keep_alive) {
    out_ += "Connection: close\r\n";
  } else if (request_.version < 11) {
    out_ += "Connection: keep-alive\r\n";
  }
  out_ += response.lines();
  out_ += "X-Request-Id: ";
  out_ += request_.id.text();
  out_ += "\r\n\r\n";
}

Awaitable<bool> Http1Session::answer(Response& response, bool keep_alive) {
  const bool has_length = response.has_length() || response.content_length().has_value();
  const bool without_content = request_.method == "HEAD" || never_has_content(response.status());
  const bool chunked = !has_length && !without_content && request_.version >= 11;
  // With HTTP/1.0 the end of the connection is the end of the content.
  if (!has_length && !chunked && !without_content) keep_alive = false;
  write_head(response, keep_alive, chunked);
  answer_progress_ = {};
  content_sent_ = 0;
  bool sent = false;
  if (without_content) {
    std::array parts{part(out_)};
    sent = co_await send(parts, 0);
  } else {
    sent = co_await send_content(response, chunked);
  }
  if (!sent) connection_.break_off();
  if (shard_.observer != nullptr) {
    shard_.observer->on_answered({.request = request_,
                                  .status = response.status(),
                                  .content_bytes = content_sent_,
                                  .took = shard_.clock.steady() - request_began_,
                                  .broken_off = !sent});
  }
  co_return sent && (has_length || chunked || without_content);
}

Awaitable<bool> Http1Session::send(std::span<iovec> parts, std::size_t content_bytes, Then then) {
  connection_.begin_sending(answer_progress_);
  const bool sent = co_await connection_.write(parts, then);
  answer_progress_ = connection_.end_sending();
  if (sent) content_sent_ += content_bytes;
  co_return sent;
}

Awaitable<bool> Http1Session::send_content(Response& response, bool chunked) {
  Response::Content& content = response.content();
  if (auto* source = std::get_if<std::unique_ptr<ContentSource>>(&content)) {
    co_return co_await send_source(**source, chunked);
  }
  if (const auto* file = std::get_if<FileContent>(&content)) {
    std::array parts{part(out_)};
    const bool head_sent = co_await send(parts, 0, file->length > 0 ? Then::kMore : Then::kNothing);
    if (!head_sent) co_return false;
    connection_.begin_sending(answer_progress_);
    const std::uint64_t before = connection_.written();
    const bool sent = co_await connection_.send_file(file->descriptor, file->offset, file->length);
    connection_.end_sending();
    content_sent_ = connection_.written() - before;
    co_return sent;
  }
  std::string_view bytes;
  if (const auto* text = std::get_if<std::string>(&content)) bytes = *text;
  if (const auto* made = std::get_if<std::vector<std::byte>>(&content)) {
    bytes = {reinterpret_cast<const char*>(made->data()), made->size()};
  }
  if (const auto* shared = std::get_if<SharedContent>(&content)) bytes = shared->bytes;
  std::array parts{part(out_), part(bytes)};
  co_return co_await send(parts, bytes.size());
}

Awaitable<bool> Http1Session::send_source(ContentSource& source, bool chunked) {
  // The head goes at once: the first part may be long in coming.
  std::array head{part(out_)};
  bool sent = co_await send(head, 0);
  if (!sent) co_return false;
  for (;;) {
    const ContentSource::Chunk chunk = co_await source.next();
    if (chunk.failed || connection_.ended() != Waited::kReady) co_return false;
    if (chunk.bytes.empty()) break;
    if (!chunked) {
      std::array parts{part(chunk.bytes)};
      sent = co_await send(parts, chunk.bytes.size());
      if (!sent) co_return false;
      continue;
    }
    out_ = fmt::format("{:x}\r\n", chunk.bytes.size());
    std::array parts{part(out_), part(chunk.bytes), part("\r\n")};
    sent = co_await send(parts, chunk.bytes.size());
    if (!sent) co_return false;
  }
  if (!chunked) co_return true;
  out_ = fmt::format("0\r\n{}\r\n", source.trailers());
  std::array parts{part(out_)};
  co_return co_await send(parts, 0);
}

}  // namespace hermes::http
