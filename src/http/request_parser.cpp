#include "http/request_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace hermes::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

constexpr int kHttp10 = 10;
constexpr int kHttp11 = 11;
constexpr unsigned kBadRequest = 400;
constexpr unsigned kContentTooLarge = 413;
constexpr unsigned kExpectationFailed = 417;
constexpr unsigned kFieldsTooLarge = 431;
constexpr unsigned kNotImplemented = 501;
constexpr unsigned kVersionNotSupported = 505;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  return std::ranges::equal(a, lower, [](char left, char right) {
    return (left >= 'A' && left <= 'Z' ? static_cast<char>(left + ('a' - 'A')) : left) == right;
  });
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char each) { return each >= '0' && each <= '9'; });
}

/// Whether the first line that is not empty ends with a line feed alone.
bool has_bare_line_feed(std::string_view text) {
  while (text.starts_with("\r\n")) text.remove_prefix(2);
  const std::size_t end = text.find('\n');
  return end != std::string_view::npos && !text.substr(0, end).ends_with('\r');
}

Refusal refusal_of(const error_code& error) {
  using Error = beast::http::error;
  if (error == Error::header_limit) return RequestParser::head_too_large();
  if (error == Error::body_limit) {
    return {kContentTooLarge, "the content is larger than this server takes"};
  }
  if (error == Error::bad_version) {
    return {kVersionNotSupported, "the version of HTTP is not one that is spoken here"};
  }
  if (error == Error::bad_method) return {kBadRequest, "the method is not a token"};
  if (error == Error::bad_target)
    return {kBadRequest, "the target has bytes that it must not have"};
  if (error == Error::bad_field) return {kBadRequest, "a field name is not a token"};
  if (error == Error::bad_value)
    return {kBadRequest, "a field value has bytes that it must not have"};
  if (error == Error::bad_line_ending) return {kBadRequest, "a line does not end with CR LF"};
  if (error == Error::bad_obs_fold)
    return {kBadRequest, "a field value is continued on another line"};
  if (error == Error::bad_content_length || error == Error::multiple_content_length ||
      error == Error::bad_transfer_encoding) {
    return {kBadRequest,
            "how long the content is cannot be told: Content-Length and "
            "Transfer-Encoding contradict each other or are not well formed"};
  }
  if (error == Error::bad_chunk || error == Error::bad_chunk_extension) {
    return {kBadRequest, "a chunk is not well formed"};
  }
  return {kBadRequest, "this is not an HTTP request"};
}

}  // namespace

bool is_valid_target(std::string_view method, std::string_view target) {
  const auto is_allowed = [](char each) { return each > ' ' && each < '\x7f' && each != '#'; };
  if (!std::ranges::all_of(target, is_allowed)) return false;
  if (target.starts_with('/')) return true;
  if (target == "*") return method == "OPTIONS";
  // An absolute form; its host is not looked at, the Host field says the same (section 3.2.2).
  return target.starts_with("http://") || target.starts_with("https://");
}

/// Collects what Beast finds.
class RequestParser::Beast final : public beast::http::basic_parser<true> {
 public:
  explicit Beast(RequestParser& owner) : owner_(owner) {
    header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(
        owner.limits_.max_header_bytes, std::numeric_limits<std::uint32_t>::max())));
    body_limit(owner.limits_.max_body_bytes);
  }

  /// The bytes that are being parsed.
  void set_buffer(std::span<char> buffer) { buffer_ = buffer; }
  [[nodiscard]] std::string_view content() const { return content_; }
  void clear_content() { content_ = {}; }
  [[nodiscard]] bool has_chunk() const { return has_chunk_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 protected:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code& error) override {
    error = {};
    owner_.head_.method = view(method);
    owner_.head_.target = view(target);
    owner_.head_.version = version;
  }

  // Never called: this parser takes requests.
  void on_response_impl(int, beast::string_view, int, error_code& error) override { error = {}; }

  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     error_code& error) override {
    error = {};
    if (in_trailers_) {
      if (owner_.trailers_.size() >= owner_.limits_.max_header_fields) {
        return stop(error, {kFieldsTooLarge, "there are too many trailer fields"});
      }
      owner_.trailers_.emplace_back(lower_case(view(name)), view(value));
      return;
    }
    if (owner_.fields_.size() >= owner_.limits_.max_header_fields) {
      return stop(error, {kFieldsTooLarge, "there are too many header fields"});
    }
    if (is_folded(name, value)) {
      return stop(error, {kBadRequest, "a field value is continued on another line"});
    }
    char* const begin = buffer_.data() + (name.data() - buffer_.data());
    for (char& each : std::span(begin, name.size())) {
      if (each >= 'A' && each <= 'Z') each = static_cast<char>(each + ('a' - 'A'));
    }
    owner_.fields_.push_back({{begin, name.size()}, view(value)});
  }

  void on_header_impl(error_code& error) override { error = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& error) override {
    error = {};
  }
  std::size_t on_body_impl(beast::string_view body, error_code& error) override {
    error = {};
    content_ = view(body);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t size, beast::string_view extensions,
                            error_code& error) override {
    error = {};
    in_trailers_ = size == 0;
    has_chunk_ = true;
    // Nobody needs them; a flood of them would be work for nothing.
    extension_bytes_ += extensions.size();
    if (extension_bytes_ > owner_.limits_.max_header_bytes) {
      stop(error, {kBadRequest, "there are too many chunk extensions"});
    }
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body,
                                 error_code& error) override {
    error = {};
    content_ = view(body);
    return body.size();
  }
  void on_finish_impl(error_code& error) override { error = {}; }

 private:
  /// Beast puts the lines of a folded value together somewhere else, or leaves the first line away
  /// if it is empty (RFC 9112 section 5.2).
  [[nodiscard]] bool is_folded(beast::string_view name, beast::string_view value) const {
    if (value.empty()) return false;
    const char* const begin = name.data() + name.size();
    const char* const end = value.data() + value.size();
    if (value.data() < begin || end > buffer_.data() + buffer_.size()) return true;
    return std::find(begin, value.data(), '\r') != value.data();
  }

  static std::string lower_case(std::string_view text) {
    std::string result(text);
    for (char& each : result) {
      if (each >= 'A' && each <= 'Z') each = static_cast<char>(each + ('a' - 'A'));
    }
    return result;
  }

  void stop(error_code& error, const Refusal& refusal) {
    refusal_ = refusal;
    error = beast::http::make_error_code(beast::http::error::bad_field);
  }

  RequestParser& owner_;
  std::span<char> buffer_;
  std::string_view content_;
  Refusal refusal_;
  std::size_t extension_bytes_ = 0;
  bool has_chunk_ = false;
  bool in_trailers_ = false;
};

RequestParser::RequestParser(const Limits& limits) : limits_(limits) { restart(); }

RequestParser::~RequestParser() = default;

void RequestParser::restart() {
  fields_.clear();
  trailers_.clear();
  head_ = {};
  refusal_ = {};
  state_ = State::kHead;
  beast_ = std::make_unique<Beast>(*this);
}

Refusal RequestParser::head_too_large() {
  return {kFieldsTooLarge, "the request line and the fields are larger than this server takes"};
}

void RequestParser::refuse(unsigned status, std::string_view detail) {
  refusal_ = {status, detail};
  state_ = State::kRefused;
}

std::size_t RequestParser::parse_head(std::span<char> bytes) {
  beast_->set_buffer(bytes);
  error_code error;
  const std::size_t taken = beast_->put({bytes.data(), bytes.size()}, error);
  if (error == beast::http::error::need_more) return taken;
  if (error) {
    Refusal refusal = beast_->refusal().status != 0 ? beast_->refusal() : refusal_of(error);
    // Beast reads the version up to the next CR.
    if (error == beast::http::error::bad_version &&
        has_bare_line_feed({bytes.data(), bytes.size()})) {
      refusal = refusal_of(beast::http::make_error_code(beast::http::error::bad_line_ending));
    }
    refuse(refusal.status, refusal.detail);
    return taken;
  }
  finish_head();
  return taken;
}

void RequestParser::finish_head() {
  head_.fields = fields_;
  head_.chunked = beast_->chunked();
  head_.keep_alive = beast_->keep_alive();
  if (const auto length = beast_->content_length()) head_.content_length = *length;

  if (head_.version != kHttp10 && head_.version != kHttp11) {
    return refuse(kVersionNotSupported, "only HTTP/1.0, HTTP/1.1 and HTTP/2 are spoken here");
  }
  if (head_.method == "CONNECT") return refuse(kNotImplemented, "this server is not a proxy");
  if (!is_valid_target(head_.method, head_.target)) {
    return refuse(kBadRequest,
                  "the target of the request has none of the forms of RFC 9112 "
                  "section 3.2");
  }
  const std::size_t hosts = count_fields(head_.fields, "host");
  if (hosts > 1 || (hosts == 0 && head_.version == kHttp11)) {
    return refuse(kBadRequest, "a request has exactly one Host field");
  }
  head_.host = find_field(head_.fields, "host").value_or(std::string_view());

  const std::size_t lengths = count_fields(head_.fields, "content-length");
  const std::size_t encodings = count_fields(head_.fields, "transfer-encoding");
  if (lengths > 1 || (lengths == 1 && !is_digits(*find_field(head_.fields, "content-length")))) {
    return refuse(kBadRequest, "a request has one Content-Length at most, a number");
  }
  if (encodings > 0) {
    if (lengths > 0 || encodings > 1 || head_.version == kHttp10) {
      return refuse(kBadRequest,
                    "how long the content is cannot be told: one Transfer-Encoding, "
                    "with HTTP/1.1, and no Content-Length beside it");
    }
    if (!head_.chunked ||
        !equal_ignoring_case(*find_field(head_.fields, "transfer-encoding"), "chunked")) {
      return refuse(kNotImplemented, "the only transfer coding that is known here is chunked");
    }
  }
  if (head_.content_length.value_or(0) > limits_.max_body_bytes) {
    return refuse(kContentTooLarge, "the content is larger than this server takes");
  }
  if (const auto expect = find_field(head_.fields, "expect")) {
    if (!equal_ignoring_case(*expect, "100-continue")) {
      return refuse(kExpectationFailed, "the only expectation that is known here is 100-continue");
    }
    head_.expects_continue = head_.version == kHttp11 && head_.has_content();
  }
  state_ = head_.has_content() ? State::kContent : State::kDone;
}

std::size_t RequestParser::parse_content(std::span<char> bytes, std::string_view& content) {
  content = {};
  // Beast takes it for granted that the end of content without any chunk comes in one piece.
  constexpr std::string_view kNoChunks = "0\r\n\r\n";
  if (!beast_->has_chunk() && bytes.size() < kNoChunks.size() && bytes.front() == '0') return 0;
  beast_->set_buffer(bytes);
  beast_->clear_content();
  error_code error;
  const std::size_t taken = beast_->put({bytes.data(), bytes.size()}, error);
  content = beast_->content();
  if (error && error != beast::http::error::need_more) {
    const Refusal refusal = beast_->refusal().status != 0 ? beast_->refusal() : refusal_of(error);
    refuse(refusal.status, refusal.detail);
  } else if (beast_->is_done()) {
    state_ = State::kDone;
  }
  return taken;
}

}  // namespace hermes::http
