// An HTTP/2 client that does what a test says, also what no client should.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::http::testing {

using Http2Fields = std::vector<std::pair<std::string, std::string>>;

/// What has come of one answer.
struct Http2Answer {
  int status = 0;
  /// Of informational answers before it.
  int informational = 0;
  /// "name: value\n" each.
  std::string header;
  std::string body;
  std::string trailers;
  /// Closed by both sides, or reset.
  bool over = false;
  /// Code of the reset, NGHTTP2_NO_ERROR without one.
  std::uint32_t error = 0;
  /// What comes now are trailers.
  bool in_trailers = false;
};

struct Http2ClientOptions {
  std::uint32_t window = 65'535;
  /// Whether windows are opened again when content has come.
  bool opens_windows = true;
};

/// One connection, by nghttp2. Reading waits for what must come, a minute at most: then it aborts,
/// and the test with it.
class Http2Client {
 public:
  explicit Http2Client(const boost::asio::ip::tcp::endpoint& server,
                       Http2ClientOptions options = {});
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  /// A request to the host "h". The stream's id.
  std::int32_t get(std::string_view path) { return send("GET", path, {}, std::nullopt); }
  /// Without content, or with it; `fields` behind the pseudo-header fields.
  std::int32_t send(std::string_view method, std::string_view path, const Http2Fields& fields,
                    std::optional<std::string> content);
  /// All fields are those of the test. Content follows, if any, but its end only by end().
  std::int32_t send_fields(const Http2Fields& fields, std::optional<std::string> content,
                           bool ends = true);
  /// The end of content that was sent without one, with trailer fields.
  void end(std::int32_t id, const Http2Fields& trailers);
  void reset(std::int32_t id, std::uint32_t error);
  void ping();
  /// These very bytes, behind everything before.
  bool send_bytes(std::string_view bytes);

  /// Reads until that answer is over, or the connection is closed.
  const Http2Answer& finish(std::int32_t id);
  /// Sends what there is to send and reads something. false: closed.
  bool exchange();
  /// Reads until the server closes.
  void read_until_closed();
  [[nodiscard]] const Http2Answer& answer(std::int32_t id) { return answers_[id]; }

  /// GOAWAY frames that came: last stream, error.
  [[nodiscard]] const std::vector<std::pair<std::int32_t, std::uint32_t>>& goaways() const {
    return goaways_;
  }
  /// Ends as if the machine had gone: with a reset of TCP.
  void vanish();

 private:
  struct Callbacks;
  struct Sent {
    std::string content;
    std::size_t next = 0;
    bool ends = true;
  };

  bool write_frames();
  void find_goaways(const std::string& bytes);

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  Http2ClientOptions options_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Http2Answer> answers_;
  std::map<std::int32_t, std::unique_ptr<Sent>> sent_;
  /// A frame that has not come whole.
  std::string received_;
  std::vector<std::pair<std::int32_t, std::uint32_t>> goaways_;
  bool closed_ = false;
};

/// A frame as it goes over the wire (RFC 9113 section 4.1).
[[nodiscard]] std::string http2_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                                      std::string_view payload);

}  // namespace hermes::http::testing
