// Answers requests in every way that the gateway has to cope with. The path says which.

#include "hermes/on_reply.hpp"
#include "hermes/on_validate_auth.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using hermes::http::Answer;
using hermes::http::Redirect;
using hermes::http::Request;
using hermes::http::Response;

int calls_in_this_instance = 0;

std::string all_headers(const Request& request) {
  std::string text;
  request.each_header([&](std::string_view name, std::string_view value) {
    text += std::string(name) + ": " + std::string(value) + "\n";
  });
  return text;
}

}  // namespace

std::optional<Answer> hermes::on_reply(const Request& request) {
  const std::string_view path = request.path();
  const std::string query(request.query());
  const auto is = [path](std::string_view name) { return path.ends_with(name); };
  if (is("/echo")) {
    return Response{.body = std::string(request.method()) + " " +
                            std::string(request.path_and_query()) + "\n" + all_headers(request) +
                            "\n" + std::string(request.body()),
                    .headers = {{"content-type", "text/plain; charset=utf-8"}}};
  }
  if (is("/body")) return Response{.body = std::string(request.body())};
  if (is("/size")) return Response{.body = std::to_string(request.body().size())};
  if (is("/calls")) return Response{.body = std::to_string(++calls_in_this_instance)};
  if (is("/status")) {
    return Response{.status = static_cast<std::uint16_t>(std::atoi(query.c_str())),
                    .body = "status " + query};
  }
  if (is("/header")) return Response{.headers = {{"x-made", query}, {"Content-Length", "7"}}};
  if (is("/bad-header")) return Response{.headers = {{"x-made", "a\r\nset-cookie: b"}}};
  if (is("/large")) return Response{.body = std::string(std::atoi(query.c_str()), 'x')};
  if (is("/redirect")) return Redirect{query};
  if (is("/trap")) __builtin_trap();
  if (is("/loop")) {
    for (volatile int turn = 0;; turn = turn + 1) {
    }
  }
  if (is("/endpoint")) return Response{.body = "the endpoint"};
  return std::nullopt;
}

// "Authorization: good" passes, "bad" does not, anything else is not decided.
std::optional<hermes::http::Response> hermes::on_validate_auth(const http::Request& request,
                                                               http::AuthLevel level) {
  const std::string_view given = request.header("authorization").value_or("");
  if (given == "good") return Response{.status = 200};
  if (given == "bad") {
    return Response{.status = 403,
                    .body = level == http::AuthLevel::required ? "required\n" : "optional\n"};
  }
  return std::nullopt;
}
