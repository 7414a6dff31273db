#include "http/http2_session.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace hermes::http {
namespace {

/// A client that does not say that it has seen the notice of the end is not waited for any longer.
constexpr Duration kNoticeTime = std::chrono::milliseconds{500};

/// Data of the PING that follows the notice.
constexpr std::array<std::uint8_t, 8> kNoticePing{'g', 'o', 'i', 'n', 'g', 0, 0, 0};

/// The window of the connection, in windows of a stream. It never makes one stream wait for the
/// handler of another: what has come is given back at once. It only bounds what is on the way.
constexpr std::size_t kConnectionWindows = 4;

constexpr std::size_t kFrameHeadBytes = 9;

/// Entries of one SETTINGS frame.
constexpr std::size_t kMostSettings = 32;

/// Of an answer, before HPACK.
constexpr std::size_t kMostAnswerHead = std::size_t{256} * 1024;

/// Window updates that a client may send before anything was sent to it.
constexpr std::uint64_t kFirstUpdates = 100;
/// One for the connection, one for the stream.
constexpr std::uint64_t kUpdatesPerFrame = 2;

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

class Http2Session::Gather {
 public:
  explicit Gather(Http2Session& session) : session_(session) { ++session_.gathering_; }
  ~Gather() {
    if (--session_.gathering_ == 0) session_.flush();
  }
  Gather(const Gather&) = delete;
  Gather& operator=(const Gather&) = delete;

 private:
  Http2Session& session_;
};

/// From C.
struct Http2Session::Callbacks {
  static Http2Session& self(void* data) { return *static_cast<Http2Session*>(data); }

  static int on_head_begins(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    return self(data).on_head_begins(*frame);
  }
  static int on_field(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* data) {
    self(data).on_field(*frame, view(name, name_size), view(value, value_size));
    return 0;
  }
  static int on_invalid_field(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*,
                              std::size_t, const std::uint8_t*, std::size_t, std::uint8_t, void*) {
    // Otherwise it would be left out (RFC 9113 section 8.2.1).
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    self(data).on_frame(*frame);
    return 0;
  }
  static int on_content(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                        std::size_t size, void* data) {
    self(data).on_content(self(data).find(id), view(bytes, size));
    return 0;
  }
  static int on_closed(nghttp2_session*, std::int32_t id, std::uint32_t error, void* data) {
    Http2Stream* const stream = self(data).find(id);
    if (stream != nullptr) self(data).on_closed(*stream, error);
    return 0;
  }
  static int on_sent(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    self(data).on_sent(*frame);
    return 0;
  }
  static int on_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* data) {
    // The head of an answer that is too large: nothing can be said instead.
    Http2Stream* const stream = self(data).find(frame->hd.stream_id);
    if (frame->hd.type == NGHTTP2_HEADERS && stream != nullptr) {
      self(data).reset(*stream, NGHTTP2_INTERNAL_ERROR);
    }
    return 0;
  }
  static int put_content(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head,
                         std::size_t size, nghttp2_data_source* source, void* data) {
    auto& stream = *static_cast<Http2Stream*>(source->ptr);
    Http2Output& output = self(data).output_;
    if (output.full()) return NGHTTP2_ERR_WOULDBLOCK;
    output.copy(view(head, kFrameHeadBytes));
    if (!stream.put_content(size, output)) {
      output.drop(kFrameHeadBytes);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (!std::exchange(stream.in_output, true)) self(data).in_output_.push_back(&stream);
    self(data).expected_updates_ += kUpdatesPerFrame;
    return 0;
  }

  struct Delete {
    void operator()(nghttp2_session_callbacks* all) const { nghttp2_session_callbacks_del(all); }
    void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
  };

  static std::unique_ptr<nghttp2_session_callbacks, Delete> make() {
    nghttp2_session_callbacks* all = nullptr;
    if (nghttp2_session_callbacks_new(&all) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_headers_callback(all, on_head_begins);
    nghttp2_session_callbacks_set_on_header_callback(all, on_field);
    nghttp2_session_callbacks_set_on_invalid_header_callback(all, on_invalid_field);
    nghttp2_session_callbacks_set_on_frame_recv_callback(all, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, on_content);
    nghttp2_session_callbacks_set_on_stream_close_callback(all, on_closed);
    nghttp2_session_callbacks_set_on_frame_send_callback(all, on_sent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(all, on_not_sent);
    nghttp2_session_callbacks_set_send_data_callback(all, put_content);
    return std::unique_ptr<nghttp2_session_callbacks, Delete>(all);
  }

  static nghttp2_session* make_session(Http2Session& session, const Limits& limits) {
    static const std::unique_ptr<nghttp2_session_callbacks, Delete> kCallbacks = make();
    nghttp2_option* option = nullptr;
    if (nghttp2_option_new(&option) != 0) throw std::bad_alloc();
    const std::unique_ptr<nghttp2_option, Delete> owner(option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    // Clients that do not know RFC 9218 have their priorities of RFC 7540 kept.
    nghttp2_option_set_server_fallback_rfc7540_priorities(option, 1);
    nghttp2_option_set_max_outbound_ack(option, limits.http2_max_acks);
    nghttp2_option_set_max_settings(option, kMostSettings);
    nghttp2_option_set_max_send_header_block_length(option, kMostAnswerHead);
    nghttp2_option_set_stream_reset_rate_limit(option, limits.http2_max_resets,
                                               limits.http2_resets_per_second);
    // Fields of the size that is allowed, in frames of the size that is allowed.
    constexpr std::size_t kFrameBytes = 16'384;
    constexpr std::size_t kLeastContinuations = 8;
    nghttp2_option_set_max_continuations(
        option, std::max(kLeastContinuations, limits.max_header_bytes / kFrameBytes + 1));
    nghttp2_session* made = nullptr;
    if (nghttp2_session_server_new3(&made, kCallbacks.get(), &session, option,
                                    session.memory_.get()) != 0) {
      throw std::bad_alloc();
    }
    return made;
  }
};

Http2Session::Http2Session(Connection& connection)
    : connection_(connection),
      shard_(connection.shard()),
      memory_(shard_.limits.http2_memory_bytes),
      session_(Callbacks::make_session(*this, shard_.limits)),
      resets_(shard_.limits.http2_resets_per_second, shard_.limits.http2_max_resets),
      control_frames_(shard_.limits.http2_control_frames_per_second,
                      shard_.limits.http2_max_control_frames),
      expected_updates_(kFirstUpdates),
      all_done_(shard_.io) {
  connection_.set_watch(this);
}

Http2Session::~Http2Session() { connection_.set_watch(nullptr); }

// -------------------------------------------------------------------------------------- connection

Awaitable<void> Http2Session::run(const std::string& received) {
  {
    const Gather gather(*this);
    begin();
    receive(received);
  }
  co_await read_frames();
  const bool in_order = !lost_;
  lost_ = true;
  // Who waits for the socket, waits in vain.
  if (!in_order) connection_.abort();
  for (Http2Stream& each : streams_) abandon(each);
  on_output_written();
  for (auto next = streams_.begin(); next != streams_.end();) try_finish(*next++);
  connection_.set_watch(nullptr);
  if (in_order) co_await connection_.linger();
  // Handlers come back, also when nobody waits for their answers.
  connection_.enter(Phase::kHandling);
  while (tasks_ > 0) co_await all_done_.wait();
}

void Http2Session::begin() {
  const Limits& limits = shard_.limits;
  const auto most = [](std::size_t value) { return static_cast<std::uint32_t>(value); };
  const std::array settings{
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
                             most(limits.http2_max_streams)},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, most(limits.http2_window_bytes)},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, most(limits.max_header_bytes)},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}};
  constexpr std::size_t kMostWindow = 0x7fffffff;
  const std::size_t window = std::min(kMostWindow, limits.http2_window_bytes * kConnectionWindows);
  lost_ = nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(),
                                  settings.size()) != 0 ||
          nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0,
                                                static_cast<std::int32_t>(window)) != 0;
  idle_since_ = shard_.clock.steady();
  if (shard_.draining) leave();
}

bool Http2Session::is_over() const {
  if (lost_) return true;
  // The notice is not the end, also when nothing is under way.
  return leaving_ != Leaving::kNoticed && output_.empty() &&
         nghttp2_session_want_read(session_.get()) == 0 &&
         nghttp2_session_want_write(session_.get()) == 0;
}

Awaitable<void> Http2Session::read_frames() {
  std::size_t taken = 0;
  while (!is_over()) {
    const IoResult result = connection_.transport().read(shard_.scratch());
    if (result.moved()) {
      connection_.count_received(result.bytes);
      receive({shard_.scratch().data(), result.bytes});
      taken += result.bytes;
      if (taken < Connection::kTurnBytes) continue;
      taken = 0;
      co_await boost::asio::post(shard_.io, boost::asio::use_awaitable_t<IoExecutor>{});
      continue;
    }
    if (!result.must_wait()) {
      lost_ = true;
      break;
    }
    reading_waits_ = true;
    const Waited waited = co_await connection_.wait(result.state);
    reading_waits_ = false;
    if (waited != Waited::kReady) lost_ = true;
  }
}

void Http2Session::receive(std::string_view bytes) {
  const Gather gather(*this);
  std::string_view unseen = bytes;
  while (const auto head = frame_heads_.next(unseen)) {
    if (head->type == NGHTTP2_HEADERS || head->type == NGHTTP2_DATA) {
      // What is before it decides what it is.
      const auto before = static_cast<std::size_t>(unseen.data() - bytes.data());
      const std::size_t head_bytes = std::min(before, kFrameHeadBytes);
      process(bytes.substr(0, before - head_bytes));
      bytes.remove_prefix(before - head_bytes);
    }
    look_at_frame(*head);
  }
  process(bytes);
  start_streams();
}

void Http2Session::process(std::string_view bytes) {
  if (bytes.empty() || lost_) return;
  const ssize_t taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC) {
    terminate(NGHTTP2_PROTOCOL_ERROR);
  } else if (taken < 0) {
    // No memory is left, or too many answers wait to be taken.
    lost_ = true;
  }
}

void Http2Session::look_at_frame(const Http2FrameHead& frame) {
  if (frame.type == NGHTTP2_HEADERS || frame.type == NGHTTP2_DATA) {
    const bool is_open = find(frame.stream) != nullptr;
    const bool is_new = frame.stream > last_id_ && leaving_ != Leaving::kSaid;
    if (frame.type == NGHTTP2_HEADERS && (is_open || is_new)) {
      head_began_ = shard_.clock.steady();
    }
    if (!is_open && frame.stream <= last_id_) on_stray_frame(frame);
    const bool ends = (frame.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame.type == NGHTTP2_HEADERS || frame.length > 0 || ends) return;
  }
  if (frame.type == NGHTTP2_WINDOW_UPDATE && expected_updates_ > 0) {
    --expected_updates_;
    return;
  }
  if (!control_frames_.allow(shard_.clock.steady())) terminate(NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2Session::terminate(std::uint32_t error) {
  if (nghttp2_session_terminate_session(session_.get(), error) != 0) lost_ = true;
  want_flush();
}

void Http2Session::leave() {
  if (leaving_ != Leaving::kNo || lost_) return;
  leaving_ = Leaving::kNoticed;
  noticed_at_ = shard_.clock.steady();
  if (nghttp2_submit_shutdown_notice(session_.get()) != 0) lost_ = true;
  want_flush();
}

void Http2Session::say_goaway() {
  if (leaving_ == Leaving::kSaid) return;
  leaving_ = Leaving::kSaid;
  if (nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                            nghttp2_session_get_last_proc_stream_id(session_.get()),
                            NGHTTP2_NO_ERROR, nullptr, 0) != 0) {
    lost_ = true;
  }
  want_flush();
}

// ------------------------------------------------------------------------------- what nghttp2
// tells

Http2Stream* Http2Session::find(std::int32_t id) const {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session_.get(), id));
}

void Http2Session::on_stray_frame(const Http2FrameHead& frame) {
  const auto known = std::ranges::find(closed_, frame.stream, &ClosedStream::id);
  if (known != closed_.end()) {
    if (!known->may_still_send) terminate(NGHTTP2_STREAM_CLOSED);
    return;
  }
  // Older ones may be anything. Among those that are remembered, one that is not was passed over,
  // and cannot be begun any more (section 5.1.1).
  if (frame.type == NGHTTP2_HEADERS &&
      (closed_.size() < kRememberedStreams ||
       frame.stream > std::ranges::min(closed_, {}, &ClosedStream::id).id)) {
    terminate(NGHTTP2_PROTOCOL_ERROR);
  }
}

void Http2Session::remember_closed(std::int32_t id, bool may_still_send) {
  const ClosedStream closed{.id = id, .may_still_send = may_still_send};
  if (closed_.size() < kRememberedStreams) {
    closed_.push_back(closed);
    return;
  }
  closed_[next_closed_] = closed;
  next_closed_ = (next_closed_ + 1) % kRememberedStreams;
}

int Http2Session::on_head_begins(const nghttp2_frame& frame) {
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  last_id_ = frame.hd.stream_id;
  if (streams_.size() >= shard_.limits.http2_max_streams) {
    // Handlers of streams that were reset still run.
    return nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, frame.hd.stream_id,
                                     NGHTTP2_REFUSED_STREAM);
  }
  Http2StreamOwner& owner = *this;
  Http2Stream& stream = streams_.emplace_back(owner, shard_, frame.hd.stream_id);
  stream.place = std::prev(streams_.end());
  return nghttp2_session_set_stream_user_data(session_.get(), stream.id(), &stream);
}

void Http2Session::on_field(const nghttp2_frame& frame, std::string_view name,
                            std::string_view value) {
  Http2Stream* const stream = find(frame.hd.stream_id);
  if (stream == nullptr) return;
  if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) return stream->head().add(name, value);
  if (!stream->head().add_trailer(name, value)) reset(*stream, NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2Session::on_frame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_PING && leaving_ == Leaving::kNoticed &&
      (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) {
    return say_goaway();
  }
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
  Http2Stream* const stream = find(frame.hd.stream_id);
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.hd.type == NGHTTP2_HEADERS) {
    head_began_.reset();
    if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
      if (stream != nullptr) begin_stream(*stream, !ends);
      return;
    }
  }
  if (stream != nullptr && ends) stream->end_content();
}

void Http2Session::on_content(Http2Stream* stream, std::string_view bytes) {
  // The window of the stream makes it wait for its handler; that of the connection would make it
  // wait for the handlers of others.
  if (nghttp2_session_consume_connection(session_.get(), bytes.size()) != 0) lost_ = true;
  if (stream == nullptr) return;
  stream->receive(bytes);
  if (stream->answer_ended && stream->has_much_to_skip()) reset(*stream, NGHTTP2_NO_ERROR);
}

void Http2Session::on_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_GOAWAY && leaving_ == Leaving::kNoticed) {
    // When the client has answered this, it has read the notice.
    if (nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, kNoticePing.data()) != 0) {
      lost_ = true;
    }
    return;
  }
  Http2Stream* const stream = find(frame.hd.stream_id);
  if (frame.hd.type == NGHTTP2_RST_STREAM) {
    // One that was refused is known nowhere else.
    if (stream == nullptr) return remember_closed(frame.hd.stream_id, true);
    stream->reset_here = true;
    return;
  }
  if (stream == nullptr || (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) ||
      (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
    return;
  }
  stream->answer_ended = true;
  stream->answer_ended_at = shard_.clock.steady();
  if (stream->has_much_to_skip()) reset(*stream, NGHTTP2_NO_ERROR);
}

void Http2Session::on_closed(Http2Stream& stream, std::uint32_t error) {
  if (error != NGHTTP2_NO_ERROR && !resets_.allow(shard_.clock.steady())) {
    terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  }
  remember_closed(stream.id(), stream.reset_here && !stream.content_is_over());
  abandon(stream);
  try_finish(stream);
}

// ------------------------------------------------------------------------------------------- times

void Http2Session::drain() { leave(); }

void Http2Session::check(SteadyTime now) {
  const Limits& limits = shard_.limits;
  if (lost_) return connection_.abort();
  const Gather gather(*this);
  if (leaving_ == Leaving::kNoticed && now - noticed_at_ > kNoticeTime) say_goaway();
  if (head_began_ && now - *head_began_ > limits.header_time) {
    head_began_.reset();
    connection_.count_timeout();
    return terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  }
  if (streams_.empty() && now - idle_since_ > limits.idle_time) {
    return terminate(NGHTTP2_NO_ERROR);
  }
  bool ready = false;
  for (Http2Stream& each : streams_) {
    check_stream(each, now);
    ready = ready || (!each.closed && each.has_response() && each.ready_bytes() > 0);
  }
  const bool waits =
      writing_ || (ready && nghttp2_session_get_remote_window_size(session_.get()) <= 0);
  if (!waits) {
    output_pace_ = {};
    return;
  }
  output_pace_.start(now);
  if (output_pace_.is_too_slow(now, limits)) {
    connection_.count_timeout();
    connection_.abort();
  }
}

void Http2Session::check_stream(Http2Stream& stream, SteadyTime now) {
  if (stream.closed) return;
  if (stream.content_is_too_slow(now)) {
    connection_.count_timeout();
    stream.fail_content(ContentError::kTimeout);
  }
  // The answer is sent, and the client neither ends its side nor sends much.
  if (stream.answer_ended && now - stream.answer_ended_at > shard_.limits.rate_grace) {
    return reset(stream, NGHTTP2_NO_ERROR);
  }
  const bool waits =
      stream.has_response() && stream.ready_bytes() > 0 && !stream.answer_ended &&
      nghttp2_session_get_stream_remote_window_size(session_.get(), stream.id()) <= 0;
  if (!waits) {
    stream.answer_pace = {};
    return;
  }
  stream.answer_pace.start(now);
  if (stream.answer_pace.is_too_slow(now, shard_.limits)) {
    connection_.count_timeout();
    stream.answer_pace = {};
    reset(stream, NGHTTP2_CANCEL);
  }
}

}  // namespace hermes::http
