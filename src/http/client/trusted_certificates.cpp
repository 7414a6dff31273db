#include "http/client/trusted_certificates.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <utility>

namespace hermes::http {
namespace {

/// What no bundle has; the system's has about 140.
constexpr std::size_t kMostCertificates = 10'000;

}  // namespace

void TrustedCertificates::Deleter::operator()(x509_st* certificate) const noexcept {
  X509_free(certificate);
}

Result<TrustedCertificates> TrustedCertificates::read(const std::filesystem::path& file) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: {}; it should have certificates in PEM format",
                            printable(file.string()), why));
  };
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_file(file.c_str(), "rb"), &BIO_free);
  if (in == nullptr) {
    ERR_clear_error();
    return refuse("it cannot be read");
  }
  TrustedCertificates trusted;
  while (X509* const certificate = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) {
    trusted.certificates_.emplace_back(certificate);
    if (trusted.certificates_.size() > kMostCertificates) return refuse("it has too many");
  }
  // The end of the file is an error, too: the one that there is no further certificate.
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_REASON(error) != PEM_R_NO_START_LINE) return refuse("one of them is damaged");
  if (trusted.empty()) return refuse("there is none");
  return trusted;
}

bool TrustedCertificates::add_to(ssl_ctx_st* context) const {
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  for (const auto& each : certificates_) {
    // One that is there already is no error.
    if (X509_STORE_add_cert(store, each.get()) != 1) return false;
  }
  return true;
}

}  // namespace hermes::http
