#include "http/testing/http2_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace hermes::http::testing {
namespace {

constexpr timeval kPatience{.tv_sec = 60, .tv_usec = 0};

std::string text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::vector<nghttp2_nv> to_nghttp2(const Http2Fields& fields) {
  std::vector<nghttp2_nv> result;
  for (const auto& [name, value] : fields) {
    result.push_back({.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                      .value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
                      .namelen = name.size(),
                      .valuelen = value.size(),
                      .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE});
  }
  return result;
}

}  // namespace

struct Http2Client::Callbacks {
  static Http2Client& self(void* data) { return *static_cast<Http2Client*>(data); }

  static int on_head_begins(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    Http2Answer& answer = self(data).answers_[frame->hd.stream_id];
    answer.in_trailers = answer.status != 0;
    return 0;
  }
  static int on_field(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* data) {
    Http2Answer& answer = self(data).answers_[frame->hd.stream_id];
    const std::string name_text = text(name, name_size);
    const std::string value_text = text(value, value_size);
    if (name_text == ":status") {
      constexpr int kFinal = 200;
      const int status = std::atoi(value_text.c_str());
      (status < kFinal ? answer.informational : answer.status) = status;
    } else {
      (answer.in_trailers ? answer.trailers : answer.header) +=
          name_text + ": " + value_text + "\n";
    }
    return 0;
  }
  static int on_content(nghttp2_session* session, std::uint8_t, std::int32_t id,
                        const std::uint8_t* bytes, std::size_t size, void* data) {
    self(data).answers_[id].body += text(bytes, size);
    return self(data).options_.opens_windows ? nghttp2_session_consume(session, id, size) : 0;
  }
  static int on_closed(nghttp2_session*, std::int32_t id, std::uint32_t error, void* data) {
    Http2Answer& answer = self(data).answers_[id];
    answer.over = true;
    answer.error = error;
    return 0;
  }
  static ssize_t read(nghttp2_session*, std::int32_t, std::uint8_t* buffer, std::size_t most,
                      std::uint32_t* flags, nghttp2_data_source* source, void*) {
    Sent& sent = *static_cast<Sent*>(source->ptr);
    const std::size_t size = std::min(most, sent.content.size() - sent.next);
    if (size == 0 && !sent.ends) return NGHTTP2_ERR_DEFERRED;
    std::copy_n(sent.content.data() + sent.next, size, buffer);
    sent.next += size;
    if (sent.next == sent.content.size() && sent.ends) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }
};

Http2Client::Http2Client(const boost::asio::ip::tcp::endpoint& server, Http2ClientOptions options)
    : socket_(io_), options_(options) {
  socket_.connect(server);
  setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true));
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::on_head_begins);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::on_field);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::on_content);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::on_closed);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_session_client_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
}

Http2Client::~Http2Client() { nghttp2_session_del(session_); }

std::int32_t Http2Client::send(std::string_view method, std::string_view path,
                               const Http2Fields& fields, std::optional<std::string> content) {
  Http2Fields all{{":method", std::string(method)},
                  {":scheme", "http"},
                  {":path", std::string(path)},
                  {":authority", "h"}};
  all.insert(all.end(), fields.begin(), fields.end());
  return send_fields(all, std::move(content));
}

std::int32_t Http2Client::send_fields(const Http2Fields& fields, std::optional<std::string> content,
                                      bool ends) {
  auto sent = std::make_unique<Sent>();
  sent->ends = ends;
  const bool has_content = content.has_value();
  if (has_content) sent->content = std::move(*content);
  const nghttp2_data_provider provider{.source = {.ptr = sent.get()},
                                       .read_callback = Callbacks::read};
  const std::vector<nghttp2_nv> all = to_nghttp2(fields);
  const std::int32_t id = nghttp2_submit_request(session_, nullptr, all.data(), all.size(),
                                                 has_content ? &provider : nullptr, nullptr);
  sent_[id] = std::move(sent);
  // The fields are not copied: now they are not needed any more.
  write_frames();
  return id;
}

void Http2Client::end(std::int32_t id, const Http2Fields& trailers) {
  if (trailers.empty()) {
    sent_[id]->ends = true;
    nghttp2_session_resume_data(session_, id);
  } else {
    const std::vector<nghttp2_nv> all = to_nghttp2(trailers);
    nghttp2_submit_trailer(session_, id, all.data(), all.size());
  }
  write_frames();
}

void Http2Client::reset(std::int32_t id, std::uint32_t error) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, error);
  write_frames();
}

void Http2Client::ping() {
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  write_frames();
}

bool Http2Client::write_frames() {
  while (!closed_) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size <= 0) break;
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(bytes, static_cast<std::size_t>(size)), error);
    if (error) closed_ = true;
  }
  return !closed_;
}

bool Http2Client::send_bytes(std::string_view bytes) {
  if (!write_frames()) return false;
  boost::system::error_code error;
  boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), error);
  return !error;
}

bool Http2Client::exchange() {
  // A server that has closed may have said why.
  write_frames();
  std::array<std::uint8_t, 65'536> bytes{};
  const ssize_t count = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    std::fputs("the server neither answers nor closes\n", stderr);
    std::abort();
  }
  if (count <= 0) {
    closed_ = true;
    return false;
  }
  find_goaways(text(bytes.data(), static_cast<std::size_t>(count)));
  if (const ssize_t taken =
          nghttp2_session_mem_recv(session_, bytes.data(), static_cast<std::size_t>(count));
      taken < 0) {
    std::fprintf(stderr, "the client's session failed: %s\n",
                 nghttp2_strerror(static_cast<int>(taken)));
    std::abort();
  }
  write_frames();
  return true;
}

void Http2Client::find_goaways(const std::string& bytes) {
  // nghttp2 looks at nothing any more once it has seen the first.
  constexpr std::size_t kHead = 9;
  received_ += bytes;
  const auto number = [this](std::size_t at, int size) {
    std::uint32_t value = 0;
    for (int i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(received_[at++]);
    return value;
  };
  std::size_t at = 0;
  while (received_.size() >= at + kHead && received_.size() >= at + kHead + number(at, 3)) {
    if (received_[at + 3] == NGHTTP2_GOAWAY) {
      goaways_.emplace_back(number(at + kHead, 4), number(at + kHead + 4, 4));
    }
    at += kHead + number(at, 3);
  }
  received_.erase(0, at);
}

const Http2Answer& Http2Client::finish(std::int32_t id) {
  while (!answers_[id].over && exchange()) {
  }
  return answers_[id];
}

void Http2Client::read_until_closed() {
  while (exchange()) {
  }
}

void Http2Client::vanish() {
  boost::system::error_code ignored;
  socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
  closed_ = true;
}

std::string http2_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                        std::string_view payload) {
  std::string frame;
  const auto add = [&frame](std::uint32_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) frame += static_cast<char>(value >> (8 * i) & 0xff);
  };
  add(static_cast<std::uint32_t>(payload.size()), 3);
  add(type, 1);
  add(flags, 1);
  add(stream, 4);
  frame += payload;
  return frame;
}

}  // namespace hermes::http::testing
