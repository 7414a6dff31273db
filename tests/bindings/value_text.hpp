// Any value that crosses to a guest as text, the way the oracle writes it
// (native/testing/include/hermes_native_testing/oracle.h).
#pragma once

#include "wasm/abi/codecs.hpp"
#include "wasm/resource.hpp"

#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hermes::matrix {

/// A resource that tests can tell from others.
class Numbered {
 public:
  virtual ~Numbered() = default;
  [[nodiscard]] virtual std::uint32_t number() const noexcept = 0;
};

template <class T>
void write_text(std::string& out, const T& value);

namespace text_internal {

inline void write_hex(std::string& out, std::uint64_t bits, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out += "0123456789abcdef"[(bits >> shift) & 15];
  }
}

inline void write_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\\') {
      out += c;
    } else {
      out += '\\';
      write_hex(out, static_cast<unsigned char>(c), 2);
    }
  }
  out += '"';
}

template <class T>
void write_float(std::string& out, T value) {
  if (std::isnan(value)) {
    out += "nan";
  } else if constexpr (sizeof(T) == 4) {
    out += "f32:";
    write_hex(out, std::bit_cast<std::uint32_t>(value), 8);
  } else {
    out += "f64:";
    write_hex(out, std::bit_cast<std::uint64_t>(value), 16);
  }
}

inline void write_resource(std::string& out, std::string_view how,
                           const wasm::HostResource& resource) {
  out += how;
  out += '(';
  out += std::to_string(dynamic_cast<const Numbered&>(resource).number());
  out += ')';
}

template <class T>
void write_payload(std::string& out, const T& value) {
  if constexpr (!std::is_same_v<T, std::monostate>) {
    out += '(';
    write_text(out, value);
    out += ')';
  }
}

/// Records, and variants, by the structure that their codecs have.
template <class T, class Access, class... Fields>
void write_structure(std::string& out, const T& value,
                     const wasm::abi::ProductCodec<Access, Fields...>* /*codec*/) {
  out += '{';
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((out += I == 0 ? "" : ",", write_text(out, Access::template get<I>(value))), ...);
  }(std::index_sequence_for<Fields...>());
  out += '}';
}

template <class T, class Access, class... Cases>
void write_structure(std::string& out, const T& value,
                     const wasm::abi::SumCodec<Access, Cases...>* /*codec*/) {
  const std::uint32_t active = Access::index(value);
  out += '#';
  out += std::to_string(active);
  const auto write_case = [&]<std::size_t I>() {
    if (active == I) write_payload(out, Access::template get<I>(value));
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (write_case.template operator()<I>(), ...);
  }(std::index_sequence_for<Cases...>());
}

template <class T>
struct Writer {
  static void write(std::string& out, const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      out += value ? "true" : "false";
    } else if constexpr (std::is_same_v<T, char32_t>) {
      out += "c:" + std::to_string(static_cast<std::uint32_t>(value));
    } else if constexpr (std::is_same_v<T, std::byte>) {
      out += std::to_string(std::to_integer<unsigned>(value));
    } else if constexpr (std::integral<T>) {
      out += std::to_string(value);
    } else if constexpr (std::floating_point<T>) {
      write_float(out, value);
    } else if constexpr (std::is_enum_v<T>) {
      out += '#';
      out += std::to_string(static_cast<std::uint64_t>(value));
    } else if constexpr (std::derived_from<T, wasm::HostResource>) {
      write_resource(out, "borrow", value);
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
      write_string(out, value);
    } else if constexpr (requires { value.begin(); }) {
      out += '[';
      bool first = true;
      for (auto&& element : value) {
        if (!first) out += ',';
        first = false;
        // Elements of a std::vector<bool> are proxies.
        const typename T::value_type& plain = element;
        write_text(out, plain);
      }
      out += ']';
    } else {
      write_structure(out, value, static_cast<const wasm::abi::Codec<T>*>(nullptr));
    }
  }
};

template <class... Items>
struct Writer<std::tuple<Items...>> {
  static void write(std::string& out, const std::tuple<Items...>& value) {
    out += '(';
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((out += I == 0 ? "" : ",", write_text(out, std::get<I>(value))), ...);
    }(std::index_sequence_for<Items...>());
    out += ')';
  }
};

template <class T>
struct Writer<std::optional<T>> {
  static void write(std::string& out, const std::optional<T>& value) {
    out += value.has_value() ? "some" : "none";
    if (value.has_value()) write_payload(out, *value);
  }
};

template <class T, class E>
struct Writer<std::expected<T, E>> {
  static void write(std::string& out, const std::expected<T, E>& value) {
    out += value.has_value() ? "ok" : "err";
    if (value.has_value()) {
      write_payload(out, *value);
    } else {
      write_payload(out, value.error());
    }
  }
};

template <class Label, std::uint32_t Labels>
struct Writer<wasm::Flags<Label, Labels>> {
  static void write(std::string& out, const wasm::Flags<Label, Labels>& value) {
    static_assert(wasm::Flags<Label, Labels>::kWords == 1);
    out += '|';
    out += std::to_string(value.words()[0]);
  }
};

template <class R>
struct Writer<std::unique_ptr<R>> {
  static void write(std::string& out, const std::unique_ptr<R>& value) {
    write_resource(out, "own", *value);
  }
};

template <class R>
struct Writer<wasm::Borrow<R>> {
  static void write(std::string& out, const wasm::Borrow<R>& value) {
    write_resource(out, "borrow", value.get());
  }
};

}  // namespace text_internal

template <class T>
void write_text(std::string& out, const T& value) {
  text_internal::Writer<T>::write(out, value);
}

template <class T>
[[nodiscard]] std::string to_text(const T& value) {
  std::string out;
  write_text(out, value);
  return out;
}

}  // namespace hermes::matrix
