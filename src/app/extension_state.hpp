// Where runtime extensions keep what belongs to one application.
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace hermes::app {

/// Base of an extension's state of one application. Destroyed with the application, when no call of
/// it is left.
class ExtensionState {
 public:
  ExtensionState() = default;
  ExtensionState(const ExtensionState&) = delete;
  ExtensionState& operator=(const ExtensionState&) = delete;
  virtual ~ExtensionState() = default;
};

/// Which slot of each application holds the `State` of an extension. Given to the extension by the
/// engine, once; an index with the type that is behind it.
template <class State>
class StateSlot {
 public:
  explicit constexpr StateSlot(std::size_t index) : index_(index) {}
  [[nodiscard]] constexpr std::size_t index() const { return index_; }

 private:
  std::size_t index_;
};

/// The slots of one application. Filled while the application is attached to the extensions,
/// read-only from then on, so any thread may read; what is in the slots synchronises itself.
class ExtensionStates {
 public:
  template <class State>
  State& put(StateSlot<State> slot, std::unique_ptr<State> state) {
    if (slots_.size() <= slot.index()) slots_.resize(slot.index() + 1);
    assert(slots_[slot.index()] == nullptr && "an extension attaches to an application once");
    State& kept = *state;
    slots_[slot.index()] = std::move(state);
    return kept;
  }

  /// The state that was put there. The extension must be attached.
  template <class State>
  [[nodiscard]] State& get(StateSlot<State> slot) const {
    assert(slot.index() < slots_.size() && slots_[slot.index()] != nullptr);
    return static_cast<State&>(*slots_[slot.index()]);
  }

  /// nullptr when the extension is not attached (yet).
  template <class State>
  [[nodiscard]] State* find(StateSlot<State> slot) const {
    return slot.index() < slots_.size() ? static_cast<State*>(slots_[slot.index()].get()) : nullptr;
  }

 private:
  std::vector<std::unique_ptr<ExtensionState>> slots_;
};

}  // namespace hermes::app
