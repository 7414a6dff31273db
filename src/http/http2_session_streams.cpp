#include "http/http2_session.hpp"
#include "http/refusal.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace hermes::http {
namespace {

nghttp2_nv field(std::string_view name, std::string_view value) {
  // nghttp2 copies, and puts names into lower case.
  return {.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          .value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
          .namelen = name.size(),
          .valuelen = value.size(),
          .flags = NGHTTP2_NV_FLAG_NONE};
}

/// "name: value\r\n" each.
void add_fields(std::string_view lines, std::vector<nghttp2_nv>& fields) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      fields.push_back(field(line.substr(0, colon), line.substr(colon + 2)));
    }
    lines.remove_prefix(std::min(end + 2, lines.size()));
  }
}

}  // namespace

// ----------------------------------------------------------------------------------------- streams

void Http2Session::begin_stream(Http2Stream& stream, bool has_content) {
  const std::optional<Refusal> refusal = stream.begin(connection_, has_content);
  if (++requests_ >= shard_.limits.max_requests_per_connection) leave();
  shard_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  if (stream.request().field("priority").empty()) {
    // Who does not say otherwise (RFC 9218) shares with the others, and does not wait for them.
    const nghttp2_extpri fair{.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};
    if (nghttp2_session_change_extpri_stream_priority(session_.get(), stream.id(), &fair, 0) != 0) {
      lost_ = true;
    }
  }
  if (refusal) {
    stream.forget_content();
    return answer(stream, to_response(*refusal, stream.request().id.text()));
  }
  stream.running = true;
  ready_.push_back(&stream);
}

void Http2Session::start_streams() {
  // Handlers that answer at once end here; nothing new is ready meanwhile.
  for (Http2Stream* const stream : ready_) {
    if (stream->closed || lost_) {
      stream->running = false;
      try_finish(*stream);
      continue;
    }
    ++tasks_;
    boost::asio::co_spawn(shard_.io.get_executor(), serve(*stream),
                          [](const std::exception_ptr& failure) {
                            if (failure) std::rethrow_exception(failure);
                          });
  }
  ready_.clear();
}

Awaitable<void> Http2Session::serve(Http2Stream& stream) {
  Request& request = stream.request();
  Response response = co_await shard_.handler.handle(request);
  if (const std::optional<Refusal> refusal = stream.content_refusal()) {
    response = to_response(*refusal, request.id.text());
  }
  if (response.close()) leave();
  answer(stream, std::move(response));
  // A source may still read the request.
  if (!stream.closed && stream.source() != nullptr) co_await send_source(stream);
  stream.forget_content();
  stream.running = false;
  try_finish(stream);
  task_done();
}

void Http2Session::answer(Http2Stream& stream, Response response) {
  stream.set_response(std::move(response));
  if (stream.closed) return;
  submit(stream);
  want_flush();
}

void Http2Session::submit(Http2Stream& stream) {
  const Response& response = stream.response();
  const Request& request = stream.request();
  const auto length = response.content_length();
  const std::string status = fmt::format("{}", response.status());
  const std::string length_text = fmt::format("{}", length.value_or(0));
  const bool without_content = request.method == "HEAD" || never_has_content(response.status());
  std::vector<nghttp2_nv> fields;
  constexpr std::size_t kUsualFields = 16;
  fields.reserve(kUsualFields);
  fields.push_back(field(":status", status));
  fields.push_back(field("date", shard_.date.text(shard_.clock.wall())));
  if (length && !response.has_length() && !never_has_content(response.status())) {
    fields.push_back(field("content-length", length_text));
  }
  add_fields(response.lines(), fields);
  fields.push_back(field("x-request-id", request.id.text()));
  const auto offer = [](nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t most,
                        std::uint32_t* flags, nghttp2_data_source* source, void* self) -> ssize_t {
    return static_cast<Http2Session*>(self)->offer_content(*static_cast<Http2Stream*>(source->ptr),
                                                           most, *flags);
  };
  const nghttp2_data_provider content{.source = {.ptr = &stream}, .read_callback = offer};
  const bool has_content = !without_content && length.value_or(1) > 0;
  if (!has_content) stream.drop_content();
  if (nghttp2_submit_response(session_.get(), stream.id(), fields.data(), fields.size(),
                              has_content ? &content : nullptr) != 0) {
    reset(stream, NGHTTP2_INTERNAL_ERROR);
  }
}

Awaitable<void> Http2Session::send_source(Http2Stream& stream) {
  for (;;) {
    const ContentSource::Chunk chunk = co_await stream.source()->next();
    if (stream.closed) co_return;
    if (chunk.failed) {
      reset(stream, NGHTTP2_INTERNAL_ERROR);
      want_flush();
      co_return;
    }
    stream.set_chunk(chunk.bytes);
    resume(stream);
    if (chunk.bytes.empty()) co_return;
    while (!stream.closed && (stream.ready_bytes() > 0 || stream.in_output)) {
      co_await stream.sent.wait();
    }
    if (stream.closed) co_return;
  }
}

void Http2Session::resume(Http2Stream& stream) {
  if (!std::exchange(stream.deferred, false)) return;
  if (nghttp2_session_resume_data(session_.get(), stream.id()) != 0) lost_ = true;
  want_flush();
}

void Http2Session::reset(const Http2Stream& stream, std::uint32_t error) {
  if (nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id(), error) != 0) {
    lost_ = true;
  }
}

void Http2Session::abandon(Http2Stream& stream) {
  stream.closed = true;
  stream.sent.notify();
  stream.fail_content(ContentError::kClosed);
}

void Http2Session::try_finish(Http2Stream& stream) {
  if (stream.running || !stream.closed || stream.in_output) return;
  observe(stream);
  streams_.erase(stream.place);
  if (!streams_.empty()) return;
  idle_since_ = shard_.clock.steady();
  if (output_.empty()) output_.release();
}

void Http2Session::observe(const Http2Stream& stream) {
  if (shard_.observer == nullptr || !stream.has_response()) return;
  const SteadyTime ended = stream.answer_ended ? stream.answer_ended_at : shard_.clock.steady();
  shard_.observer->on_answered({.request = stream.request(),
                                .status = stream.response().status(),
                                .content_bytes = stream.content_sent(),
                                .took = ended - stream.began_at(),
                                .broken_off = !stream.answer_ended});
}

void Http2Session::on_content_read(Http2Stream& stream, std::size_t bytes) {
  if (nghttp2_session_consume_stream(session_.get(), stream.id(), bytes) != 0) lost_ = true;
  want_flush();
}

void Http2Session::on_content_wanted(Http2Stream& stream) {
  const nghttp2_nv status = field(":status", "100");
  if (nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream.id(), nullptr, &status, 1,
                             nullptr) < 0) {
    lost_ = true;
  }
  want_flush();
}

// ------------------------------------------------------------------------------------------ output

ssize_t Http2Session::offer_content(Http2Stream& stream, std::size_t most, std::uint32_t& flags) {
  if (!stream.has_ready_content()) {
    stream.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const std::uint64_t size = std::min<std::uint64_t>(most, stream.ready_bytes());
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (stream.ends_after(size)) {
    flags |= NGHTTP2_DATA_FLAG_EOF;
    if (submit_trailers(stream)) flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  }
  return static_cast<ssize_t>(size);
}

bool Http2Session::submit_trailers(Http2Stream& stream) {
  if (stream.source() == nullptr) return false;
  const std::string lines = stream.source()->trailers();
  std::vector<nghttp2_nv> fields;
  add_fields(lines, fields);
  if (fields.empty()) return false;
  if (nghttp2_submit_trailer(session_.get(), stream.id(), fields.data(), fields.size()) == 0) {
    return true;
  }
  lost_ = true;
  return false;
}

void Http2Session::want_flush() {
  if (gathering_ > 0 || writing_ || flush_posted_) return;
  flush_posted_ = true;
  ++tasks_;
  boost::asio::post(shard_.io, [this] {
    flush_posted_ = false;
    flush();
    task_done();
  });
}

bool Http2Session::fill_output() {
  ++gathering_;
  while (!output_.full() && !lost_) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size < 0) lost_ = true;
    // Content goes to the output by itself.
    if (size <= 0) break;
    output_.copy({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  }
  --gathering_;
  return !lost_;
}

void Http2Session::flush() {
  std::size_t written = 0;
  while (!writing_ && !lost_) {
    if (output_.empty()) {
      if (!fill_output() || output_.empty()) break;
    }
    const IoResult result = connection_.transport().write(output_.parts(), Then::kNothing);
    if (result.moved()) {
      connection_.count_sent(result.bytes);
      output_.take(result.bytes);
      output_pace_.move(result.bytes);
      if (output_.empty()) on_output_written();
      written += result.bytes;
      if (written < Connection::kTurnBytes) continue;
      want_flush();
      return;
    }
    if (result.must_wait()) {
      writing_ = true;
      ++tasks_;
      boost::asio::co_spawn(shard_.io.get_executor(), write_later(result.state),
                            [](const std::exception_ptr& failure) {
                              if (failure) std::rethrow_exception(failure);
                            });
      return;
    }
    lost_ = true;
  }
  // The one who reads ends the connection.
  if (!writing_ && reading_waits_ && is_over()) connection_.interrupt();
}

void Http2Session::on_output_written() {
  output_.clear();
  for (Http2Stream* const stream : std::exchange(in_output_, {})) {
    stream->in_output = false;
    if (lost_) stream->answer_ended = false;
    stream->sent.notify();
    try_finish(*stream);
  }
  if (streams_.empty()) output_.release();
}

Awaitable<void> Http2Session::write_later(IoResult::State what) {
  const Waited waited = co_await connection_.wait(what);
  writing_ = false;
  if (waited == Waited::kReady) flush();
  task_done();
}

void Http2Session::task_done() {
  if (--tasks_ == 0) all_done_.notify();
}

}  // namespace hermes::http
