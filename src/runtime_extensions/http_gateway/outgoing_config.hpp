// What can be configured of requests that the engine sends.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hermes::ext::http_gateway {

/// Of all applications together. The defaults are those of an empty file.
struct OutgoingConfig {
  /// Certificates of authorities that are trusted besides the system's (PEM).
  std::optional<std::filesystem::path> certificates = {};
  /// Addresses of names, instead of what the system resolves them to: "name:port:address".
  std::vector<std::string> hosts = {};
  /// Requests under way at the same time.
  std::size_t max_requests = 1024;
  /// To resolve the name, connect, and make TLS.
  Duration connect_time = std::chrono::seconds{10};
  /// From then, or from when the request's body went forward last, to the end of the answer's
  /// fields.
  Duration first_byte_time = std::chrono::seconds{30};
  /// Between two pieces of the answer.
  Duration between_bytes_time = std::chrono::seconds{30};
  /// All of the answer to a redirect. Requests of components end with their call.
  Duration total_time = std::chrono::minutes{10};
  /// Bytes of an answer, and of a request's body.
  std::uint64_t max_answer_bytes = std::uint64_t{1} << 30;
  std::uint64_t max_body_bytes = std::uint64_t{1} << 30;
};

/// Of one application's components.
struct OutgoingBounds {
  /// Requests under way at the same time, of all calls and of one.
  std::size_t max_requests = 64;
  std::size_t max_requests_per_call = 16;
};

}  // namespace hermes::ext::http_gateway
