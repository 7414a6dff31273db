// Which media type a file has, by its name.
#pragma once

#include <string_view>

namespace hermes::http {

/// Whether general compression (br, zstd, gzip) makes contents of a type noticeably smaller.
enum class Compressible : bool { kNo, kYes };

struct MediaType {
  /// The value of Content-Type, with a charset where the type is text (RFC 9110 section 8.3). Lives
  /// as long as the program.
  std::string_view name = "application/octet-stream";
  Compressible compressible = Compressible::kYes;
};

/// The media type for a file name or path, by what follows its last dot; case does not matter.
/// application/octet-stream for what is not known. Any thread; no allocation.
[[nodiscard]] MediaType media_type_of(std::string_view file_name);

}  // namespace hermes::http
