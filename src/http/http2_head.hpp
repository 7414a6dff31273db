// The head of one HTTP/2 request (RFC 9113 section 8.3).
#pragma once

#include "http/field.hpp"
#include "http/limits.hpp"
#include "http/refusal.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::http {

/// Collects fields as they are decoded, and checks what the decoder (nghttp2) leaves open. It has
/// refused malformed names and values, pseudo-header fields that are missing, repeated, unknown or
/// late, connection-specific fields (section 8.2.2) and contradictory lengths already.
class Http2Head {
 public:
  explicit Http2Head(const Limits& limits) : limits_(limits) {}

  /// One field, in the order of the block. What exceeds the limits is not kept; finish() says so.
  void add(std::string_view name, std::string_view value);
  /// A field behind the content; it counts like the others. false, once: too many.
  [[nodiscard]] bool add_trailer(std::string_view name, std::string_view value);

  /// The block is complete. What stands against the request; what there is of it can be read then.
  [[nodiscard]] std::optional<Refusal> finish();

  // After finish(). Views into this.
  [[nodiscard]] std::string_view method() const { return method_.of(bytes_); }
  [[nodiscard]] std::string_view path() const { return path_.of(bytes_); }
  /// :authority, or Host.
  [[nodiscard]] std::string_view authority() const { return authority_.of(bytes_); }
  /// As with HTTP/1.1: with `host`, and one `cookie` (section 8.2.3).
  [[nodiscard]] std::span<const Field> fields() const { return fields_; }
  /// Those behind the content.
  [[nodiscard]] std::span<const std::pair<std::string, std::string>> trailers() const {
    return trailers_;
  }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const { return content_length_; }
  /// The client waits for 100 (Continue) before it sends content.
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }

 private:
  struct Part {
    std::size_t begin = 0;
    std::size_t size = 0;
    [[nodiscard]] std::string_view of(std::string_view bytes) const {
      return bytes.substr(begin, size);
    }
  };
  struct Place {
    Part name;
    Part value;
  };

  Part keep(std::string_view text);
  void add_pseudo(std::string_view name, std::string_view value);
  /// Accounts for one more field. false: over the limits.
  bool count(std::string_view name, std::string_view value);
  [[nodiscard]] std::optional<Refusal> check();

  const Limits& limits_;
  std::size_t size_ = 0;
  std::size_t count_ = 0;
  bool too_large_ = false;
  bool too_many_ = false;

  /// What parts are parts of.
  std::string bytes_;
  std::string cookie_;
  Part method_;
  Part path_;
  Part authority_;
  bool has_authority_ = false;
  std::vector<Place> places_;
  std::vector<Field> fields_;
  std::vector<std::pair<std::string, std::string>> trailers_;
  std::optional<std::uint64_t> content_length_;
  bool expects_continue_ = false;
};

}  // namespace hermes::http
