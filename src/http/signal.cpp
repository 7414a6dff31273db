#include "http/signal.hpp"

namespace hermes::http {

Awaitable<void> Signal::wait() {
  const auto begin = [this](auto go_on) { go_on_ = std::move(go_on); };
  using Token = boost::asio::use_awaitable_t<IoExecutor>;
  co_await boost::asio::async_initiate<const Token, void()>(begin, Token{});
}

}  // namespace hermes::http
