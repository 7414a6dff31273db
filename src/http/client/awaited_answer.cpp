#include "http/client/awaited_answer.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace hermes::http {
namespace {

std::vector<ClientField> kept(std::span<const Field> fields) {
  std::vector<ClientField> result;
  result.reserve(fields.size());
  for (const Field& each : fields) {
    result.push_back({std::string(each.name), std::string(each.value)});
  }
  return result;
}

}  // namespace

const std::string* AwaitedAnswer::Head::field(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &ClientField::name);
  return found == fields.end() ? nullptr : &found->value;
}

std::shared_ptr<AwaitedAnswer> AwaitedAnswer::send(Client& client, ClientRequest request,
                                                   boost::asio::io_context& home,
                                                   std::size_t window_bytes) {
  std::shared_ptr<AwaitedAnswer> answer(new AwaitedAnswer(home, window_bytes));
  answer->transfer_ = client.send(std::move(request), answer);
  return answer;
}

void AwaitedAnswer::leave() { transfer_->cancel(); }

// ------------------------------------------------------------------------------- of the coroutine

Awaitable<void> AwaitedAnswer::wait() {
  return suspend([this](auto go_on) {
    const std::lock_guard lock(mutex_);
    if (is_ready()) {
      boost::asio::post(home_, std::move(go_on));
    } else {
      go_on_ = std::move(go_on);
    }
  });
}

Awaitable<std::expected<const AwaitedAnswer::Head*, ClientFailure>> AwaitedAnswer::head() {
  co_await wait();
  const std::lock_guard lock(mutex_);
  if (!std::exchange(head_is_new_, false)) co_return std::unexpected(*end_);
  co_return &head_;
}

Awaitable<std::expected<std::string_view, ClientFailure>> AwaitedAnswer::next() {
  bool must_wait = false;
  {
    const std::lock_guard lock(mutex_);
    must_wait = !is_ready();
  }
  if (must_wait) co_await wait();
  bool was_full = false;
  {
    const std::lock_guard lock(mutex_);
    part_.clear();
    std::swap(part_, buffer_);
    was_full = std::exchange(full_, false);
    if (part_.empty() && *end_ != ClientFailure::kNone) co_return std::unexpected(*end_);
  }
  if (was_full) transfer_->resume();
  co_return std::string_view(part_);
}

// ------------------------------------------------------------------------- of the client's thread

void AwaitedAnswer::wake(std::unique_lock<std::mutex> lock) {
  std::move_only_function<void()> go_on = std::exchange(go_on_, nullptr);
  lock.unlock();
  if (go_on) boost::asio::post(home_, std::move(go_on));
}

void AwaitedAnswer::on_head(unsigned status, std::span<const Field> fields) {
  std::unique_lock lock(mutex_);
  head_ = {.status = status, .fields = kept(fields)};
  head_is_new_ = true;
  wake(std::move(lock));
}

std::size_t AwaitedAnswer::on_content(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  const std::size_t taken =
      std::min(bytes.size(), window_bytes_ - std::min(window_bytes_, buffer_.size()));
  buffer_ += bytes.substr(0, taken);
  full_ = taken < bytes.size();
  wake(std::move(lock));
  return taken;
}

void AwaitedAnswer::on_trailers(std::span<const Field> fields) {
  const std::lock_guard lock(mutex_);
  trailers_ = kept(fields);
}

void AwaitedAnswer::on_end(ClientFailure failure) {
  std::unique_lock lock(mutex_);
  end_ = failure;
  wake(std::move(lock));
}

}  // namespace hermes::http
