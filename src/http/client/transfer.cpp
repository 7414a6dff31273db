#include "http/client/transfer.hpp"

#include "http/client/trusted_certificates.hpp"

#include <boost/asio/post.hpp>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace hermes::http {
namespace {

/// The client's own, or libcurl's (RFC 9110 section 7.6.1, RFC 9112 section 6).
constexpr std::array<std::string_view, 12> kOwn = {
    "connection",        "content-length",      "expect",           "host",
    "http2-settings",    "keep-alive",          "proxy-connection", "te",
    "transfer-encoding", "proxy-authorization", "trailer",          "upgrade"};

/// Bytes that are read from a connection at a time.
constexpr long kReadBytes = 64L * 1024;
/// A connection that nobody has used for so long is not used again.
constexpr long kMaxIdleSeconds = 30;

SteadyTime now() { return std::chrono::steady_clock::now(); }

long milliseconds(Duration time) {
  // 0 would be libcurl's default.
  return std::max<long>(
      1, static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(time).count()));
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& each : result) {
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each + ('a' - 'A'));
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char each) { return each == ' ' || each == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char each) {
    const auto byte = static_cast<unsigned char>(each);
    return (byte < 0x20 && each != '\t') || byte == 0x7f;
  });
}

boost::asio::ip::address address_of(const sockaddr& address, unsigned size) {
  if (address.sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    boost::asio::ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return boost::asio::ip::address_v6(bytes);
  }
  return {};
}

bool append(curl_slist*& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list, line.c_str());
  if (longer == nullptr) return false;
  list = longer;
  return true;
}

}  // namespace

Transfer::Transfer(ClientRequest request, std::shared_ptr<TransferHandler> handler,
                   std::weak_ptr<boost::asio::io_context> io)
    : request_(std::move(request)), handler_(std::move(handler)), io_(std::move(io)) {}

Transfer::~Transfer() {
  if (easy_ != nullptr) curl_easy_cleanup(easy_);
  curl_slist_free_all(fields_);
}

// ------------------------------------------------------------------------------------- any thread

void Transfer::resume() {
  if (over_.load(std::memory_order_acquire) || resume_asked_.exchange(true)) return;
  const std::shared_ptr<boost::asio::io_context> io = io_.lock();
  if (io == nullptr) return;
  boost::asio::post(*io, [self = shared_from_this()] {
    self->resume_asked_.store(false);
    self->go_on();
  });
}

void Transfer::cancel() {
  if (over_.load(std::memory_order_acquire)) return;
  const std::shared_ptr<boost::asio::io_context> io = io_.lock();
  if (io == nullptr) return;
  boost::asio::post(*io, [self = shared_from_this()] {
    if (self->easy_ != nullptr) self->owner_->end_soon(*self, ClientFailure::kCancelled);
  });
}

// -------------------------------------------------------------------------------------- beginning

bool Transfer::prepare(Owner& owner, const TrustedCertificates& trusted, const curl_slist* hosts,
                       boost::asio::io_context& io) {
  owner_ = &owner;
  trusted_ = &trusted;
  easy_ = curl_easy_init();
  if (easy_ == nullptr || has_control_character(request_.method) ||
      has_control_character(request_.url) || request_.method == "CONNECT") {
    return false;
  }
  bool good = true;
  const auto set = [&](CURLoption option, auto value) {
    good = curl_easy_setopt(easy_, option, value) == CURLE_OK && good;
  };
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  // A resolver that hangs must not keep the thread of the client until it gives up.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  // No proxy, whatever the environment says: through one, nobody could look at addresses.
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_BUFFERSIZE, kReadBytes);
  set(CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request_.limits.connect_time));
  if (hosts != nullptr) set(CURLOPT_RESOLVE, hosts);
  if (!trusted.empty()) {
    set(CURLOPT_SSL_CTX_FUNCTION, &Transfer::on_tls);
    set(CURLOPT_SSL_CTX_DATA, this);
  }
  set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PREREQFUNCTION, &Transfer::on_connected);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_line);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_content);
  set(CURLOPT_WRITEDATA, this);
  if (!good || !set_fields()) return false;
  set_body();
  began_ = moved_ = now();
  timer_ = std::make_unique<Timer>(io);
  watch_times();
  return true;
}

bool Transfer::set_fields() {
  bool has_accept = false;
  bool has_agent = false;
  bool good = true;
  for (const ClientField& each : request_.fields) {
    const std::string name = lower(each.name);
    if (has_control_character(each.name) || has_control_character(each.value)) return false;
    if (name.empty() || name.find_first_of(": ") != std::string::npos) return false;
    if (std::ranges::find(kOwn, name) != kOwn.end()) continue;
    has_accept |= name == "accept";
    has_agent |= name == "user-agent";
    // How libcurl wants a field without a value.
    const bool empty = trimmed(each.value).empty();
    good = append(fields_, empty ? each.name + ";" : each.name + ": " + each.value) && good;
  }
  // What libcurl would add.
  if (!has_accept) good = append(fields_, "Accept:") && good;
  if (!has_agent) good = append(fields_, "User-Agent:") && good;
  good = append(fields_, "Expect:") && good;
  return good && curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, fields_) == CURLE_OK;
}

void Transfer::set_body() {
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    return;
  }
  constexpr std::array<std::string_view, 3> kWithBody = {"POST", "PUT", "PATCH"};
  if (!request_.has_body && std::ranges::find(kWithBody, request_.method) != kWithBody.end()) {
    // Servers wait for the length of a body that such a method promises (RFC 9110 section 8.6).
    request_.has_body = true;
    request_.body_bytes = 0;
  }
  if (request_.has_body) {
    curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(
        easy_, CURLOPT_INFILESIZE_LARGE,
        request_.body_bytes ? static_cast<curl_off_t>(*request_.body_bytes) : curl_off_t{-1});
    curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &Transfer::on_body);
    curl_easy_setopt(easy_, CURLOPT_READDATA, this);
    curl_easy_setopt(easy_, CURLOPT_TRAILERFUNCTION, &Transfer::on_trailers);
    curl_easy_setopt(easy_, CURLOPT_TRAILERDATA, this);
  }
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

// ---------------------------------------------------------------------------------------- the end

ClientFailure Transfer::failure_of(CURLcode code) const {
  if (code == CURLE_OK) return ClientFailure::kNone;
  if (failed_ != ClientFailure::kNone) return failed_;
  if (code == CURLE_OPERATION_TIMEDOUT) {
    curl_off_t resolved = 0;
    curl_easy_getinfo(easy_, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
    return resolved == 0 ? ClientFailure::kNameTimeout : ClientFailure::kConnectionTimeout;
  }
  if (code == CURLE_COULDNT_CONNECT) {
    long system = 0;
    curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &system);
    if (system == ECONNREFUSED) return ClientFailure::kConnectionRefused;
    if (refused_address_) return ClientFailure::kAddressRefused;
    if (system == ETIMEDOUT) return ClientFailure::kConnectionTimeout;
  }
  // libcurl's own bound on a line.
  if (code == CURLE_OUT_OF_MEMORY && phase_ == Phase::kWaiting) return ClientFailure::kHeadTooLarge;
  return failure_of_curl(code);
}

void Transfer::finish(ClientFailure failure) {
  over_.store(true, std::memory_order_release);
  if (easy_ != nullptr) curl_easy_cleanup(std::exchange(easy_, nullptr));
  // Whoever holds this transfer may outlive the client, and with it what the timer belongs to.
  timer_.reset();
  // It may hold whoever holds this transfer.
  const std::shared_ptr<TransferHandler> handler = std::move(handler_);
  if (failure == ClientFailure::kNone && !lines_.empty()) handler->on_trailers(fields());
  handler->on_end(failure);
}

void Transfer::go_on() {
  if (easy_ == nullptr) return;
  if (!handler_->wanted()) {
    owner_->end_soon(*this, ClientFailure::kCancelled);
    return;
  }
  if (!body_paused_ && !content_paused_) return;
  body_paused_ = false;
  content_paused_ = false;
  // The handler's pause is not the server's.
  moved_ = now();
  watch_times();
  const CURLcode code = curl_easy_pause(easy_, CURLPAUSE_CONT);
  if (code != CURLE_OK) owner_->end_soon(*this, failure_of(code));
}

// ------------------------------------------------------------------------------------------ times

void Transfer::watch_times() {
  const TransferLimits& limits = request_.limits;
  SteadyTime next = SteadyTime::max();
  if (limits.total_time > Duration::zero()) next = began_ + limits.total_time;
  if (phase_ == Phase::kWaiting && !body_paused_) {
    next = std::min(next, moved_ + limits.first_byte_time);
  }
  if (phase_ == Phase::kContent && !content_paused_) {
    next = std::min(next, moved_ + limits.between_bytes_time);
  }
  if (next == SteadyTime::max()) {
    timer_->cancel();
    return;
  }
  timer_->expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(next));
  timer_->async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->easy_ != nullptr) self->look_at_times();
  });
}

void Transfer::look_at_times() {
  const TransferLimits& limits = request_.limits;
  const SteadyTime time = now();
  std::optional<ClientFailure> late;
  if (phase_ == Phase::kWaiting && !body_paused_ && time - moved_ >= limits.first_byte_time) {
    late = ClientFailure::kFirstByteTimeout;
  }
  if (phase_ == Phase::kContent && !content_paused_ && time - moved_ >= limits.between_bytes_time) {
    late = ClientFailure::kBetweenBytesTimeout;
  }
  if (limits.total_time > Duration::zero() && time - began_ >= limits.total_time) {
    late = ClientFailure::kTotalTimeout;
  }
  if (late) {
    owner_->end_soon(*this, *late);
  } else {
    // Something has gone forward since the timer was set.
    watch_times();
  }
}

// ------------------------------------------------------------------------------------- connection

bool Transfer::may_connect(const boost::asio::ip::address& address) {
  if (request_.may_connect && request_.may_connect(address)) return true;
  refused_address_ = true;
  return false;
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (purpose != CURLSOCKTYPE_IPCXN ||
      !transfer.may_connect(address_of(address->addr, address->addrlen))) {
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int Transfer::on_connected(void* self, char* peer, char* /*local*/, int /*peer_port*/,
                           int /*local_port*/) {
  auto& transfer = *static_cast<Transfer*>(self);
  // It may be a connection that another request has made, which was allowed more.
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(peer, error);
  if (error || !transfer.may_connect(address)) {
    transfer.fail_with(ClientFailure::kAddressRefused);
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.phase_ = Phase::kWaiting;
  transfer.moved_ = now();
  transfer.watch_times();
  return CURL_PREREQFUNC_OK;
}

CURLcode Transfer::on_tls(CURL* /*easy*/, void* context, void* self) {
  const auto& transfer = *static_cast<Transfer*>(self);
  return transfer.trusted_->add_to(static_cast<ssl_ctx_st*>(context)) ? CURLE_OK
                                                                      : CURLE_OUT_OF_MEMORY;
}

// ----------------------------------------------------------------------------------------- answer

std::size_t Transfer::on_line(char* bytes, std::size_t size, std::size_t count, void* self) {
  const std::size_t all = size * count;
  // Anything else than all of it makes libcurl give up.
  return static_cast<Transfer*>(self)->take_line({bytes, all}) ? all : all + 1;
}

bool Transfer::take_line(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  const bool in_trailers = phase_ == Phase::kContent;
  if (!in_trailers && line.starts_with("HTTP/")) {
    // A head begins; there may be several (status 1xx).
    lines_.clear();
    head_.clear();
    status_ = 0;
    const std::size_t blank = line.find(' ');
    const std::string_view code = blank == std::string_view::npos ? line : line.substr(blank + 1);
    std::from_chars(code.data(), code.data() + std::min<std::size_t>(code.size(), 3), status_);
    return true;
  }
  if (head_.size() + line.size() > request_.limits.max_head_bytes) {
    fail_with(ClientFailure::kHeadTooLarge);
    return false;
  }
  if (line.empty()) return in_trailers || take_head();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    // A folded line, or no field at all.
    fail_with(ClientFailure::kProtocol);
    return false;
  }
  const std::size_t begin = head_.size();
  head_ += lower(line.substr(0, colon));
  head_ += line.substr(colon);
  lines_.push_back({begin, begin + colon, head_.size()});
  return true;
}

std::vector<Field> Transfer::fields() const {
  std::vector<Field> fields;
  fields.reserve(lines_.size());
  const std::string_view all = head_;
  for (const Line& each : lines_) {
    fields.push_back({all.substr(each.begin, each.colon - each.begin),
                      trimmed(all.substr(each.colon + 1, each.end - each.colon - 1))});
  }
  return fields;
}

bool Transfer::check_length(std::span<const Field> fields) {
  std::optional<std::uint64_t> length;
  for (const Field& each : fields) {
    if (each.name != "content-length") continue;
    const std::optional<std::uint64_t> said = parse_length(each.value);
    // Two lengths are two different answers (RFC 9112 section 6.3).
    if (!said || (length && *length != *said)) {
      fail_with(ClientFailure::kProtocol);
      return false;
    }
    length = said;
  }
  if (length && *length > request_.limits.max_content_bytes && request_.method != "HEAD") {
    fail_with(ClientFailure::kContentTooLarge);
    return false;
  }
  return true;
}

bool Transfer::take_head() {
  if (status_ < 200) {
    // 101 cannot have been asked for; anything below 100 is no status.
    if (status_ >= 100 && status_ != 101) return true;
    fail_with(ClientFailure::kProtocol);
    return false;
  }
  const std::vector<Field> fields = this->fields();
  if (!check_length(fields)) return false;
  phase_ = Phase::kContent;
  moved_ = now();
  watch_times();
  handler_->on_head(status_, fields);
  // For the trailers.
  lines_.clear();
  head_.clear();
  return true;
}

std::size_t Transfer::on_content(char* bytes, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_content({bytes, size * count});
}

std::size_t Transfer::take_content(std::string_view bytes) {
  moved_ = now();
  const std::size_t before = std::min(taken_before_, bytes.size());
  const std::string_view rest = bytes.substr(before);
  if (content_bytes_ + rest.size() > request_.limits.max_content_bytes) {
    fail_with(ClientFailure::kContentTooLarge);
    return CURL_WRITEFUNC_ERROR;
  }
  const std::size_t taken = rest.empty() ? 0 : handler_->on_content(rest);
  content_bytes_ += taken;
  if (taken == rest.size()) {
    taken_before_ -= before;
    return bytes.size();
  }
  // libcurl takes all or nothing, and offers the same again.
  taken_before_ += taken;
  content_paused_ = true;
  return CURL_WRITEFUNC_PAUSE;
}

// ------------------------------------------------------------------------------------------- body

std::size_t Transfer::on_body(char* into, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->give_body({into, size * count});
}

std::size_t Transfer::give_body(std::span<char> into) {
  const TransferHandler::Body part = handler_->read_body(into);
  switch (part.state) {
    case TransferHandler::Body::State::kSome:
      moved_ = now();
      body_bytes_ += part.bytes;
      if (body_bytes_ > request_.limits.max_body_bytes) {
        fail_with(ClientFailure::kBodyTooLarge);
        return CURL_READFUNC_ABORT;
      }
      return part.bytes;
    case TransferHandler::Body::State::kLater:
      body_paused_ = true;
      return CURL_READFUNC_PAUSE;
    case TransferHandler::Body::State::kEnd:
      if (!request_.body_bytes || body_bytes_ == *request_.body_bytes) return 0;
      break;
    case TransferHandler::Body::State::kBroken:
      break;
  }
  fail_with(ClientFailure::kBodyBroken);
  return CURL_READFUNC_ABORT;
}

int Transfer::on_trailers(curl_slist** list, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  for (const ClientField& each : transfer.handler_->body_trailers()) {
    if (has_control_character(each.name) || has_control_character(each.value)) {
      transfer.fail_with(ClientFailure::kBodyBroken);
      return CURL_TRAILERFUNC_ABORT;
    }
    if (!append(*list, each.name + ": " + each.value)) return CURL_TRAILERFUNC_ABORT;
  }
  return CURL_TRAILERFUNC_OK;
}

}  // namespace hermes::http
