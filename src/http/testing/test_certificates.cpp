#include "http/testing/test_certificates.hpp"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace hermes::http::testing {
namespace {

using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpensslDelete<X509_EXTENSION_free>>;

void expect(bool done) {
  if (done) return;
  ERR_print_errors_fp(stderr);
  std::abort();
}

KeyPtr make_key(KeyKind kind, int rsa_bits) {
  KeyPtr key(kind == KeyKind::kRsa ? EVP_RSA_gen(static_cast<unsigned>(rsa_bits))
                                   : EVP_EC_gen("P-256"));
  expect(key != nullptr);
  return key;
}

void extend(X509& certificate, const X509& issuer, int kind, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, const_cast<X509*>(&issuer), &certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  expect(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1);
}

X509Ptr new_certificate(EVP_PKEY& key, std::string_view name, int from, int until) {
  X509Ptr certificate(X509_new());
  X509* const it = certificate.get();
  expect(it != nullptr && X509_set_version(it, X509_VERSION_3) == 1);
  std::uint64_t serial = 0;
  expect(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  expect(ASN1_INTEGER_set_uint64(X509_get_serialNumber(it), serial >> 1) == 1);
  expect(X509_NAME_add_entry_by_txt(X509_get_subject_name(it), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1);
  expect(X509_time_adj_ex(X509_getm_notBefore(it), from, 0, nullptr) != nullptr);
  expect(X509_time_adj_ex(X509_getm_notAfter(it), until, 0, nullptr) != nullptr);
  expect(X509_set_pubkey(it, &key) == 1);
  return certificate;
}

std::string name_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    const bool address = name.find_first_not_of("0123456789.") == std::string::npos ||
                         name.find(':') != std::string::npos;
    list += fmt::format("{}{}:{}", list.empty() ? "" : ",", address ? "IP" : "DNS", name);
  }
  return list;
}

template <class Write>
void write_file(const std::string& path, mode_t mode, Write write) {
  const std::string fresh = path + ".new";
  std::FILE* const file = std::fopen(fresh.c_str(), "w");
  expect(file != nullptr && write(file) == 1);
  std::fclose(file);
  expect(::chmod(fresh.c_str(), mode) == 0);
  std::filesystem::rename(fresh, path);
}

void write_certificate(const std::string& path, const X509& certificate) {
  write_file(path, 0644, [&](std::FILE* file) { return PEM_write_X509(file, &certificate); });
}

}  // namespace

TestAuthority::TestAuthority()
    : key_(make_key(KeyKind::kEcdsa, 0)),
      certificate_(new_certificate(*key_, "an authority for tests", -2, 100)) {
  X509& certificate = *certificate_;
  expect(X509_set_issuer_name(&certificate, X509_get_subject_name(&certificate)) == 1);
  extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate, certificate, NID_key_usage, "critical,keyCertSign");
  extend(certificate, certificate, NID_subject_key_identifier, "hash");
  expect(X509_sign(&certificate, key_.get(), EVP_sha256()) != 0);
  write_certificate(file(), certificate);
}

CertificateFiles TestAuthority::make(std::string_view name,
                                     const TestCertificateOptions& options) const {
  const KeyPtr key = make_key(options.kind, options.rsa_bits);
  const X509Ptr certificate = new_certificate(*key, name, options.valid_from, options.valid_until);
  expect(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get())) == 1);
  if (!options.names.empty()) {
    extend(*certificate, *certificate_, NID_subject_alt_name, name_list(options.names));
  }
  extend(*certificate, *certificate_, NID_ext_key_usage, "serverAuth");
  expect(X509_sign(certificate.get(), key_.get(), EVP_sha256()) != 0);
  CertificateFiles files{directory_ / fmt::format("{}.pem", name),
                         directory_ / fmt::format("{}.key", name)};
  write_file(files.key, 0600, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  write_certificate(files.certificate, *certificate);
  return files;
}

}  // namespace hermes::http::testing
