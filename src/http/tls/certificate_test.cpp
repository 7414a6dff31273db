#include "http/tls/certificate.hpp"

#include "http/testing/test_certificates.hpp"
#include "http/tls/context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace hermes::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TestAuthority;

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class CertificateTest : public ::testing::Test {
 protected:
  Result<Certificate> read(const CertificateFiles& files) {
    auto certificate = Certificate::read(files, clock_.wall());
    EXPECT_EQ(ERR_peek_error(), 0UL) << "an error is left in OpenSSL's queue";
    return certificate;
  }
  std::string error_of(const CertificateFiles& files) {
    const auto certificate = read(files);
    EXPECT_FALSE(certificate);
    return certificate ? "" : certificate.error().message;
  }
  std::string write(std::string_view name, std::string_view content, mode_t mode = 0600) {
    std::string path = authority_.directory().write(name, content);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  SystemClock clock_;
  TestAuthority authority_;
};

TEST_F(CertificateTest, ReadsNamesAndKeys) {
  const auto ecdsa = read(authority_.make(
      "a", {.names = {"Shop.example", "*.shop.example", "www.other.example.", "127.0.0.1"}}));
  ASSERT_TRUE(ecdsa) << ecdsa.error().message;
  EXPECT_THAT(ecdsa->names, ElementsAre("shop.example", "*.shop.example", "www.other.example"));
  EXPECT_EQ(ecdsa->kind, KeyKind::kEcdsa);
  EXPECT_EQ(ecdsa->warning, std::nullopt);
  const auto rsa = read(authority_.make("b", {.kind = KeyKind::kRsa}));
  ASSERT_TRUE(rsa);
  EXPECT_EQ(rsa->kind, KeyKind::kRsa);
}

TEST_F(CertificateTest, ReadsOneFileWithEverything) {
  const CertificateFiles files = authority_.make("a");
  const std::string all =
      write("all.pem",
            content_of(files.certificate) + content_of(authority_.file()) + content_of(files.key));
  const auto certificate = read({all, all});
  ASSERT_TRUE(certificate) << certificate.error().message;
  EXPECT_EQ(certificate->chain.size(), 1U);
}

TEST_F(CertificateTest, WarnsOfWhatClientsWillRefuse) {
  for (const auto& [options, warning] :
       std::initializer_list<std::pair<testing::TestCertificateOptions, const char*>>{
           {{.valid_from = -10, .valid_until = -1}, "the certificate has expired at 20"},
           {{.valid_from = 1}, "the certificate is valid from 20"},
           {{.names = {}}, "the certificate has no name in its subjectAltName"},
       }) {
    const CertificateFiles files = authority_.make("a", options);
    const auto certificate = read(files);
    ASSERT_TRUE(certificate) << certificate.error().message;
    EXPECT_THAT(certificate->warning.value_or(""),
                StartsWith(files.certificate.string() + ": " + warning));
  }
  EXPECT_EQ(read(authority_.make("a", {.names = {"10.0.0.1"}}))->warning, std::nullopt);
}

TEST_F(CertificateTest, SaysWhatIsWrongWithFiles) {
  const CertificateFiles good = authority_.make("good");
  const CertificateFiles other = authority_.make("other");
  const std::string certificate = content_of(good.certificate);
  const std::string key = content_of(good.key);
  const std::string absent = authority_.directory() / "absent";
  const std::string folder = authority_.directory().path();
  std::string torn = certificate;
  torn.replace(torn.size() / 2, 4, "!!!!");
  std::string chain;
  for (std::size_t i = 0; i <= Certificate::kMaxChain; ++i) chain += certificate;

  const struct {
    CertificateFiles files;
    std::string message;
  } cases[] = {
      {{absent, good.key}, "cannot read " + absent + ": No such file or directory"},
      {{good.certificate, absent}, "cannot read " + absent + ": No such file or directory"},
      {{folder, good.key}, folder + ": it is not a file"},
      {{good.certificate, folder}, folder + ": it is not a file"},
      {{write("empty.pem", ""), good.key}, "empty.pem: there is no certificate in it"},
      {{good.key, good.key}, "good.key: there is no certificate in it"},
      {{write("torn.pem", torn), good.key}, "torn.pem: certificate 1 in it is not well formed"},
      {{write("second.pem", certificate + torn), good.key},
       "second.pem: certificate 2 in it is not well formed"},
      {{write("chain.pem", chain), good.key}, "chain.pem: it has more than 16 certificates"},
      {{write("large.pem", std::string(Certificate::kMaxFileBytes + 1, '\n')), good.key},
       "large.pem: it has 1048577 bytes, at most 1048576 are read"},
      {{good.certificate, write("empty.key", "")}, "empty.key: there is no private key in it"},
      {{good.certificate, write("no.key", certificate)}, "no.key: there is no private key in it"},
      {{good.certificate, other.key},
       "other.key: this private key does not belong to the first certificate of "},
      {{write("order.pem", content_of(authority_.file()) + certificate), good.key},
       "good.key: this private key does not belong to the first certificate of "},
      {{good.certificate, write("open.key", key, 0604)},
       "open.key: other users may use this private key (mode 0604); chmod o= makes it private"},
      {authority_.make("short", {.kind = KeyKind::kRsa, .rsa_bits = 1024}),
       "short.key: the RSA key has 1024 bits, which is too few"},
  };
  for (const auto& each : cases) EXPECT_THAT(error_of(each.files), HasSubstr(each.message));
  EXPECT_TRUE(read({good.certificate, write("group.key", key, 0640)})) << "the group may read it";
}

TEST_F(CertificateTest, AsksNobodyForAPassphrase) {
  // Of openssl genpkey -algorithm ed25519 -aes256, shortened: it is not decrypted.
  const std::string key = write("locked.key",
                                "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAh2bLhhp3PCFAICCAAw\n"
                                "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJxmp5f2gPjJCi0hXBBR2UwEQE2M\n"
                                "0A1DkDlbmRKFZlgoFzIpPiyL1GZpUdJfUrkFBpgSN1ePZTx8oZ1zcWdYb8WzSNQf\n"
                                "Xx9bGXIh5EozHFoVUbg=\n"
                                "-----END ENCRYPTED PRIVATE KEY-----\n");
  EXPECT_THAT(error_of({authority_.make("a").certificate, key}),
              HasSubstr("locked.key: the private key has a passphrase"));
}

TEST_F(CertificateTest, EveryCertificateMustBeOfUse) {
  const auto keys = std::make_shared<TicketKeys>(clock_);
  const auto error_with = [&](std::initializer_list<CertificateFiles> all) -> std::string {
    std::vector<Certificate> certificates;
    for (const CertificateFiles& files : all) certificates.push_back(std::move(*read(files)));
    const auto context = TlsContext::create(std::move(certificates), keys);
    return context ? "" : context.error().message;
  };
  const CertificateFiles a = authority_.make("a", {.names = {"a.example"}});
  const CertificateFiles same = authority_.make("same", {.names = {"a.example"}});
  const CertificateFiles rsa =
      authority_.make("rsa", {.names = {"a.example"}, .kind = KeyKind::kRsa});
  const CertificateFiles address = authority_.make("address", {.names = {"10.0.0.1"}});
  EXPECT_EQ(error_with({a, rsa}), "");
  EXPECT_EQ(error_with({address, a}), "");
  EXPECT_THAT(error_with({a, same}), HasSubstr("same.pem: no client would get this certificate: "
                                               "those before it have all of its names"));
  EXPECT_THAT(error_with({a, address}),
              HasSubstr("address.pem: no client would get this certificate: it has no DNS name"));
  EXPECT_THAT(error_with({}), HasSubstr("there are 0 certificates"));
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

}  // namespace
}  // namespace hermes::http
