#include "http/response.hpp"

#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace hermes::http {
namespace {

/// Of the connection, or added by the server.
constexpr std::array<std::string_view, 11> kOwn = {
    "connection", "content-length",    "date",    "keep-alive",   "proxy-connection", "te",
    "trailer",    "transfer-encoding", "upgrade", "x-request-id", "http2-settings"};

constexpr char lower(char each) {
  return each >= 'A' && each <= 'Z' ? static_cast<char>(each + ('a' - 'A')) : each;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// tchar of RFC 9110 section 5.6.2.
constexpr bool is_token_character(char each) {
  if ((each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') ||
      (each >= 'A' && each <= 'Z')) {
    return true;
  }
  return each != '\0' && std::string_view("!#$%&'*+-.^_`|~").contains(each);
}

constexpr bool is_value_character(char each) {
  const auto byte = static_cast<unsigned char>(each);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

bool Response::add(std::string_view name, std::string_view value) {
  if (name.empty() || !std::ranges::all_of(name, is_token_character)) return false;
  if (!std::ranges::all_of(value, is_value_character)) return false;
  if (std::ranges::any_of(kOwn,
                          [&](std::string_view own) { return equal_ignoring_case(own, name); })) {
    return true;
  }
  lines_.reserve(lines_.size() + name.size() + value.size() + 4);
  lines_ += name;
  lines_ += ": ";
  lines_ += value;
  lines_ += "\r\n";
  return true;
}

std::optional<std::uint64_t> Response::content_length() const {
  struct Length {
    std::optional<std::uint64_t> operator()(std::monostate) const { return 0; }
    std::optional<std::uint64_t> operator()(const std::string& text) const { return text.size(); }
    std::optional<std::uint64_t> operator()(const std::vector<std::byte>& bytes) const {
      return bytes.size();
    }
    std::optional<std::uint64_t> operator()(const SharedContent& shared) const {
      return shared.bytes.size();
    }
    std::optional<std::uint64_t> operator()(const FileContent& file) const { return file.length; }
    std::optional<std::uint64_t> operator()(const std::unique_ptr<ContentSource>&) const {
      return std::nullopt;
    }
  };
  return std::visit(Length{}, content_);
}

std::string_view reason_phrase(unsigned status) {
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  if (text.empty() || text == "<unknown-status>") return "Unknown";
  return {text.data(), text.size()};
}

Response problem(unsigned status, std::string_view detail, std::string_view request_id) {
  const std::string_view title = reason_phrase(status);
  const auto text = [](std::string_view view) { return boost::json::string_view(view); };
  const boost::json::value document = {{"title", text(title)},
                                       {"status", status},
                                       {"detail", text(detail)},
                                       {"request_id", text(request_id)}};
  Response response(status);
  response.add_lines("Content-Type: application/problem+json\r\nCache-Control: no-store\r\n");
  response.set_content(boost::json::serialize(document) + "\n");
  return response;
}

}  // namespace hermes::http
