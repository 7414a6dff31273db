#include "http/static/header_block.hpp"

#include <cstddef>

namespace hermes::http {
namespace {

constexpr std::string_view kBetween = ": ";
constexpr std::string_view kEnd = "\r\n";

}  // namespace

HeaderBlock::HeaderBlock(std::span<const HeaderField> fields) {
  std::size_t size = 0;
  for (const HeaderField& field : fields)
    size += field.name.size() + kBetween.size() + field.value.size() + kEnd.size();
  text_.reserve(size);
  for (const HeaderField& field : fields) {
    text_ += field.name;
    text_ += kBetween;
    text_ += field.value;
    text_ += kEnd;
  }
  fields_.reserve(fields.size());
  std::string_view rest = text_;
  for (const HeaderField& field : fields) {
    const std::size_t value_at = field.name.size() + kBetween.size();
    fields_.push_back({.name = rest.substr(0, field.name.size()),
                       .value = rest.substr(value_at, field.value.size())});
    rest.remove_prefix(value_at + field.value.size() + kEnd.size());
  }
}

std::string_view HeaderBlock::value_of(std::string_view name) const {
  for (const HeaderField& field : fields_) {
    if (field.name == name) return field.value;
  }
  return {};
}

}  // namespace hermes::http
