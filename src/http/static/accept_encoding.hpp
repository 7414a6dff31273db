// Which content coding a client wants (RFC 9110 section 12.5.3).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace hermes::http {

/// The codings in which a file can be stored beforehand (RFC 9110 section 8.4.1, RFC 7932, RFC
/// 8878). In the order in which they are preferred where a client does not mind.
enum class ContentCoding : std::uint8_t { kBrotli, kZstd, kGzip, kIdentity };

inline constexpr std::size_t kContentCodings = 4;

/// "br", "zstd", "gzip", "identity": as in Content-Encoding.
[[nodiscard]] std::string_view name_of(ContentCoding coding);
/// ".br", ".zst", ".gz", "": what a variant's file name has after that of the file.
[[nodiscard]] std::string_view suffix_of(ContentCoding coding);

/// What one Accept-Encoding field says about the codings above.
///
/// The member with the larger weight is preferred; with equal weights br, then zstd, then gzip,
/// then identity. The first mention of a coding counts, and `*` stands for those that are not
/// mentioned. Members that are not well formed are ignored. A client that sends nothing gets
/// identity.
class AcceptEncoding {
 public:
  /// Identity only.
  AcceptEncoding() = default;

  /// Reads a field's value (several lines joined by commas). Linear in its size; never fails; no
  /// allocation.
  [[nodiscard]] static AcceptEncoding parse(std::string_view value);

  /// What is acceptable, the best first, up to identity. Identity is always last in it: a server
  /// that has nothing else may answer with it even where the client excludes it (RFC 9110 section
  /// 12.4.1), and this one does.
  [[nodiscard]] std::span<const ContentCoding> preference() const {
    return {preference_.data(), count_};
  }

  /// The most preferred of those of which there are representations; identity when there is none of
  /// these.
  [[nodiscard]] ContentCoding choose(std::initializer_list<ContentCoding> available) const;

  friend bool operator==(const AcceptEncoding&, const AcceptEncoding&) = default;

 private:
  std::array<ContentCoding, kContentCodings> preference_{
      ContentCoding::kIdentity, ContentCoding::kIdentity, ContentCoding::kIdentity,
      ContentCoding::kIdentity};
  std::uint8_t count_ = 1;
};

}  // namespace hermes::http
