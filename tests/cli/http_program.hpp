// hermes playground --http, for tests that are its clients.
#pragma once

#include "base/testing/temporary_directory.hpp"
#include "http/testing/http_client.hpp"
#include "process.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::tests {

/// Content in which a piece that is lost, doubled or moved is seen.
inline std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return bytes;
}

/// The program with an application "shop", listening on loopback.
class HttpProgram : public ::testing::Test {
 protected:
  /// `guests` are paths of components, `config` is the gateway's file, `more` are further
  /// arguments.
  void start(const std::vector<std::string>& guests, std::string_view config,
             const std::vector<std::string>& more = {}) {
    listen(guests, directory_.write("http.toml", config), more);
  }
  /// The same with any argument of --http.
  void listen(const std::vector<std::string>& guests, const std::string& http,
              const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"playground"};
    arguments.insert(arguments.end(), guests.begin(), guests.end());
    arguments.insert(arguments.end(), {"--app-name", "shop", "--http", http});
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_.emplace(arguments);
    // Ready, that is, for the application.
    ASSERT_TRUE(process_->wait_for_err("application ready")) << process_->err();
    address_ = {boost::asio::ip::address_v4::loopback(),
                port_after(*process_, "answered at http://127.0.0.1:")};
  }

  [[nodiscard]] http::testing::HttpClient connect() const {
    return http::testing::HttpClient(address_);
  }

  /// On a connection of its own. `head` is everything after the request line but the Host.
  [[nodiscard]] http::testing::HttpAnswer ask(std::string_view method, std::string_view target,
                                              std::string_view head = "",
                                              std::string_view content = "",
                                              std::string_view host = "127.0.0.1") const {
    http::testing::HttpClient client = connect();
    std::string request =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n{}", method, target, host, head);
    if (!content.empty()) request += fmt::format("Content-Length: {}\r\n", content.size());
    client.send(request + "\r\n" + std::string(content));
    return client.read(method == "HEAD").value_or(http::testing::HttpAnswer{});
  }

  TemporaryDirectory directory_;
  std::optional<Process> process_;
  boost::asio::ip::tcp::endpoint address_;
};

}  // namespace hermes::tests
