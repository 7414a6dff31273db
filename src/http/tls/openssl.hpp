// What is owned of OpenSSL, and what it says went wrong.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace hermes::http {

/// Frees with a function of OpenSSL.
template <auto Free>
struct OpensslDelete {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using BioMethodPtr = std::unique_ptr<BIO_METHOD, OpensslDelete<BIO_meth_free>>;
using BioPtr = std::unique_ptr<BIO, OpensslDelete<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslDelete<EVP_PKEY_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, OpensslDelete<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, OpensslDelete<SSL_free>>;
using X509Ptr = std::unique_ptr<X509, OpensslDelete<X509_free>>;

/// The reason of the first error that this thread's queue has, as a text of OpenSSL; "unknown"
/// where there is none. Empties the queue. The text lives for ever.
std::string_view take_openssl_reason();

}  // namespace hermes::http
