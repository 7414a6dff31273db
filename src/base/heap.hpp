// What the C library's heap keeps.
#pragma once

namespace hermes {

/// Lets freed memory go back to the system. By default glibc raises its thresholds with the sizes
/// it sees, up to 32 MiB: after some large lists each of its arenas (up to eight per processor) may
/// keep 64 MiB for good. For programs, at the start of main; a library that is part of somebody
/// else's process has no business with this. Does nothing with other C libraries.
void keep_heap_small();

}  // namespace hermes
