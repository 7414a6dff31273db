// Codecs of own<R> and borrow<R>, for resources of the host and of the guest.
#pragma once

#include "wasm/abi/codec.hpp"
#include "wasm/resource.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace hermes::wasm::abi {

/// What all handles share: an i32 ("lift_own", "lift_borrow", "lower_own", "lower_borrow"). The
/// table of handles is Wasmtime's; here they arrive, and leave, as representations.
template <class Derived>
struct HandleCodec {  // NOLINT(bugprone-crtp-constructor-accessibility): nobody makes codecs
  static constexpr std::uint32_t kSize = 4;
  static constexpr std::uint32_t kAlignment = 4;
  static constexpr std::uint32_t kFlatCount = 1;
  static constexpr std::uint32_t kHandleCount = 1;

  template <class T>
  static bool load(LiftContext& context, const std::byte* /*from*/, T& out) {
    return Derived::lift(context, out);
  }
  template <class T>
  static bool lift_flat(LiftContext& context, const hn_val* /*from*/, T& out) {
    return Derived::lift(context, out);
  }
  template <class T>
  static void store(Writer& writer, std::byte* to, const T& /*value*/) {
    store_raw(to, writer.next_handle());
  }
  template <class T>
  static void lower_flat(Writer& writer, hn_val* to, const T& /*value*/) {
    to->bits = writer.next_handle();
  }
};

/// own<R> of a host resource: lifting takes it out of the call's table, lowering moves it in.
template <std::derived_from<HostResource> R>
struct Codec<std::unique_ptr<R>> : HandleCodec<Codec<std::unique_ptr<R>>> {
  static bool lift(LiftContext& context, std::unique_ptr<R>& out) {
    std::uint32_t slot = 0;
    if (!context.next_handle(slot)) [[unlikely]] {
      return false;
    }
    out = context.call().resources().take<R>(slot);
    return out != nullptr || context.fail_handle("own", slot);
  }
  static void measure(LowerContext& context, std::unique_ptr<R>& value, std::uint32_t position) {
    if (value == nullptr) [[unlikely]] {
      context.fail("a resource from the host is null");
      return;
    }
    const std::optional<std::uint32_t> slot = context.call().resources().insert(value);
    if (!slot.has_value()) [[unlikely]] {
      context.fail_handle_limit();
      return;
    }
    context.handle(position, *slot);
  }
};

/// borrow<R> of a host resource.
template <std::derived_from<HostResource> R>
struct Codec<Borrow<R>> : HandleCodec<Codec<Borrow<R>>> {
  static bool lift(LiftContext& context, Borrow<R>& out) {
    std::uint32_t slot = 0;
    if (!context.next_handle(slot)) [[unlikely]] {
      return false;
    }
    R* const resource = context.call().resources().find<R>(slot);
    if (resource == nullptr) [[unlikely]] {
      return context.fail_handle("borrow", slot);
    }
    out = Borrow<R>(*resource);
    return true;
  }
  static void measure(LowerContext& context, Borrow<R> value, std::uint32_t position) {
    const std::optional<std::uint32_t> slot =
        context.call().resources().insert_borrowed(value.get());
    if (!slot.has_value()) [[unlikely]] {
      context.fail_handle_limit();
      return;
    }
    context.call().internals().lent_slots.push_back(*slot);
    context.handle(position, *slot);
  }
};

/// own<R> of a resource of the guest.
template <class Tag>
struct Codec<GuestResource<Tag>> : HandleCodec<Codec<GuestResource<Tag>>> {
  static bool lift(LiftContext& context, GuestResource<Tag>& out) {
    std::uint32_t slot = 0;
    if (!context.next_handle(slot)) [[unlikely]] {
      return false;
    }
    out = GuestResource<Tag>(slot);
    return true;
  }
  static void measure(LowerContext& context, GuestResource<Tag>& value, std::uint32_t position) {
    if (!value.held()) [[unlikely]] {
      context.fail("a resource of the guest was passed on or dropped before");
      return;
    }
    context.handle(position, value.release());
  }
};

/// borrow<R> of a resource of the guest.
template <class Tag>
struct Codec<GuestBorrow<Tag>> : HandleCodec<Codec<GuestBorrow<Tag>>> {
  static bool lift(LiftContext& context, GuestBorrow<Tag>& out) {
    std::uint32_t slot = 0;
    if (!context.next_handle(slot)) [[unlikely]] {
      return false;
    }
    out = GuestBorrow<Tag>(slot);
    return true;
  }
  static void measure(LowerContext& context, GuestBorrow<Tag> value, std::uint32_t position) {
    context.handle(position, value.slot());
  }
};

}  // namespace hermes::wasm::abi
