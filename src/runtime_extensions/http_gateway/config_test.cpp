#include "runtime_extensions/http_gateway/config.hpp"

#include "base/testing/temporary_directory.hpp"
#include "runtime_extensions/http_gateway/route.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

constexpr std::string_view kFile = "/etc/hermes/gateway.toml";

Result<Config> read(std::string_view text) { return parse_config(text, kFile); }

std::string application_of(const Config& config, std::string_view host) {
  const auto name = HostName::parse(host);
  const auto application = config.hosts.application(*name);
  return application ? std::string(*application) : "-";
}

// The example of a page of docs/, which users start from.
std::string documented_example(std::string_view page_name) {
  std::ifstream file(std::string(HERMES_SOURCE_DIR) + "/docs/" + std::string(page_name));
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::string begin = "```toml\n";
  const std::size_t start = page.find(begin);
  EXPECT_NE(start, std::string::npos);
  const std::size_t end = page.find("```", start + begin.size());
  return page.substr(start + begin.size(), end - start - begin.size());
}

TEST(GatewayConfig, ReadsTheExampleOfThePage) {
  const auto config = read(documented_example("routing.md"));
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->listeners.size(), 2);
  EXPECT_EQ(config->listeners[0].to_string(), "127.0.0.1:8080");
  EXPECT_EQ(config->listeners[1].to_string(), "[::1]:8080");
  EXPECT_EQ(application_of(*config, "shop.hermes.local"), "shop");
  EXPECT_EQ(application_of(*config, "www.example.com"), "shop");
  EXPECT_EQ(application_of(*config, "127.0.0.1:8080"), "shop");
  EXPECT_EQ(application_of(*config, "evil.example"), "-");

  ASSERT_EQ(config->applications.size(), 1);
  const ApplicationConfig* shop = config->application("shop");
  ASSERT_NE(shop, nullptr);
  EXPECT_EQ(shop->www, "/etc/hermes/www");
  EXPECT_EQ(shop->spa, "index.html");
  const auto order = RequestPath::parse("/orders/7");
  EXPECT_EQ(route(shop->endpoints, "GET", *order, "").subscription->id, "order");
  EXPECT_EQ(route(shop->endpoints, "PUT", *order, "").allow, "DELETE, GET, HEAD");
  EXPECT_EQ(shop->auth.level("GET", *order), AuthLevel::kRequired);
  EXPECT_EQ(shop->auth.level("GET", *RequestPath::parse("/api/x")), AuthLevel::kOptional);
  EXPECT_TRUE(shop->redirects.check(*Url::parse("https://a.cdn.example.com/public/x")));
  EXPECT_TRUE(shop->redirects.check(*Url::parse("http://127.0.0.1:9000/")));
  EXPECT_FALSE(shop->redirects.check(*Url::parse("http://127.0.0.1:9001/")));
  EXPECT_TRUE(shop->outgoing.check(*Url::parse("https://api.example.com/v1/x")));
  EXPECT_FALSE(shop->outgoing.check(*Url::parse("https://api.example.com/")));
  EXPECT_EQ(shop->outgoing_bounds.max_requests, 64);
  EXPECT_EQ(config->outgoing.certificates, "/etc/hermes/internal-ca.pem");
  EXPECT_EQ(config->outgoing.connect_time, std::chrono::seconds(3));
}

TEST(GatewayConfig, ReadsWhatTheEngineSendsWith) {
  const auto config = read(
      "[outgoing]\nhosts = [\"a.example:443:10.0.0.7\", \"b.example:80:::1\"]\nmax-requests = 7\n"
      "first-byte-ms = 1\nbetween-bytes-ms = 2\ntotal-ms = 3\nmax-answer-bytes = 4\n"
      "max-body-bytes = 5\n[applications.a]\nmax-outgoing = 8\nmax-outgoing-per-call = 9\n");
  ASSERT_TRUE(config) << config.error().message;
  const OutgoingConfig& outgoing = config->outgoing;
  EXPECT_EQ(outgoing.hosts.size(), 2);
  EXPECT_EQ(outgoing.max_requests, 7);
  EXPECT_EQ(outgoing.first_byte_time, std::chrono::milliseconds(1));
  EXPECT_EQ(outgoing.between_bytes_time, std::chrono::milliseconds(2));
  EXPECT_EQ(outgoing.total_time, std::chrono::milliseconds(3));
  EXPECT_EQ(outgoing.max_answer_bytes, 4);
  EXPECT_EQ(outgoing.max_body_bytes, 5);
  EXPECT_EQ(config->application("a")->outgoing_bounds.max_requests, 8);
  EXPECT_EQ(config->application("a")->outgoing_bounds.max_requests_per_call, 9);
  EXPECT_TRUE(config->application("a")->outgoing.empty());
}

TEST(GatewayConfig, AnEmptyFileHasTheDefaults) {
  const auto config = read("");
  ASSERT_TRUE(config);
  ASSERT_EQ(config->listeners.size(), 1);
  EXPECT_EQ(config->listeners[0].to_string(), "127.0.0.1:8080");
  EXPECT_EQ(application_of(*config, "shop.localhost"), "shop");
  EXPECT_EQ(application_of(*config, "localhost"), "-");
  EXPECT_TRUE(config->applications.empty());
  EXPECT_EQ(config->application("shop"), nullptr);
}

TEST(GatewayConfig, ReadsTheExampleOfThePageOnTls) {
  const auto config = read(documented_example("tls.md"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->listeners.empty());
  ASSERT_EQ(config->tls.listeners.size(), 2);
  EXPECT_EQ(config->tls.listeners[0].to_string(), "0.0.0.0:443");
  EXPECT_EQ(config->tls.listeners[1].to_string(), "[::]:443");
  ASSERT_EQ(config->tls.redirecting.size(), 2);
  EXPECT_EQ(config->tls.redirecting[0].to_string(), "0.0.0.0:80");
  EXPECT_EQ(config->tls.https_port, 443);
  EXPECT_EQ(config->tls.strict_transport_security, "max-age=31536000; includeSubDomains");
  ASSERT_EQ(config->tls.certificates.size(), 2);
  EXPECT_EQ(config->tls.certificates[0].certificate, "/etc/hermes/certificates/shop.pem");
  EXPECT_EQ(config->tls.certificates[0].key, "/etc/hermes/certificates/shop.key");
  EXPECT_TRUE(config->tls.certificates[1].place.starts_with("/etc/hermes/gateway.toml:"));
  EXPECT_EQ(config->tls.certificates[1].key, "/etc/ssl/private/other.key");
}

TEST(GatewayConfig, PlainAndTlsListenersStandBesideEachOther) {
  const std::string certificate =
      "[[server.tls.certificates]]\ncertificate = \"a.pem\"\nkey = \"a.key\"\n";
  const auto both =
      read("[server]\nlisten = [\"127.0.0.1:80\"]\n[server.tls]\nlisten = [\"127.0.0.1:443\"]\n" +
           certificate);
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->listeners.size(), 1);
  EXPECT_EQ(both->tls.listeners.size(), 1);
  EXPECT_EQ(both->tls.https_port, 0);
  EXPECT_EQ(both->tls.strict_transport_security, "");
  const auto forget =
      read("[server.tls]\nlisten = [\"127.0.0.1:0\"]\nhsts-max-age-s = 0\n" + certificate);
  ASSERT_TRUE(forget);
  EXPECT_TRUE(forget->listeners.empty());
  EXPECT_EQ(forget->tls.strict_transport_security, "max-age=0");
}

TEST(GatewayConfig, HandsLimitsOn) {
  const auto config = read("[limits]\nbody-bytes = \"1 MiB\"\nconnections = 100\nstrict = true\n");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->limits.size(), 3);
  EXPECT_EQ(config->limits[0].name, "body-bytes");
  EXPECT_EQ(config->limits[0].value, "1 MiB");
  EXPECT_EQ(config->limits[0].place, "/etc/hermes/gateway.toml:2:14");
  EXPECT_EQ(config->limits[1].value, "100");
  EXPECT_EQ(config->limits[2].value, "true");
}

TEST(GatewayConfig, KeepsTheOrderOfTheFileBetweenEquals) {
  const auto config = read(
      "[[applications.a.endpoints]]\nid = \"z\"\nmodule = \"m\"\npath = '/x.*'\n"
      "[[applications.a.endpoints]]\nid = \"b\"\nmodule = \"m\"\npath = '/x.+'\n");
  ASSERT_TRUE(config) << config.error().message;
  const auto& endpoints = config->application("a")->endpoints;
  EXPECT_EQ(route(endpoints, "GET", *RequestPath::parse("/xy"), "").subscription->id, "z");
}

struct BadFile {
  std::string text;
  /// Without the name of the file.
  std::string message;
};

const std::string kEndpoint = "[[applications.a.endpoints]]\nid = \"e\"\nmodule = \"m\"\n";
const std::string kAuth = "[[applications.a.auth]]\npath = '/x'\n";
const std::string kRedirect = "[[applications.a.redirects]]\nhost = \"a.example\"\n";

const std::string kTls = "[server.tls]\nlisten = [\"127.0.0.1:443\"]\n";
const std::string kCertificate = "[[server.tls.certificates]]\ncertificate = \"c\"\n";

std::vector<BadFile> bad_files() {
  return {
      // Not TOML.
      {"[server\n", ":1:8: this is not TOML: "},
      {"a = 1\na = 2\n", ":2:5: this is not TOML: "},
      {"a = \xff\n", ":1:4: this is not TOML: "},
      // Unknown keys.
      {"[sever]\n", ":1:2: the file has no key \"sever\"; did you mean server?"},
      {"x = 1\n",
       ":1:1: the file has no key \"x\"; there are server, limits, outgoing, "
       "applications"},
      {"[server]\nlistn = []\n", ":2:1: [server] has no key \"listn\"; did you mean listen?"},
      {"[server]\nb = 1\na = 1\n",
       ":2:1: [server] has no key \"b\"; there are listen, tls, host-suffixes, "
       "default-application, "
       "aliases"},
      {"[server]\nhost_suffixes = []\n",
       ":2:1: [server] has no key \"host_suffixes\"; did you mean host-suffixes?"},
      {"[applications.a]\nroot = \"x\"\n",
       ":2:1: [applications.a] has no key \"root\"; there are www, spa, endpoints, auth, "
       "redirects, outgoing, max-outgoing, max-outgoing-per-call"},
      {kEndpoint + "path = '/x'\nmethod = [\"GET\"]\n",
       ":5:1: [[applications.a.endpoints]] has no key \"method\"; did you mean methods?"},
      {kAuth + "level = \"none\"\nmodule = \"x\"\n",
       ":4:1: [[applications.a.auth]] has no key \"module\"; there are path, methods, level"},
      {kRedirect + "privat-addresses = true\n",
       ":3:1: [[applications.a.redirects]] has no key \"privat-addresses\"; did you mean "
       "private-addresses?"},
      {"[outgoing]\nproxy = \"x\"\n", ":2:1: [outgoing] has no key \"proxy\"; there are "},
      {"[outgoing]\nconnect-ms = 0\n",
       ":2:14: connect-ms must be a whole number from 1 to 86400000, not 0"},
      {"[outgoing]\nhosts = [\"a.example:443\"]\n",
       ":2:9: host \"a.example:443\": it must be name:port:address"},
      {"[outgoing]\nhosts = [\"a.example:443:b.example\"]\n", ":2:9: host "},
      {"[applications.a]\nmax-outgoing = 0\n",
       ":2:16: max-outgoing must be a whole number from 1 to 100000, not 0"},
      {"[[applications.a.outgoing]]\nhost = \"a.example\"\nforward-credentials = true\n",
       ":3:1: [[applications.a.outgoing]] has no key \"forward-credentials\"; there are "},
      {"[[applications.a.outgoing]]\nhost = \"127.0.0.1\"\n",
       ":2:8: rule for host \"127.0.0.1\": it is a private address"},
      {"[server]\n\"\\u001b[2J\" = 1\n", ":2:1: [server] has no key \"\\x1b[2J\"; there are "},
      // Wrong types.
      {"server = 1\n", ":1:10: server must be a table, [server]; this is a whole number"},
      {"limits = []\n", ":1:10: limits must be a table, [limits]; this is a list"},
      {"applications = 1.5\n",
       ":1:16: applications must be a table, [applications]; this is a number with a point"},
      {"[applications]\na = true\n",
       ":2:5: a must be a table, [applications.a]; this is true or false"},
      {"[applications.a]\nwww = 1\n",
       ":2:7: www must be a text in quotation marks; this is a whole number"},
      {"[applications.a]\nendpoints = {}\n",
       ":2:13: endpoints must be a list of tables, [[applications.a.endpoints]]; this is a table"},
      {"[applications.a]\nauth = [1]\n",
       ":2:9: auth must be a list of tables, [[applications.a.auth]]; this is a whole number"},
      {"[applications.a.endpoints]\nid = \"x\"\n",
       ":1:1: endpoints must be a list of tables, [[applications.a.endpoints]]; this is a table"},
      {"[server]\nlisten = \"127.0.0.1:80\"\n",
       ":2:10: listen must be a list of texts, as in [\"...\", \"...\"]; this is a text"},
      {"[server]\nlisten = [\"127.0.0.1:80\", 80]\n",
       ":2:27: listen must be a list of texts, as in [\"...\", \"...\"]; this is a whole number"},
      {"[server]\naliases = []\n",
       ":2:11: aliases must be a table, [server.aliases]; this is a list"},
      {"[server.aliases]\n\"a.example\" = 1\n",
       ":2:15: a.example must be a text in quotation marks; this is a whole number"},
      {"[limits]\nx = 1.5\n",
       ":2:5: x must be a whole number, a text in quotation marks, true or false; this is a number "
       "with a point"},
      {"[limits]\nx = 2026-01-01\n",
       ":2:5: x must be a whole number, a text in quotation marks, "
       "true or false; this is a date or time"},
      {kRedirect + "port = \"80\"\n",
       ":3:8: port must be a whole number from 1 to 65535; this is a text"},
      {kRedirect + "private-addresses = 1\n",
       ":3:21: private-addresses must be true or false; this is a whole number"},
      // Wrong values.
      {"[server]\nlisten = [\"localhost:80\"]\n",
       ":2:10: listener \"localhost:80\": localhost is a name, which may mean several addresses; "},
      {"[server]\nlisten = [\"127.0.0.1:80\", \"127.0.0.1:80\"]\n",
       ":2:10: listener \"127.0.0.1:80\" is there twice"},
      // TLS.
      {"[server]\ntls = true\n", ":2:7: tls must be a table, [server.tls]; this is true or false"},
      {kTls + "certificates = 1\n",
       ":3:16: certificates must be a list of tables, [[server.tls.certificates]]; this is a whole "
       "number"},
      {"[server.tls]\nlisten = []\n" + kCertificate + "key = \"k\"\n",
       ":2:10: [server.tls] has no address to listen at; add one, "},
      {kTls, ":1:1: [server.tls] has no certificate; add [[server.tls.certificates]]"},
      {kTls + "listen-at = 1\n" + kCertificate + "key = \"k\"\n",
       ":3:1: [server.tls] has no key \"listen-at\"; "},
      {kTls + kCertificate, ":3:1: [[server.tls.certificates]] needs the key key, a text in "},
      {kTls + kCertificate + "key = \"k\"\npassword = \"x\"\n",
       ":6:1: [[server.tls.certificates]] has no key \"password\"; there are certificate, key"},
      {kTls + "redirect-to-https = true\n" + kCertificate + "key = \"k\"\n",
       ":3:21: redirect-to-https must be a list of texts, as in [\"...\", \"...\"]; this is true "
       "or "
       "false"},
      {kTls + "redirect-to-https = [\"127.0.0.1:443\"]\n" + kCertificate + "key = \"k\"\n",
       ":3:21: listener \"127.0.0.1:443\" is there twice"},
      {"[server]\nlisten = [\"127.0.0.1:443\"]\n" + kTls + kCertificate + "key = \"k\"\n",
       ":4:10: listener \"127.0.0.1:443\" is there twice"},
      {kTls + "https-port = 0\n" + kCertificate + "key = \"k\"\n",
       ":3:14: https-port must be a whole number from 1 to 65535, not 0"},
      {kTls + "hsts-max-age-s = -1\n" + kCertificate + "key = \"k\"\n",
       ":3:18: hsts-max-age-s must be a whole number from 0 to 315360000, not -1"},
      {kTls + "hsts-include-subdomains = true\n" + kCertificate + "key = \"k\"\n",
       ":3:27: hsts-include-subdomains is about what hsts-max-age-s says; add that key"},
      {"[server]\nhost-suffixes = [\"a..b\"]\n", ":2:17: host suffix \"a..b\": "},
      {"[server]\ndefault-application = \"A\"\n",
       ":2:23: default application: \"A\" cannot be an application: "},
      {"[server.aliases]\n\"a.example\" = \"b\"\n\"a..b\" = \"c\"\n", ":3:10: alias \"a..b\": "},
      {"[server.aliases]\n\"a.example\" = \"b\"\n\"A.example\" = \"c\"\n",
       ":1:1: alias \"a.example\" is there twice"},
      {"[applications.My_App]\n",
       ":1:1: \"My_App\" cannot be an application: its name has 1 to 63 of a-z, 0-9 and -, and no "
       "- "
       "at either end"},
      {"[applications.a]\nwww = \"\"\n", ":2:7: www must not be empty; it is a folder"},
      {"[applications.a]\nspa = \"index.html\"\n",
       ":2:7: spa names a file below www; add the key www, the folder"},
      {"[applications.a]\nwww = \"w\"\nspa = \"../index.html\"\n",
       ":3:7: spa \"../index.html\": it must be the path of a file below www, as in "
       "\"index.html\""},
      {"[applications.a]\nwww = \"w\"\nspa = \"/index.html\"\n", ":3:7: spa \"/index.html\": "},
      {"[applications.a]\nwww = \"w\"\nspa = \"\"\n", ":3:7: spa \"\": "},
      {"[[applications.a.endpoints]]\nmodule = \"m\"\npath = '/x'\n",
       ":1:1: [[applications.a.endpoints]] needs the key id, a text in quotation marks"},
      {kEndpoint,
       ":1:1: [[applications.a.endpoints]] needs the key path, a text in quotation marks"},
      {kEndpoint + "path = '/x('\n",
       ":4:8: endpoint \"e\": path pattern \"/x(\", column 3: missing ): /x("},
      {kEndpoint + "path = '/x/*'\n", ":4:8: endpoint \"e\": path pattern \"/x/*\", column 3: "},
      {kEndpoint + "path = '/x'\nmethods = [\"get\"]\n",
       ":5:11: method \"get\": methods are compared with case; write GET"},
      {kEndpoint + "path = '/x'\ncontent-types = [\"json\"]\n", ":5:17: content type \"json\": "},
      {"[[applications.a.endpoints]]\nid = \"e e\"\nmodule = \"m\"\npath = '/x'\n",
       ":2:6: endpoint \"e e\": its id has "},
      {kEndpoint + "path = '/x'\n" + kEndpoint + "path = '/y'\n",
       ":1:1: endpoint \"e\" is there twice; give each an id of its own"},
      {kAuth, ":1:1: [[applications.a.auth]] needs the key level, a text in quotation marks"},
      {kAuth + "level = \"Required\"\n",
       ":3:9: level \"Required\": it must be \"required\", \"optional\" or \"none\""},
      {"[[applications.a.auth]]\npath = 'x'\nlevel = \"none\"\n",
       ":2:8: path pattern \"x\", column 1: paths begin with a slash; write /x"},
      {"[[applications.a.redirects]]\npath = \"/\"\n",
       ":1:1: [[applications.a.redirects]] needs the key host, a text in quotation marks"},
      {kRedirect + "scheme = \"ftp\"\n",
       ":3:10: scheme \"ftp\": it must be \"https\", which it is without this key, or \"http\""},
      {kRedirect + "port = 0\n", ":3:8: port must be a whole number from 1 to 65535, not 0"},
      {kRedirect + "port = 99999999999\n",
       ":3:8: port must be a whole number from 1 to 65535, not 99999999999"},
      {"[[applications.a.redirects]]\nhost = \"10.0.0.1\"\n",
       ":2:8: rule for host \"10.0.0.1\": it is a private address; that needs private-addresses "
       "= "
       "true"},
      // Of several, the first in the file.
      {"[server]\nlisten = 1\nx = 2\n[limits]\ny = 1.5\n", ":2:10: listen must be "},
      {"x = 1\n[server]\nlisten = 1\n", ":1:1: the file has no key \"x\"; "},
  };
}

TEST(GatewayConfig, SaysWhereWhatIsWrong) {
  for (const BadFile& each : bad_files()) {
    const auto config = read(each.text);
    ASSERT_FALSE(config) << each.text;
    EXPECT_EQ(config.error().code, ErrorCode::kInvalidArgument);
    const std::string expected = std::string(kFile) + each.message;
    EXPECT_EQ(config.error().message.substr(0, expected.size()), expected) << each.text;
  }
}

TEST(GatewayConfig, NestingHasABound) {
  EXPECT_FALSE(read("x = " + std::string(100'000, '[')));
  EXPECT_FALSE(read("a" + std::string(100'000, '.') + " = 1"));
}

TEST(GatewayConfig, ReadsFiles) {
  const TemporaryDirectory directory;
  const auto config =
      read_config(directory.write("gateway.toml", "[applications.a]\nwww = \"w\"\n"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->application("a")->www, directory / "w");

  const auto absent = read_config(directory / "absent.toml");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().message,
            "cannot read " + directory / "absent.toml" +
                ": No such file or directory; it should be a TOML file (docs/routing.md)");
  const auto folder = read_config(directory.path());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message,
            "cannot read " + directory.path() +
                ": Is a directory; it should be a TOML file (docs/routing.md)");
  const auto large =
      read_config(directory.write("large.toml", std::string(kMaxConfigBytes + 1, '\n')));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace hermes::ext::http_gateway
