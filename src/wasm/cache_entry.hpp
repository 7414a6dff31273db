// The file format of a compile cache entry: the artefact, then a trailer of fixed size.
//
//   offset from the end   bytes   what
//   -80                   8       "HERMES\0\1": format and its version
//   -72                   32      the cache key that the entry was stored under
//   -40                   8       size of the artefact, little endian
//   -32                   32      HMAC-SHA-256 over everything before it, with the machine's key
//
// The trailer comes last because the artefact (an ELF image, which ends where it says) is mapped
// from offset 0.
#pragma once

#include "base/result.hpp"
#include "wasm/compiled_artefact.hpp"
#include "wasm/digest.hpp"
#include "wasm/file_descriptor.hpp"

#include <cstdint>

namespace hermes::wasm {

inline constexpr std::uint64_t kCacheTrailerBytes = 80;

/// Writes `artefact` and its trailer to `out`, which is empty.
[[nodiscard]] Result<void> write_cache_entry(const FileDescriptor& out,
                                             const CompiledArtefact& artefact, const Digest& key,
                                             const Digest& machine_key);

/// Checks all of `entry` and returns the size of the artefact in it. kInvalidArgument when the
/// entry is damaged or not ours, kSystem when it cannot be read; the message says what is wrong.
/// With `copy_to`, the artefact is also written there; use the copy only on success.
[[nodiscard]] Result<std::uint64_t> verify_cache_entry(const FileDescriptor& entry,
                                                       const Digest& key, const Digest& machine_key,
                                                       const FileDescriptor* copy_to);

}  // namespace hermes::wasm
