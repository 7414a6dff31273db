#include "wasm/componentize.hpp"

#include "hermes_native/wasm.h"
#include "wasm/error.hpp"

namespace hermes::wasm {

namespace {

hn_string_encoding to_native(StringEncoding encoding) {
  switch (encoding) {
    case StringEncoding::kUtf8:
      return HN_STRING_UTF8;
    case StringEncoding::kUtf16:
      return HN_STRING_UTF16;
    case StringEncoding::kCompactUtf16:
      return HN_STRING_LATIN1_UTF16;
  }
  return HN_STRING_UTF8;
}

}  // namespace

Result<std::vector<std::byte>> componentize(std::span<const std::byte> core,
                                            const ComponentizeOptions& options) {
  const std::string wit = options.wit.string();
  const hn_componentize_options native{
      .core = {reinterpret_cast<const std::uint8_t*>(core.data()), core.size()},
      .wit_path = to_native(wit),
      .world = to_native(options.world),
      .encoding = to_native(options.encoding),
  };
  hn_buffer* raw = nullptr;
  if (auto done = check(hn_componentize(&native, &raw)); !done) {
    return std::unexpected(std::move(done).error());
  }
  const NativeBuffer buffer(raw);
  const hn_bytes bytes = hn_buffer_bytes(buffer.get());
  const auto* begin = reinterpret_cast<const std::byte*>(bytes.data);
  return std::vector<std::byte>(begin, begin + bytes.size);
}

}  // namespace hermes::wasm
