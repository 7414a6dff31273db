// What became of the requests that were sent for one application.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hermes::ext::http_gateway {

/// Who wanted a request to be sent: a component, by `wasi:http/outgoing-handler`, or its answer
/// `internal-redirect`, each hop of which counts.
enum class OutgoingKind : std::uint8_t { kComponent, kRedirect };
/// As labels of metrics, in the order of OutgoingKind.
inline constexpr std::array<std::string_view, 2> kOutgoingKinds = {"component", "redirect"};

enum class OutgoingResult : std::uint8_t {
  /// An answer has begun, whatever its status.
  kAnswered,
  /// No rule of the application allows it.
  kDenied,
  /// It could not be sent, nothing came back in time, or it was given up before.
  kFailed,
};
/// As labels of metrics, in the order of OutgoingResult.
inline constexpr std::array<std::string_view, 3> kOutgoingResults = {"answered", "denied",
                                                                     "failed"};

/// By kind, then by result.
using OutgoingCounts =
    std::array<std::array<std::uint64_t, kOutgoingResults.size()>, kOutgoingKinds.size()>;

/// Counts them. Any thread.
class OutgoingCounters {
 public:
  void add(OutgoingKind kind, OutgoingResult result) {
    at(kind, result).fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] OutgoingCounts read() const {
    OutgoingCounts counts{};
    for (std::size_t kind = 0; kind < counts.size(); ++kind) {
      for (std::size_t result = 0; result < counts[kind].size(); ++result) {
        counts[kind][result] = counts_[kind][result].load(std::memory_order_relaxed);
      }
    }
    return counts;
  }

 private:
  std::atomic<std::uint64_t>& at(OutgoingKind kind, OutgoingResult result) {
    return counts_[static_cast<std::size_t>(kind)][static_cast<std::size_t>(result)];
  }

  std::array<std::array<std::atomic<std::uint64_t>, kOutgoingResults.size()>, kOutgoingKinds.size()>
      counts_{};
};

}  // namespace hermes::ext::http_gateway
