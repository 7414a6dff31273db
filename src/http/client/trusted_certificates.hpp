// Certificates that are trusted besides those of the system.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <memory>
#include <vector>

// OpenSSL's own names of its types.
struct x509_st;
struct ssl_ctx_st;

namespace hermes::http {

/// Certificates of authorities, from a file. Any thread, once it is there.
class TrustedCertificates {
 public:
  /// None.
  TrustedCertificates() = default;
  /// Those in a file in PEM format, at least one. The error names the file. Blocks.
  static Result<TrustedCertificates> read(const std::filesystem::path& file);

  [[nodiscard]] bool empty() const { return certificates_.empty(); }
  /// Makes `context` trust them, too. false: out of memory.
  [[nodiscard]] bool add_to(ssl_ctx_st* context) const;

 private:
  struct Deleter {
    void operator()(x509_st* certificate) const noexcept;
  };
  std::vector<std::unique_ptr<x509_st, Deleter>> certificates_;
};

}  // namespace hermes::http
