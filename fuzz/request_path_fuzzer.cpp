// Paths as clients write them: what is accepted names something inside the directory, and nothing
// hidden in it, whatever the spelling.

#include "base/text.hpp"
#include "http/static/request_path.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using hermes::http::RequestPath;

namespace {

void require(bool held) {
  if (!held) __builtin_trap();
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const auto path = RequestPath::parse(raw);
  if (!path) {
    require(!explain(path.error()).empty());
    return 0;
  }
  const std::string_view relative = path->relative();
  require(hermes::is_utf8(relative) && std::ranges::none_of(relative, is_control));
  require(!relative.contains('\\') && relative.size() < raw.size());
  require(relative.ends_with(path->last_segment()));

  // Written anew, it is read as the same.
  std::string again;
  std::string_view rest = relative;
  for (bool top = true; !rest.empty(); top = false) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    require(!segment.empty() && segment.size() <= hermes::http::kMaxPathSegmentBytes);
    require(segment.front() != '.' || (top && segment == ".well-known"));
    again += '/';
    hermes::http::append_encoded_segment(again, segment);
    rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
    require(!rest.empty() || !relative.ends_with('/'));
  }
  if (path->names_directory()) again += '/';
  if (again.size() > hermes::http::kMaxRequestPathBytes) return 0;
  const auto reread = RequestPath::parse(again);
  require(reread && reread->relative() == relative &&
          reread->names_directory() == path->names_directory());
  return 0;
}
