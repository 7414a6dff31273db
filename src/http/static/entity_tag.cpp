#include "http/static/entity_tag.hpp"

#include "http/static/field_text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace hermes::http {
namespace {

constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kSha256Bytes = 32;

/// OpenSSL fails here only without memory or with a broken installation; a tag that says nothing
/// about the contents would let clients keep what is old.
void require(bool success, const char* what) {
  if (success) return;
  std::fprintf(stderr, "OpenSSL: %s failed\n", what);
  std::abort();
}

/// etagc of RFC 9110 section 8.8.3: visible except the quote, and everything beyond ASCII.
bool is_tag_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte <= 0x7e) || byte >= 0x80;
}

/// Takes the tag from the front of `text`.
std::optional<EntityTag> take_entity_tag(std::string_view& text) {
  EntityTag tag;
  std::string_view rest = text;
  // Case counts here, the section says.
  if (rest.starts_with("W/")) {
    tag.weak = true;
    rest.remove_prefix(2);
  }
  if (!rest.starts_with('"')) return {};
  rest.remove_prefix(1);
  const std::size_t end = rest.find('"');
  if (end == std::string_view::npos) return {};
  tag.opaque = rest.substr(0, end);
  if (!std::ranges::all_of(tag.opaque, is_tag_character)) return {};
  text = rest.substr(end + 1);
  return tag;
}

}  // namespace

struct ContentTag::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

std::optional<EntityTag> parse_entity_tag(std::string_view text) {
  const auto tag = take_entity_tag(text);
  return text.empty() ? tag : std::nullopt;
}

bool matches(EntityTag a, EntityTag b, TagComparison how) {
  if (how == TagComparison::kStrong && (a.weak || b.weak)) return false;
  return a.opaque == b.opaque;
}

bool list_matches(std::string_view list, EntityTag current, TagComparison how) {
  list = trim(list);
  if (list == "*") return true;
  while (!list.empty()) {
    // Empty members are allowed (RFC 9110 section 5.6.1.2).
    if (list.starts_with(',')) {
      list = trim(list.substr(1));
      continue;
    }
    const auto tag = take_entity_tag(list);
    if (!tag) return false;
    list = trim(list);
    if (!list.empty() && !list.starts_with(',')) return false;
    if (matches(*tag, current, how)) return true;
  }
  return false;
}

ContentTag::ContentTag() : state_(std::make_unique<State>()) {
  require(
      state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1,
      "SHA-256 init");
}

ContentTag::ContentTag(ContentTag&&) noexcept = default;
ContentTag& ContentTag::operator=(ContentTag&&) noexcept = default;
ContentTag::~ContentTag() = default;

void ContentTag::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "SHA-256 update");
}

std::string ContentTag::finish() {
  std::array<unsigned char, kSha256Bytes> digest{};
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(state_->context, digest.data(), &size) == 1 && size == digest.size(),
          "SHA-256 final");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string digits;
  digits.reserve(2 * kTagBytes);
  for (std::size_t i = 0; i < kTagBytes; ++i) {
    digits += kDigits[digest[i] >> 4];
    digits += kDigits[digest[i] & 15];
  }
  return digits;
}

std::string strong_tag(std::string_view content_digits, std::string_view coding) {
  std::string tag = "\"";
  tag += content_digits;
  if (!coding.empty()) {
    tag += '-';
    tag += coding;
  }
  tag += '"';
  return tag;
}

}  // namespace hermes::http
