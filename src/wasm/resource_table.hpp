// The host resources that one call has made or was given.
#pragma once

#include "wasm/resource.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hermes::wasm {

/// Identifies the C++ type of a slot, so that a slot can never be read as another type.
using ResourceTypeTag = const void*;

template <class R>
[[nodiscard]] ResourceTypeTag resource_type_tag() noexcept {
  // Not const: constants of equal value may be merged into one address.
  static char tag = 0;
  return &tag;
}

/// Typed slots. The index of a slot is what Wasmtime knows as the representation of a resource; it
/// has already checked that the guest's handle is live and of the right type. Owned slots hold the
/// object, borrowed ones (arguments of an export) only point to it. Not thread-safe.
class ResourceTable {
 public:
  /// Slots that may be in use at the same time by default.
  static constexpr std::uint32_t kDefaultMaxSlots = 10'000;

  explicit ResourceTable(std::uint32_t max_slots = kDefaultMaxSlots) : max_slots_(max_slots) {}

  void set_max_slots(std::uint32_t max_slots) noexcept { max_slots_ = max_slots; }
  [[nodiscard]] std::uint32_t max_slots() const noexcept { return max_slots_; }
  [[nodiscard]] std::uint32_t slots_in_use() const noexcept { return in_use_; }

  /// Moves `resource` into the table. Nothing, and `resource` untouched, when the table is full.
  template <class R>
  [[nodiscard]] std::optional<std::uint32_t> insert(std::unique_ptr<R>& resource) {
    if (in_use_ >= max_slots_) {
      return std::nullopt;
    }
    const std::uint32_t index =
        insert_slot(Slot{resource.get(), resource.get(), resource_type_tag<R>(), true, kNoSlot});
    static_cast<void>(resource.release());  // the slot owns it now
    return index;
  }

  /// Adds a reference to an object that outlives the table's use of it.
  template <class R>
  [[nodiscard]] std::optional<std::uint32_t> insert_borrowed(R& resource) {
    if (in_use_ >= max_slots_) {
      return std::nullopt;
    }
    return insert_slot(Slot{&resource, &resource, resource_type_tag<R>(), false, kNoSlot});
  }

  /// The object of a slot; null when there is none of this type.
  template <class R>
  [[nodiscard]] R* find(std::uint32_t slot) const noexcept {
    const Slot* const found = find_slot(slot, resource_type_tag<R>());
    return found == nullptr ? nullptr : static_cast<R*>(found->typed);
  }

  /// Takes the object of an owned slot out; empty when there is none of this type.
  template <class R>
  [[nodiscard]] std::unique_ptr<R> take(std::uint32_t slot) noexcept {
    const Slot* const found = find_slot(slot, resource_type_tag<R>());
    if (found == nullptr || !found->owned) {
      return nullptr;
    }
    std::unique_ptr<R> resource(static_cast<R*>(found->typed));
    release_slot(slot);
    return resource;
  }

  /// Destroys the object of an owned slot, or forgets a borrowed one. False when there is none.
  bool drop(std::uint32_t slot) noexcept;

  /// Destroys everything, latest first, and keeps the capacity.
  void clear() noexcept;

  ~ResourceTable() { clear(); }
  ResourceTable(const ResourceTable&) = delete;
  ResourceTable& operator=(const ResourceTable&) = delete;

 private:
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;

  struct Slot {
    HostResource* object;  // null: free
    void* typed;           // the same object as the type that `tag` names
    ResourceTypeTag tag;
    bool owned;
    std::uint32_t next_free;
  };

  [[nodiscard]] std::uint32_t insert_slot(Slot slot);
  [[nodiscard]] const Slot* find_slot(std::uint32_t slot, ResourceTypeTag tag) const noexcept;
  void release_slot(std::uint32_t slot) noexcept;

  std::vector<Slot> slots_;
  std::uint32_t first_free_ = kNoSlot;
  std::uint32_t in_use_ = 0;
  std::uint32_t max_slots_;
};

}  // namespace hermes::wasm
