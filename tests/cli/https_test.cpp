// hermes playground --http with TLS: a running program, curl, and certificates that are renewed.
#include "base/testing/temporary_directory.hpp"
#include "http/testing/http_client.hpp"
#include "http/testing/test_certificates.hpp"
#include "http/testing/tls_client.hpp"
#include "http_program.hpp"
#include "process.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::tests {
namespace {

using http::testing::HttpClient;
using http::testing::TestAuthority;
using http::testing::TlsClient;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// Runs curl with `arguments`, as a shell reads them.
CommandEnd curl(const std::string& arguments) { return shell("curl -sS " + arguments); }

std::string content_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The program with an application "shop" of the component `reply`, and a certificate for it.
class HttpsTest : public HttpProgram {
 public:
  HttpsTest() {
    std::filesystem::create_directory(directory_ / "www");
    directory_.write("www/data.txt", "0123456789");
  }

 protected:
  [[nodiscard]] static std::string config(const http::CertificateFiles& files) {
    return fmt::format(R"(
[server]
listen = ["127.0.0.1:0"]
default-application = "shop"
aliases = {{ "shop.example" = "shop" }}
[server.tls]
listen = ["127.0.0.1:0", "[::1]:0"]
redirect-to-https = ["127.0.0.1:0"]
hsts-max-age-s = 1000
[[server.tls.certificates]]
certificate = "{}"
key = "{}"
[applications.shop]
www = "www"
)",
                       files.certificate.string(), files.key.string());
  }

  void start(const http::CertificateFiles& files) {
    HttpProgram::start({guest("reply")}, config(files));
    plain_ = address_.port();
    tls_ = port_after(*process_, "answered at https://127.0.0.1:");
    tls_v6_ = port_after(*process_, "answered at https://[::1]:");
    redirect_ = port_after(*process_, "redirected to https at http://127.0.0.1:");
  }
  /// With a certificate for shop.example and addresses.
  void start() { start(certificate("one")); }

  [[nodiscard]] http::CertificateFiles certificate(std::string_view name) const {
    return authority_.make(name, {.names = {"shop.example", "127.0.0.1", "::1"}});
  }

  [[nodiscard]] TlsClient connect() const {
    return TlsClient({boost::asio::ip::address_v4::loopback(), tls_},
                     {.authority = authority_.file(), .server_name = "shop.example"});
  }
  static std::string get(HttpClient& client) {
    client.send("GET /data.txt HTTP/1.1\r\nHost: shop.example\r\n\r\n");
    const auto answer = client.read();
    return answer ? answer->body : "nothing";
  }

  TestAuthority authority_;
  unsigned short plain_ = 0;
  unsigned short tls_ = 0;
  unsigned short tls_v6_ = 0;
  unsigned short redirect_ = 0;
};

TEST_F(HttpsTest, CurlIsServed) {
  start();
  const std::string trust = "--cacert " + authority_.file();
  const std::string named = fmt::format(
      "--resolve shop.example:{0}:127.0.0.1 --resolve shop.example:{1}:127.0.0.1 "
      "--resolve other.example:{0}:127.0.0.1 ",
      tls_, redirect_);
  const std::string url = fmt::format("https://shop.example:{}/data.txt", tls_);
  constexpr int kConnectFailed = 35;
  constexpr int kNotTrusted = 60;
  const struct {
    std::string arguments;
    int status = 0;
    std::string out{};
  } cases[] = {
      {trust + " " + named + url, 0, "0123456789"},
      {trust + " --http1.1 --tlsv1.2 --tls-max 1.2 " + named + url, 0, "0123456789"},
      {trust + " --tlsv1.3 " + named + url, 0, "0123456789"},
      {trust + fmt::format(" https://127.0.0.1:{}/data.txt", tls_), 0, "0123456789"},
      {trust + fmt::format(" -g -6 'https://[::1]:{}/data.txt'", tls_v6_), 0, "0123456789"},
      {trust + " -o /dev/null -w '%{scheme} %{http_code} %{ssl_verify_result}' " + named + url, 0,
       "HTTPS 200 0"},
      {trust + " -D - -o /dev/null " + named + url, 0,
       "\r\nstrict-transport-security: max-age=1000\r\n"},
      {trust + fmt::format(" -L {}http://shop.example:{}/data.txt", named, redirect_), 0,
       "0123456789"},
      {fmt::format("http://127.0.0.1:{}/data.txt", plain_), 0, "0123456789"},
      {fmt::format("http://127.0.0.1:{}/data.txt", tls_), 0, "this port speaks TLS"},
      {trust + fmt::format(" https://127.0.0.1:{}/data.txt", plain_), kConnectFailed,
       "alert handshake failure"},
      {trust + " --tlsv1.0 --tls-max 1.1 " + named + url, kConnectFailed, ""},
      {trust + " --tls-max 1.2 --ciphers AES128-SHA " + named + url, kConnectFailed,
       "alert handshake failure"},
      {named + url, kNotTrusted, "certificate"},
      {trust + " " + named + fmt::format("https://other.example:{}/", tls_), kNotTrusted,
       "other.example"},
  };
  for (const auto& each : cases) {
    const CommandEnd end = curl(each.arguments);
    EXPECT_EQ(end.status, each.status) << each.arguments << "\n" << end.out;
    EXPECT_THAT(end.out, HasSubstr(each.out)) << each.arguments;
  }
}

TEST_F(HttpsTest, MuchGoesBothWaysByCurl) {
  start();
  std::string content(std::size_t{16} << 20U, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 / 7);
  const std::string sent = directory_.write("sent", content);
  for (const char* version : {"--tls-max 1.2", "--tlsv1.3"}) {
    const std::string received = directory_ / "received";
    const CommandEnd end =
        curl(fmt::format("--cacert {} {} -H Expect: -H Content-Type:application/octet-stream "
                         "--data-binary @{} -o {} https://127.0.0.1:{}/api/body",
                         authority_.file(), version, sent, received, tls_));
    EXPECT_EQ(end.status, 0) << end.out;
    EXPECT_TRUE(content_of(received) == content) << version;
  }
}

TEST_F(HttpsTest, CertificatesAreReadAgainOnSighup) {
  const http::CertificateFiles files = certificate("one");
  start(files);
  TlsClient before = connect();
  EXPECT_EQ(get(before), "0123456789");
  EXPECT_EQ(before.certificate(), "one");

  const http::CertificateFiles two = certificate("two");
  std::filesystem::copy_file(two.certificate, files.certificate,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(two.key, files.key, std::filesystem::copy_options::overwrite_existing);
  process_->send(SIGHUP);
  ASSERT_TRUE(process_->wait_for_err("the certificates have been read again"));
  // Each worker has got it by the time that it has nothing else to do.
  std::string now;
  while (now != "two") now = connect().certificate();
  EXPECT_EQ(get(before), "0123456789");

  std::ofstream(files.certificate) << "-----BEGIN CERTIFICATE-----\n";
  process_->send(SIGHUP);
  ASSERT_TRUE(process_->wait_for_err("the certificates that were there before stay in use"));
  EXPECT_THAT(process_->err(), AllOf(HasSubstr("http.toml:"), HasSubstr(files.certificate.string()),
                                     HasSubstr("not well formed")));
  for (int i = 0; i < 8; ++i) {
    TlsClient after = connect();
    EXPECT_EQ(after.certificate(), "two");
    EXPECT_EQ(get(after), "0123456789");
  }
  EXPECT_EQ(get(before), "0123456789");
  process_->send(SIGTERM);
  EXPECT_EQ(process_->wait().status, 0) << "a reload is no second signal";
}

TEST_F(HttpsTest, WithoutTlsThereIsNothingToReadAgain) {
  process_.emplace(std::vector<std::string>{"playground", guest("reply")});
  ASSERT_TRUE(process_->wait_for_err("application ready"));
  process_->send(SIGHUP);
  ASSERT_TRUE(process_->wait_for_err("there are no certificates to be read again"));
  process_->send(SIGTERM);
  EXPECT_EQ(process_->wait().status, 0);
}

TEST_F(HttpsTest, FailedHandshakesAreLoggedAndNotTooOften) {
  start();
  constexpr int kMany = 200;
  for (int i = 0; i < kMany; ++i) {
    HttpClient client({boost::asio::ip::address_v4::loopback(), tls_});
    client.send("\x16garbage that is no TLS");
    client.read_until_closed();
  }
  process_->send(SIGTERM);
  const std::string log = process_->wait().err;
  const std::size_t lines = count(log, "TLS handshake failed: ");
  EXPECT_GE(lines, 10U) << log;
  EXPECT_LT(lines, kMany / 2);
  EXPECT_THAT(log, HasSubstr("\"client\":\"127.0.0.1\""));
}

TEST_F(HttpsTest, ABadCertificateIsNoStart) {
  const http::CertificateFiles files = certificate("one");
  ASSERT_EQ(::chmod(files.key.c_str(), 0644), 0);
  const ProcessEnd end =
      run({"playground", guest("reply"), "--http", directory_.write("http.toml", config(files))});
  EXPECT_EQ(end.status, 1);
  EXPECT_THAT(end.err, AllOf(HasSubstr("http.toml:11:15: "), HasSubstr("one.key"),
                             HasSubstr("other users may use this private key (mode 0644)")));
}

TEST_F(HttpsTest, AnExpiredCertificateIsAWarning) {
  start(authority_.make("old", {.names = {"shop.example"}, .valid_from = -9, .valid_until = -2}));
  EXPECT_THAT(process_->err(), HasSubstr("old.pem: the certificate has expired at "));
  TlsClient client({boost::asio::ip::address_v4::loopback(), tls_}, {});
  EXPECT_EQ(get(client), "0123456789");
}

}  // namespace
}  // namespace hermes::tests
