#include "http/http2_stream.hpp"

#include "http/connection.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

namespace hermes::http {
namespace {

/// Content that a handler did not read is taken and thrown away up to here, so that the client gets
/// its answer in order; beyond that the stream is reset.
constexpr std::uint64_t kMostSkipped = std::uint64_t{64} * 1024;

/// What a client only promises to send costs no more memory than this, and what has come.
constexpr std::size_t kLeastReserved = std::size_t{64} * 1024;

}  // namespace

Http2Stream::Http2Stream(Http2StreamOwner& owner, Shard& shard, std::int32_t id)
    : sent(shard.io),
      owner_(owner),
      shard_(shard),
      id_(id),
      head_(shard.limits),
      arrived_(shard.io) {}

Http2Stream::~Http2Stream() { let_go(held_); }

// ----------------------------------------------------------------------------------------- request

std::optional<Refusal> Http2Stream::begin(const Connection& connection, bool has_content) {
  const std::optional<Refusal> refusal = head_.finish();
  began_at_ = shard_.clock.steady();
  content_over_ = !has_content;
  request_.method = head_.method();
  request_.path_and_query = head_.path();
  request_.authority = head_.authority();
  request_.version = 20;
  request_.secure = connection.transport().secure();
  request_.fields = head_.fields();
  request_.has_content = has_content;
  request_.content_length = has_content ? head_.content_length() : std::nullopt;
  request_.content = this;
  request_.client = connection.client();
  request_.id = RequestId::from(request_.field("x-request-id"), shard_.random);
  request_.trace = TraceContext::continue_from(request_.field("traceparent"), shard_.random);
  return refusal;
}

// ----------------------------------------------------------------------------------------- content

bool Http2Stream::hold(std::size_t bytes) {
  std::atomic<std::uint64_t>& all = shard_.counters.content_bytes;
  held_ += bytes;
  return all.fetch_add(bytes, std::memory_order_relaxed) + bytes <=
         shard_.limits.max_collected_bytes;
}

void Http2Stream::let_go(std::size_t bytes) {
  if (bytes == 0) return;
  held_ -= bytes;
  shard_.counters.content_bytes.fetch_sub(bytes, std::memory_order_relaxed);
}

void Http2Stream::receive(std::string_view bytes) {
  received_ += bytes.size();
  content_pace_.move(bytes.size());
  if (content_forgotten_ || content_error_) {
    skipped_ += bytes.size();
    if (skipped_ <= kMostSkipped) owner_.on_content_read(*this, bytes.size());
    return;
  }
  if (received_ > shard_.limits.max_body_bytes) return fail_content(ContentError::kTooLarge);
  if (!hold(bytes.size())) return fail_content(ContentError::kOverloaded);
  if (most_collected_) return collect(bytes);
  unread_ += bytes;
  tell_content();
}

void Http2Stream::tell_content() {
  arrived_.notify();
  if (!std::exchange(polled_in_vain_, false)) return;
  content_pace_.stop(shard_.clock.steady());
  if (request_.listener != nullptr) request_.listener->content_ready();
}

void Http2Stream::collect(std::string_view bytes) {
  if (collected_.size() + bytes.size() > *most_collected_) {
    return fail_content(ContentError::kTooLarge);
  }
  if (const std::size_t wanted = collected_.size() + bytes.size();
      wanted > collected_.capacity() && request_.content_length) {
    collected_.reserve(static_cast<std::size_t>(
        std::min<std::uint64_t>(*request_.content_length, std::max(2 * wanted, kLeastReserved))));
  }
  collected_ += bytes;
  owner_.on_content_read(*this, bytes.size());
}

void Http2Stream::end_content() {
  content_over_ = true;
  tell_content();
}

void Http2Stream::fail_content(ContentError error) {
  if (content_over_ && error != ContentError::kClosed) return;
  if (!content_error_) content_error_ = error;
  tell_content();
  if (error == ContentError::kClosed && request_.listener != nullptr) {
    request_.listener->client_gone();
  }
}

std::optional<Refusal> Http2Stream::content_refusal() const {
  if (!content_error_ || *content_error_ == ContentError::kClosed) return std::nullopt;
  return refusal_of(*content_error_);
}

void Http2Stream::forget_content() {
  if (content_forgotten_) return;
  content_forgotten_ = true;
  polled_in_vain_ = false;
  skipped_ = unread_.size();
  if (!unread_.empty() && !closed) owner_.on_content_read(*this, unread_.size());
  unread_ = std::string();
  given_ = std::string();
  collected_ = std::string();
  let_go(held_);
}

bool Http2Stream::has_much_to_skip() const {
  if (content_over_) return false;
  const std::uint64_t more =
      request_.content_length
          ? *request_.content_length - std::min(received_, *request_.content_length)
          : 0;
  // A client that waits for 100 may never send it.
  return skipped_ + more > kMostSkipped || (head_.expects_continue() && !continue_said_);
}

void Http2Stream::say_continue() {
  if (!head_.expects_continue() || continue_said_ || received_ > 0 || content_over_) return;
  continue_said_ = true;
  owner_.on_content_wanted(*this);
}

Awaitable<void> Http2Stream::invite() {
  if (!closed) say_continue();
  co_return;
}

std::expected<PolledContent, ContentError> Http2Stream::poll(std::span<char> into) {
  using State = PolledContent::State;
  if (content_error_) return std::unexpected(*content_error_);
  if (content_forgotten_) return std::unexpected(ContentError::kClosed);
  if (!unread_.empty()) {
    const std::size_t size = unread_.copy(into.data(), into.size());
    unread_.erase(0, size);
    let_go(size);
    if (!closed) owner_.on_content_read(*this, size);
    return PolledContent{.state = State::kReady, .bytes = size};
  }
  if (content_over_) return PolledContent{.state = State::kOver};
  polled_in_vain_ = true;
  content_pace_.start(shard_.clock.steady());
  return PolledContent{.state = State::kPending};
}

Awaitable<void> Http2Stream::wait_for_content() {
  say_continue();
  content_pace_.start(shard_.clock.steady());
  co_await arrived_.wait();
  content_pace_.stop(shard_.clock.steady());
}

Awaitable<Http2Stream::Part> Http2Stream::next() {
  let_go(given_.size());
  given_.clear();
  while (!content_error_ && unread_.empty() && !content_over_) co_await wait_for_content();
  if (content_error_) co_return std::unexpected(*content_error_);
  std::swap(given_, unread_);
  if (!given_.empty() && !closed) owner_.on_content_read(*this, given_.size());
  co_return std::string_view(given_);
}

Awaitable<Http2Stream::Part> Http2Stream::all(std::uint64_t most) {
  if (!content_error_ && !most_collected_) {
    most_collected_ = most;
    if (request_.content_length.value_or(0) > most || unread_.size() > most) {
      fail_content(ContentError::kTooLarge);
      // Also when it has come to its end.
      if (!content_error_) content_error_ = ContentError::kTooLarge;
    } else if (!unread_.empty()) {
      std::swap(collected_, unread_);
      if (!closed) owner_.on_content_read(*this, collected_.size());
    }
  }
  while (!content_error_ && !content_over_) co_await wait_for_content();
  if (content_error_) co_return std::unexpected(*content_error_);
  co_return std::string_view(collected_);
}

// ------------------------------------------------------------------------------------------ answer

void Http2Stream::set_response(Response response) {
  Response::Content& content = response_.emplace(std::move(response)).content();
  content_is_final_ = true;
  const auto send = [&](const char* begin, std::size_t size) {
    ready_begin_ = begin;
    ready_ = size;
  };
  if (const auto* text = std::get_if<std::string>(&content)) send(text->data(), text->size());
  if (const auto* made = std::get_if<std::vector<std::byte>>(&content)) {
    send(reinterpret_cast<const char*>(made->data()), made->size());
  }
  if (const auto* shared = std::get_if<SharedContent>(&content)) {
    send(shared->bytes.data(), shared->bytes.size());
  }
  if (const auto* file = std::get_if<FileContent>(&content)) {
    file_ = file;
    file_offset_ = file->offset;
    ready_ = file->length;
  }
  if (const auto* source = std::get_if<std::unique_ptr<ContentSource>>(&content)) {
    source_ = source->get();
    content_is_final_ = false;
  }
}

void Http2Stream::set_chunk(std::string_view bytes) {
  ready_begin_ = bytes.data();
  ready_ = bytes.size();
  content_is_final_ = bytes.empty();
}

bool Http2Stream::put_content(std::size_t size, Http2Output& output) {
  if (file_ != nullptr) {
    std::span<char> room = output.room(size);
    while (!room.empty()) {
      const ssize_t count =
          ::pread(file_->descriptor, room.data(), room.size(), static_cast<off_t>(file_offset_));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        output.drop(size);
        return false;
      }
      room = room.subspan(static_cast<std::size_t>(count));
      file_offset_ += static_cast<std::uint64_t>(count);
    }
  } else {
    output.refer({ready_begin_, size});
    ready_begin_ += size;
  }
  ready_ -= size;
  content_sent_ += size;
  answer_pace.move(size);
  return true;
}

}  // namespace hermes::http
