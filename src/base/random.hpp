// Randomness as something that is passed in: the operating system's, or a sequence that a seed
// replays.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace hermes {

/// A source of random bits. Satisfies std::uniform_random_bit_generator.
class Random {
 public:
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }

  virtual ~Random() = default;
  /// 64 uniform bits.
  virtual std::uint64_t next() = 0;
  result_type operator()() { return next(); }

  /// Uniform in [0, bound), without bias. `bound` is at least 1.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high);
  /// True in `numerator` of `denominator` cases.
  bool chance(std::uint64_t numerator, std::uint64_t denominator) {
    return below(denominator) < numerator;
  }
  void fill(std::span<std::byte> out);
};

/// Unpredictable bits from the operating system (getrandom(2)). Safe to use from any thread. Aborts
/// where the system gives none.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

/// The same sequence for the same seed on every machine (xoshiro256**, Blackman and Vigna 2018).
/// Predictable: never for secrets. One thread at a time.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  std::uint64_t next() override;

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace hermes
