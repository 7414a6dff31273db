// Components that look for what others left behind: tests/soak/guests/canary.wat.
#pragma once

#include "soak_engine.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace hermes::soak {

/// The sizes of one of them.
struct Canary {
  /// Of 64 KiB, in each of its memories; and how many it adds to the first.
  std::uint32_t pages = 1;
  std::uint32_t more_pages = 1;
  std::uint32_t added_pages = 0;
  /// Of its table, at least 4.
  std::uint32_t elements = 16;
};

/// The component of these sizes. `number` marks what it writes: 0xa000 + number.
inline Result<Component> load_canary(SoakEngine& soak, std::string name, const Canary& canary,
                                     std::size_t number) {
  constexpr std::uint32_t kPageBytes = 65536;
  return soak.soak_guest("canary", std::move(name),
                         {{"mark", std::to_string(0xa000 + number)},
                          {"pages", std::to_string(canary.pages)},
                          {"more-pages", std::to_string(canary.more_pages)},
                          {"added-pages", std::to_string(canary.added_pages)},
                          {"bytes", std::to_string(canary.pages * kPageBytes)},
                          {"more-bytes", std::to_string(canary.more_pages * kPageBytes)},
                          {"elements", std::to_string(canary.elements)}});
}

}  // namespace hermes::soak
