#include "http/static/accept_encoding.hpp"

#include "http/static/field_text.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace hermes::http {
namespace {

constexpr std::array<ContentCoding, kContentCodings> kAll{
    ContentCoding::kBrotli, ContentCoding::kZstd, ContentCoding::kGzip, ContentCoding::kIdentity};

std::size_t index_of(ContentCoding coding) { return static_cast<std::size_t>(coding); }

/// Thousandths. RFC 9110 section 12.4.2: "0" or "1", with up to three decimals.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return {};
  int weight = (text[0] - '0') * 1000;
  if (text.size() == 1) return weight;
  if (text[1] != '.') return {};
  int place = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return {};
    weight += (c - '0') * place;
    place /= 10;
  }
  return weight <= 1000 ? std::optional(weight) : std::nullopt;
}

struct Member {
  std::string_view coding;
  int weight = 1000;
};

/// "gzip", "gzip;q=0.5", with optional whitespace around the semicolon.
std::optional<Member> parse_member(std::string_view text) {
  Member member;
  const std::size_t semicolon = text.find(';');
  member.coding = trim(text.substr(0, semicolon));
  if (member.coding.empty()) return {};
  if (semicolon == std::string_view::npos) return member;
  const std::string_view parameter = trim(text.substr(semicolon + 1));
  if (!equal_ignoring_case(parameter.substr(0, 2), "q=")) return {};
  const auto weight = parse_weight(parameter.substr(2));
  if (!weight) return {};
  member.weight = *weight;
  return member;
}

std::optional<ContentCoding> coding_named(std::string_view name) {
  for (const ContentCoding coding : kAll) {
    if (equal_ignoring_case(name, name_of(coding))) return coding;
  }
  // RFC 9110 section 8.4.1.3.
  if (equal_ignoring_case(name, "x-gzip")) return ContentCoding::kGzip;
  return {};
}

}  // namespace

std::string_view name_of(ContentCoding coding) {
  constexpr std::array<std::string_view, kContentCodings> kNames{"br", "zstd", "gzip", "identity"};
  return kNames[index_of(coding)];
}

std::string_view suffix_of(ContentCoding coding) {
  constexpr std::array<std::string_view, kContentCodings> kSuffixes{".br", ".zst", ".gz", ""};
  return kSuffixes[index_of(coding)];
}

AcceptEncoding AcceptEncoding::parse(std::string_view value) {
  std::array<std::optional<int>, kContentCodings> weights{};
  std::optional<int> others;
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    if (const auto member = parse_member(value.substr(0, comma))) {
      if (member->coding == "*") {
        if (!others) others = member->weight;
      } else if (const auto coding = coding_named(member->coding)) {
        auto& weight = weights[index_of(*coding)];
        if (!weight) weight = member->weight;
      }
    }
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }

  const auto weight_of = [&](ContentCoding coding) {
    return weights[index_of(coding)].value_or(others.value_or(0));
  };
  // Insertion keeps the order of kAll where weights are equal. What is less wanted than identity is
  // never used, as identity is always there.
  AcceptEncoding read;
  std::size_t count = 0;
  for (const ContentCoding coding : kAll) {
    if (coding == ContentCoding::kIdentity) break;
    const int weight = weight_of(coding);
    if (weight == 0 || weight < weight_of(ContentCoding::kIdentity)) continue;
    std::size_t place = count++;
    for (; place > 0 && weight_of(read.preference_[place - 1]) < weight; --place)
      read.preference_[place] = read.preference_[place - 1];
    read.preference_[place] = coding;
  }
  // Identity, which is everywhere else already, comes after them.
  read.count_ = static_cast<std::uint8_t>(count + 1);
  return read;
}

ContentCoding AcceptEncoding::choose(std::initializer_list<ContentCoding> available) const {
  for (const ContentCoding coding : preference()) {
    if (std::ranges::find(available, coding) != available.end()) return coding;
  }
  return ContentCoding::kIdentity;
}

}  // namespace hermes::http
