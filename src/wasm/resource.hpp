// Handles of the component model in C++: resources of the host, and resources of a guest.
#pragma once

#include <cstdint>
#include <utility>

namespace hermes::wasm {

/// Base of every resource that the host gives to guests; generated as one abstract class per WIT
/// resource. The destructor is the resource's destructor: it runs when the guest drops its own
/// handle, and at the latest when the call ends, on the thread that runs or ends the call.
class HostResource {
 public:
  HostResource() = default;
  HostResource(const HostResource&) = delete;
  HostResource& operator=(const HostResource&) = delete;
  virtual ~HostResource() = default;
};

/// A `borrow<R>` of a host resource inside of a record, list, option and so on. Never null once it
/// was lifted. Valid until the host function that got it is done; as an argument of an export, the
/// resource must outlive the call.
template <class R>
class Borrow {
 public:
  Borrow() noexcept = default;
  // Borrowing is what a reference means here, so the conversion is implicit both ways.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Borrow(R& resource) noexcept : resource_(&resource) {}

  [[nodiscard]] R& get() const noexcept { return *resource_; }
  [[nodiscard]] R& operator*() const noexcept { return *resource_; }
  [[nodiscard]] R* operator->() const noexcept { return resource_; }
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator R&() const noexcept { return *resource_; }

 private:
  R* resource_ = nullptr;
};

/// A `borrow<R>` of a resource that the guest defines: the `self` of its methods. `Tag` is
/// generated per resource. Valid as long as the GuestResource it came from.
template <class Tag>
class GuestBorrow {
 public:
  GuestBorrow() noexcept = default;
  explicit GuestBorrow(std::uint32_t slot) noexcept : slot_(slot) {}
  [[nodiscard]] std::uint32_t slot() const noexcept { return slot_; }

 private:
  std::uint32_t slot_ = 0;
};

/// An `own<R>` of a resource that the guest defines. It belongs to the call that returned it, and
/// ends with it. Call::start_drop runs its destructor in the guest; merely destroying this object
/// does not (the guest cannot run here), it leaves the resource to the end of the call.
template <class Tag>
class GuestResource {
 public:
  GuestResource() noexcept = default;
  explicit GuestResource(std::uint32_t slot) noexcept : slot_(slot), held_(true) {}
  GuestResource(GuestResource&& other) noexcept
      : slot_(other.slot_), held_(std::exchange(other.held_, false)) {}
  GuestResource& operator=(GuestResource&& other) noexcept {
    slot_ = other.slot_;
    held_ = std::exchange(other.held_, false);
    return *this;
  }

  /// False once it was moved away, passed to the guest or dropped.
  [[nodiscard]] bool held() const noexcept { return held_; }
  [[nodiscard]] GuestBorrow<Tag> borrow() const noexcept { return GuestBorrow<Tag>(slot_); }
  /// Gives up ownership; the answer names the resource in the call's table.
  [[nodiscard]] std::uint32_t release() noexcept {
    held_ = false;
    return slot_;
  }

 private:
  std::uint32_t slot_ = 0;
  bool held_ = false;
};

}  // namespace hermes::wasm
