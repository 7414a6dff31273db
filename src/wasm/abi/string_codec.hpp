// Codec of string, as std::string and std::string_view, in the guest's encoding.
#pragma once

#include "wasm/abi/codec.hpp"
#include "wasm/abi/layout.hpp"
#include "wasm/abi/transcode.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace hermes::wasm::abi {

/// Strings of guests whose encoding is not UTF-8 take these ways, out of line.
[[nodiscard]] bool lift_transcoded_view(LiftContext& context, std::uint32_t pointer,
                                        std::uint32_t length, std::string_view& out);
void measure_transcoded(LowerContext& context, std::string_view text);
/// The length to hand to the guest: code units, tagged where Latin-1+UTF-16 needs it.
[[nodiscard]] std::uint32_t write_transcoded(Writer& writer, std::uint32_t block,
                                             std::string_view text);

/// Text as a view ("load_string", "store_string"). UTF-8 is viewed in place, and must not be used
/// after the guest runs again; other encodings are transcoded into the call's arena.
template <>
struct Codec<std::string_view> {
  static constexpr std::uint32_t kSize = kPointerPairBytes;
  static constexpr std::uint32_t kAlignment = kPointerBytes;
  static constexpr std::uint32_t kFlatCount = 2;
  static constexpr std::uint32_t kHandleCount = 0;

  static bool load(LiftContext& context, const std::byte* from, std::string_view& out) {
    return lift(context, load_raw<std::uint32_t>(from),
                load_raw<std::uint32_t>(from + kPointerBytes), out);
  }
  static bool lift_flat(LiftContext& context, const hn_val* from, std::string_view& out) {
    return lift(context, static_cast<std::uint32_t>(from[0].bits),
                static_cast<std::uint32_t>(from[1].bits), out);
  }
  static void measure(LowerContext& context, std::string_view text, std::uint32_t /*position*/) {
    if (!is_utf8(text.data(), text.size())) [[unlikely]] {
      context.fail("a string from the host is not UTF-8");
    } else if (context.encoding() == HN_STRING_UTF8) [[likely]] {
      if (text.size() > kMaxStringBytes) [[unlikely]] {
        context.fail("a string from the host is longer than the canonical ABI allows");
        return;
      }
      context.allocate("string", text.size(), 1, 1);
    } else {
      measure_transcoded(context, text);
    }
  }
  static void store(Writer& writer, std::byte* to, std::string_view text) {
    const Extent extent = write(writer, text);
    store_raw(to, extent.pointer);
    store_raw(to + kPointerBytes, extent.length);
  }
  static void lower_flat(Writer& writer, hn_val* to, std::string_view text) {
    const Extent extent = write(writer, text);
    to[0].bits = extent.pointer;
    to[1].bits = extent.length;
  }

 private:
  struct Extent {
    std::uint32_t pointer;
    std::uint32_t length;
  };

  static bool lift(LiftContext& context, std::uint32_t pointer, std::uint32_t length,
                   std::string_view& out) {
    if (context.encoding() != HN_STRING_UTF8) [[unlikely]] {
      return lift_transcoded_view(context, pointer, length, out);
    }
    if (length > kMaxStringBytes) [[unlikely]] {
      return fail_length(context, length);
    }
    if (!context.check_block("string", pointer, length, 1, 1, 1)) [[unlikely]] {
      return false;
    }
    const char* const text = reinterpret_cast<const char*>(context.at(pointer));
    if (!is_utf8(text, length)) [[unlikely]] {
      return context.fail("string is not valid UTF-8");
    }
    out = std::string_view(text, length);
    return true;
  }

  static Extent write(Writer& writer, std::string_view text) {
    const std::uint32_t block = writer.next_block();
    if (writer.encoding() != HN_STRING_UTF8) [[unlikely]] {
      return Extent{block, write_transcoded(writer, block, text)};
    }
    if (!text.empty()) {
      std::memcpy(writer.at(block), text.data(), text.size());
    }
    return Extent{block, static_cast<std::uint32_t>(text.size())};
  }

  [[gnu::cold, gnu::noinline]] static bool fail_length(LiftContext& context, std::uint32_t length);
};

/// Text that is copied out of the guest, for results of exports and for what a host keeps.
template <>
struct Codec<std::string> : Codec<std::string_view> {
  using View = Codec<std::string_view>;
  static bool load(LiftContext& context, const std::byte* from, std::string& out) {
    std::string_view view;
    if (!View::load(context, from, view)) [[unlikely]] {
      return false;
    }
    out.assign(view);
    return true;
  }
  static bool lift_flat(LiftContext& context, const hn_val* from, std::string& out) {
    std::string_view view;
    if (!View::lift_flat(context, from, view)) [[unlikely]] {
      return false;
    }
    out.assign(view);
    return true;
  }
};

}  // namespace hermes::wasm::abi
