// HTTP/2 on one connection: requests that are under way at the same time (RFC 9113).
#pragma once

#include "base/clock.hpp"
#include "base/rate_limit.hpp"
#include "http/connection.hpp"
#include "http/http2_frame_heads.hpp"
#include "http/http2_memory.hpp"
#include "http/http2_output.hpp"
#include "http/http2_stream.hpp"

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::http {

/// Lives on its connection's worker. One coroutine reads; each request is one of its own; what is
/// to be sent is gathered and written at once, and somebody waits for the socket only when it takes
/// nothing more. Frames, HPACK and flow control are nghttp2's.
class Http2Session final : private ConnectionWatch, private Http2StreamOwner {
 public:
  explicit Http2Session(Connection& connection);
  ~Http2Session() override;

  /// Until the connection is to end and all handlers have come back. `received` has come already.
  Awaitable<void> run(const std::string& received);

 private:
  struct Callbacks;
  struct DeleteSession {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };
  /// How far the end of the connection has come (RFC 9113 section 6.8).
  enum class Leaving : std::uint8_t {
    kNo,
    /// The client knows; what it has sent before it knew is still served.
    kNoticed,
    /// Nothing new is served.
    kSaid,
  };
  /// While one lives, what is to be sent is gathered; then it is written.
  class Gather;

  // ---- The connection.
  void begin();
  Awaitable<void> read_frames();
  void receive(std::string_view bytes);
  void process(std::string_view bytes);
  void look_at_frame(const Http2FrameHead& frame);
  /// A head, or content, that belongs to no stream that is open.
  void on_stray_frame(const Http2FrameHead& frame);
  [[nodiscard]] bool is_over() const;
  /// Ends the connection at once, but says why.
  void terminate(std::uint32_t error);
  void leave();
  void say_goaway();

  // ---- What nghttp2 tells; see Callbacks.
  int on_head_begins(const nghttp2_frame& frame);
  void on_field(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  void on_frame(const nghttp2_frame& frame);
  void on_content(Http2Stream* stream, std::string_view bytes);
  void on_sent(const nghttp2_frame& frame);
  void on_closed(Http2Stream& stream, std::uint32_t error);
  [[nodiscard]] Http2Stream* find(std::int32_t id) const;
  void remember_closed(std::int32_t id, bool may_still_send);

  // ---- Streams.
  void begin_stream(Http2Stream& stream, bool has_content);
  void start_streams();
  Awaitable<void> serve(Http2Stream& stream);
  void answer(Http2Stream& stream, Response response);
  void submit(Http2Stream& stream);
  Awaitable<void> send_source(Http2Stream& stream);
  void resume(Http2Stream& stream);
  void reset(const Http2Stream& stream, std::uint32_t error);
  /// The client takes no more of this stream, or sends no more: the one place where that is known,
  /// whoever has ended it. The handler's content ends, and its answer goes nowhere.
  void abandon(Http2Stream& stream);
  /// Forgets the stream, if nobody needs it any more.
  void try_finish(Http2Stream& stream);
  void observe(const Http2Stream& stream);

  // Http2StreamOwner
  void on_content_read(Http2Stream& stream, std::size_t bytes) override;
  void on_content_wanted(Http2Stream& stream) override;

  // ---- Output.
  /// Soon, when nobody gathers.
  void want_flush();
  void flush();
  /// Gathers frames. false: nghttp2 cannot go on.
  bool fill_output();
  void on_output_written();
  Awaitable<void> write_later(IoResult::State what);
  ssize_t offer_content(Http2Stream& stream, std::size_t most, std::uint32_t& flags);
  bool submit_trailers(Http2Stream& stream);

  /// One of what run() waits for at its end is over.
  void task_done();

  // ConnectionWatch
  void check(SteadyTime now) override;
  void drain() override;
  void check_stream(Http2Stream& stream, SteadyTime now);

  Connection& connection_;
  Shard& shard_;
  Http2Memory memory_;
  std::unique_ptr<nghttp2_session, DeleteSession> session_;

  Http2FrameHeads frame_heads_;
  std::list<Http2Stream> streams_;
  /// Requests that are complete, or at least their heads; not started yet.
  std::vector<Http2Stream*> ready_;
  std::uint64_t requests_ = 0;
  /// The highest that the client has begun.
  std::int32_t last_id_ = 0;
  /// The last streams that were closed: what nghttp2 would ignore is an error when the client had
  /// ended its side already (RFC 9113 section 5.1).
  struct ClosedStream {
    std::int32_t id = 0;
    /// It was reset here, and the client may not know yet.
    bool may_still_send = false;
  };
  static constexpr std::size_t kRememberedStreams = 64;
  std::vector<ClosedStream> closed_;
  std::size_t next_closed_ = 0;
  RateLimit resets_;
  RateLimit control_frames_;
  /// Window updates that are no more than what was sent accounts for.
  std::uint64_t expected_updates_;

  /// Coroutines and posted functions that use this.
  std::size_t tasks_ = 0;
  Signal all_done_;

  Http2Output output_;
  /// Streams with content in output_.
  std::vector<Http2Stream*> in_output_;
  std::size_t gathering_ = 0;
  bool flush_posted_ = false;
  /// Somebody waits until the socket takes more.
  bool writing_ = false;
  bool reading_waits_ = false;
  /// Nothing goes any more, in either direction.
  bool lost_ = false;
  /// Since nothing that is to be sent can be sent.
  ClientPace output_pace_;

  Leaving leaving_ = Leaving::kNo;
  SteadyTime noticed_at_{};
  /// Since the head of a request is incomplete.
  std::optional<SteadyTime> head_began_;
  /// Since there is no stream.
  SteadyTime idle_since_{};
};

}  // namespace hermes::http
