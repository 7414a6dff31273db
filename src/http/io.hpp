// How the server waits: coroutines on the io_context of one worker.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace hermes::http {

/// The concrete executor: what is generic over executors costs an allocation and an indirect call
/// at each step.
using IoExecutor = boost::asio::io_context::executor_type;

/// Something that a coroutine of the server waits for. It goes on on the same worker.
///
/// GCC 12 destroys temporaries of some expressions with co_await twice (`||`, `&&`, `?:`, a
/// condition, an argument that is moved): a co_await is a statement of its own, or the whole
/// initialiser of a variable, and its arguments are variables.
template <class T>
using Awaitable = boost::asio::awaitable<T, IoExecutor>;

using Tcp = boost::asio::ip::tcp;
using Socket = boost::asio::basic_stream_socket<Tcp, IoExecutor>;
using Acceptor = boost::asio::basic_socket_acceptor<Tcp, IoExecutor>;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

/// `auto [error, count] = co_await socket.async_read_some(buffer, kAwait)`: no exceptions.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable_t<IoExecutor>{});

/// Suspends the coroutine that waits for it. `begin` is called with what makes it go on: once, on
/// its worker, when and from where `begin` likes.
template <class Begin>
Awaitable<void> suspend(Begin begin) {
  using Token = boost::asio::use_awaitable_t<IoExecutor>;
  return boost::asio::async_initiate<const Token, void()>(std::move(begin), Token{});
}

}  // namespace hermes::http
