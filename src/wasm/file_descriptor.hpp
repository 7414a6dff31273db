// Owned file descriptors, and the few things that the compile cache and the compiler do with them.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace hermes::wasm {

/// Owns one open file descriptor and closes it. Empty when it holds none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  /// Takes ownership of `value`; a negative value makes it empty.
  explicit FileDescriptor(int value) : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      close();
      value_ = std::exchange(other.value_, -1);
    }
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { close(); }

  /// The descriptor, still owned by this object; -1 when empty.
  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] explicit operator bool() const { return value_ >= 0; }
  /// Closes it now. Errors of close() are of no use to anyone here: nothing that matters is
  /// buffered.
  void close() noexcept;

 private:
  int value_ = -1;
};

/// "what: No space left on device" as ErrorCode::kSystem, from `error_number` (errno).
[[nodiscard]] Error system_error(std::string_view what, int error_number);

/// An anonymous file in memory that can be sealed. Closed on exec, like every descriptor here.
[[nodiscard]] Result<FileDescriptor> make_memory_file(const char* name);

/// Makes the contents of a memory file final: no process that holds it can change or resize it any
/// more. Fails while some process has it mapped for writing.
[[nodiscard]] Result<void> seal(const FileDescriptor& memory_file);

/// Appends all of `bytes` at the file's position. A full disk and a file size limit of the process
/// are errors; the signal that comes with the latter (SIGXFSZ) is taken away from the calling
/// thread.
[[nodiscard]] Result<void> write_all(const FileDescriptor& file, std::span<const std::byte> bytes);

/// Reads exactly `bytes.size()` bytes from `offset`. A shorter file is an error.
[[nodiscard]] Result<void> read_exactly(const FileDescriptor& file, std::uint64_t offset,
                                        std::span<std::byte> bytes);

/// The size in bytes of a regular (or memory) file.
[[nodiscard]] Result<std::uint64_t> size_of(const FileDescriptor& file);

}  // namespace hermes::wasm
