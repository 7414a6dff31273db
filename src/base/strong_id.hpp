// Numbers that name things, as types that cannot be mixed up.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace hermes {

/// An identifier of kind `Tag`: `using ApplicationId = StrongId<struct ApplicationIdTag>;`. No
/// arithmetic, only comparison and hashing.
template <class Tag, class Rep = std::uint64_t>
class StrongId {
 public:
  using rep = Rep;
  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;

 private:
  Rep value_{};
};

}  // namespace hermes

template <class Tag, class Rep>
struct std::hash<hermes::StrongId<Tag, Rep>> {
  std::size_t operator()(const hermes::StrongId<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>{}(id.value());
  }
};
