#include "wasm/cache_entry.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace hermes::wasm {
namespace {

/// Entries are read and written in pieces of this size: large enough for speed, small enough for
/// the cache of a core.
constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

constexpr std::array<char, 8> kMagic{'H', 'E', 'R', 'M', 'E', 'S', '\0', '\1'};

/// The trailer without the code.
using TrailerStart = std::array<std::byte, kCacheTrailerBytes - sizeof(Digest)>;
constexpr std::size_t kKeyOffset = kMagic.size();
constexpr std::size_t kSizeOffset = kKeyOffset + sizeof(Digest);
static_assert(kSizeOffset + 8 == sizeof(TrailerStart));

TrailerStart make_trailer(const Digest& key, std::uint64_t size) {
  TrailerStart trailer;
  std::memcpy(trailer.data(), kMagic.data(), kMagic.size());
  std::memcpy(trailer.data() + kKeyOffset, key.data(), key.size());
  for (std::size_t i = 0; i < 8; ++i) {
    trailer[kSizeOffset + i] = static_cast<std::byte>(size >> (8 * i));
  }
  return trailer;
}

/// Feeds the first `size` bytes of `file` to `code`, and to `copy_to` if there is one.
Result<void> process(const FileDescriptor& file, std::uint64_t size, HmacSha256& code,
                     const FileDescriptor* copy_to) {
  std::vector<std::byte> piece(
      static_cast<std::size_t>(std::min<std::uint64_t>(size, kPieceBytes)));
  for (std::uint64_t offset = 0; offset < size; offset += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size - offset, kPieceBytes)));
    if (auto read = read_exactly(file, offset, piece); !read) return read;
    code.update(piece);
    if (copy_to == nullptr) continue;
    if (auto written = write_all(*copy_to, piece); !written) return written;
  }
  return {};
}

}  // namespace

Result<void> write_cache_entry(const FileDescriptor& out, const CompiledArtefact& artefact,
                               const Digest& key, const Digest& machine_key) {
  HmacSha256 hmac(machine_key);
  if (auto copied = process(artefact.file, artefact.size, hmac, &out); !copied) return copied;
  const TrailerStart trailer = make_trailer(key, artefact.size);
  hmac.update(trailer);
  const Digest code = hmac.finish();
  if (auto written = write_all(out, trailer); !written) return written;
  return write_all(out, code);
}

Result<std::uint64_t> verify_cache_entry(const FileDescriptor& entry, const Digest& key,
                                         const Digest& machine_key, const FileDescriptor* copy_to) {
  const auto bad = [](const char* what) { return fail(ErrorCode::kInvalidArgument, what); };

  const auto file_size = size_of(entry);
  if (!file_size) return std::unexpected(file_size.error());
  if (*file_size <= kCacheTrailerBytes) return bad("it is too short");
  const std::uint64_t size = *file_size - kCacheTrailerBytes;

  TrailerStart trailer;
  Digest stored_code;
  if (auto read = read_exactly(entry, size, trailer); !read) return std::unexpected(read.error());
  if (auto read = read_exactly(entry, size + sizeof(trailer), stored_code); !read)
    return std::unexpected(read.error());
  if (std::memcmp(trailer.data(), kMagic.data(), kMagic.size()) != 0) {
    return bad("it is cut off, or not an entry of this version");
  }
  if (trailer != make_trailer(key, size))
    return bad("it belongs to another component, or has another size");

  HmacSha256 hmac(machine_key);
  if (auto read = process(entry, size, hmac, copy_to); !read) return std::unexpected(read.error());
  hmac.update(trailer);
  if (!equal_in_constant_time(hmac.finish(), stored_code)) {
    return bad("its authentication code is wrong: it was damaged, or made by someone else");
  }
  return size;
}

}  // namespace hermes::wasm
