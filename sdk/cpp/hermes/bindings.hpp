/// The C bindings of the component's world, and the few helpers that turn their types into those of
/// C++.
///
/// The component model hands strings over as a pointer and a length. Who owns the memory follows
/// from the direction:
/// - parameters of a function that the component calls are lent (`lend`): the engine reads them
///   during the call;
/// - what such a function returns, and the parameters of an event, belong to the component, which
///   frees them (`Owned`);
/// - what the component returns from an event belongs to the bindings, which free it (`give`).
///
/// The names of the generated string types contain the name of the world; the helpers therefore go
/// by shape.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#ifndef HERMES_BINDINGS
#error \
    "Compile with -DHERMES_BINDINGS='\"<world>.h\"', the header that hermes-bindgen guest-c wrote."
#endif
#include HERMES_BINDINGS

namespace hermes {

/// The string type of some world's bindings.
template <class T>
concept BindingString = requires(T text) {
  { text.ptr } -> std::convertible_to<const std::uint8_t*>;
  { text.len } -> std::convertible_to<std::size_t>;
};

/// Reads a string of the bindings in place; valid as long as the memory behind it.
template <BindingString T>
std::string_view view(const T& text) {
  return {reinterpret_cast<const char*>(text.ptr), text.len};
}

/// Passes text to a function of the engine without a copy. The bindings take a pointer that is not
/// const, but a lent parameter is only read.
template <BindingString T>
T lend(std::string_view text) {
  T lent{};
  lent.ptr = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  lent.len = text.size();
  return lent;
}

/// Copies text for the engine, which frees it: what a component returns from an event. Memory that
/// cannot be had ends the call.
template <BindingString T>
T give(std::string_view text) {
  T given{};
  if (text.empty()) return given;
  given.ptr = static_cast<std::uint8_t*>(std::malloc(text.size()));
  if (given.ptr == nullptr) std::abort();
  std::memcpy(given.ptr, text.data(), text.size());
  given.len = text.size();
  return given;
}

/// Passes an optional value, which the bindings take as a pointer that may be null.
template <class T>
class LentOption {
 public:
  LentOption() = default;
  explicit LentOption(T value) : value_(value) {}

  /// Valid as long as this object.
  T* get() { return value_ ? &*value_ : nullptr; }

 private:
  std::optional<T> value_;
};

/// `lend` for text that may be missing.
template <BindingString T>
LentOption<T> lend(std::optional<std::string_view> text) {
  return text ? LentOption<T>(lend<T>(*text)) : LentOption<T>();
}

/// Holds a value that the bindings handed over, and frees the memory behind it at the end of the
/// scope.
template <class T, void (*FreeValue)(T*)>
class Owned {
 public:
  /// For a value that a function is about to write through `out`.
  Owned() = default;
  /// Takes over a value that is there already, such as the parameter of an event.
  explicit Owned(const T& value) : value_(value) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { FreeValue(&value_); }

  T* out() { return &value_; }
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  T value_{};
};

/// The same for the string type of the world, whose name the helpers do not know.
template <BindingString T>
class OwnedText {
 public:
  explicit OwnedText(const T& text) : text_(text) {}
  OwnedText(const OwnedText&) = delete;
  OwnedText& operator=(const OwnedText&) = delete;
  ~OwnedText() {
    if (text_.len > 0) std::free(text_.ptr);
  }

  std::string_view view() const { return hermes::view(text_); }

 private:
  T text_;
};

}  // namespace hermes
