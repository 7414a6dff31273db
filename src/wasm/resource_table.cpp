#include "wasm/resource_table.hpp"

namespace hermes::wasm {

std::uint32_t ResourceTable::insert_slot(Slot slot) {
  ++in_use_;
  if (first_free_ != kNoSlot) {
    const std::uint32_t index = first_free_;
    first_free_ = slots_[index].next_free;
    slots_[index] = slot;
    return index;
  }
  slots_.push_back(slot);
  return static_cast<std::uint32_t>(slots_.size() - 1);
}

const ResourceTable::Slot* ResourceTable::find_slot(std::uint32_t slot,
                                                    ResourceTypeTag tag) const noexcept {
  if (slot >= slots_.size()) {
    return nullptr;
  }
  const Slot& found = slots_[slot];
  return found.object != nullptr && found.tag == tag ? &found : nullptr;
}

void ResourceTable::release_slot(std::uint32_t slot) noexcept {
  slots_[slot] = Slot{nullptr, nullptr, nullptr, false, first_free_};
  first_free_ = slot;
  --in_use_;
}

bool ResourceTable::drop(std::uint32_t slot) noexcept {
  if (slot >= slots_.size() || slots_[slot].object == nullptr) {
    return false;
  }
  HostResource* const object = slots_[slot].object;
  const bool owned = slots_[slot].owned;
  release_slot(slot);
  // Last, because a destructor may use the table.
  if (owned) {
    delete object;
  }
  return true;
}

void ResourceTable::clear() noexcept {
  while (!slots_.empty()) {
    const Slot last = slots_.back();
    slots_.pop_back();
    if (last.object != nullptr && last.owned) {
      delete last.object;
    }
  }
  first_free_ = kNoSlot;
  in_use_ = 0;
}

}  // namespace hermes::wasm
