// Frames on their way to the socket.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::http {

/// Gathers frames, so that many go with one system call: small bytes are copied, larger content
/// stays where it is. Filled, then taken from until it is empty, then filled again.
class Http2Output {
 public:
  /// More than this is not gathered; the last frame may exceed it.
  static constexpr std::size_t kMostBytes = std::size_t{256} * 1024;

  [[nodiscard]] bool empty() const { return left_ == 0; }
  [[nodiscard]] bool full() const { return left_ >= kMostBytes || pieces_.size() >= kMostPieces; }

  void copy(std::string_view bytes);
  /// `bytes` stay as they are until everything has been taken.
  void refer(std::string_view bytes);
  /// `size` bytes that the caller fills, before anything else is added.
  std::span<char> room(std::size_t size);

  /// Takes the last `size` bytes back, which were copied, or put into room().
  void drop(std::size_t size);

  /// What is left, in order. Until the next call of something else.
  [[nodiscard]] std::span<const iovec> parts();
  /// `size` bytes of parts() are gone.
  void take(std::size_t size);
  /// Forgets what is left.
  void clear();
  /// Gives memory back. It is empty.
  void release();

 private:
  /// Few enough for one call of sendmsg.
  static constexpr std::size_t kMostPieces = 128;
  /// Content up to here is cheaper to copy than to refer to.
  static constexpr std::size_t kCopiedBytes = 4096;

  struct Piece {
    /// nullptr: bytes of copied_, from `begin` on.
    const char* bytes = nullptr;
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  /// `size` bytes at the end of copied_ belong to the output.
  void add_copied(std::size_t size);

  std::string copied_;
  std::vector<Piece> pieces_;
  /// Of pieces_: gone altogether; and of the next one, bytes.
  std::size_t taken_pieces_ = 0;
  std::size_t taken_bytes_ = 0;
  std::size_t left_ = 0;
  std::vector<iovec> parts_;
};

}  // namespace hermes::http
