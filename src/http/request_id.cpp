#include "http/request_id.hpp"

#include "http/hexadecimal.hpp"

#include <algorithm>

namespace hermes::http {
namespace {

constexpr std::size_t kMadeBytes = 32;

constexpr bool is_fit(char each) {
  return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
         (each >= '0' && each <= '9') ||
         (each != '\0' && std::string_view("-_.:/+=@").contains(each));
}

}  // namespace

RequestId RequestId::from(std::string_view given, Random& random) {
  RequestId id;
  if (!given.empty() && given.size() <= kMaxBytes && std::ranges::all_of(given, is_fit)) {
    std::ranges::copy(given, id.text_.begin());
    id.size_ = given.size();
    return id;
  }
  write_hexadecimal(random.next(), std::span(id.text_).first<16>());
  write_hexadecimal(random.next(), std::span(id.text_).subspan<16, 16>());
  id.size_ = kMadeBytes;
  return id;
}

}  // namespace hermes::http
