#include "runtime_extensions/http_gateway/server_config.hpp"

#include "runtime_extensions/http_gateway/shown.hpp"
#include "runtime_extensions/http_gateway/toml_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace hermes::ext::http_gateway {
namespace {

// As long as a browser would believe in it.
constexpr std::int64_t kMaxHstsSeconds = std::int64_t{10} * 365 * 24 * 60 * 60;

// The addresses of the list `key`. `all`: those of every list, so that none is there twice.
std::vector<ListenAddress> read_addresses(const TomlTable& table, std::string_view key,
                                          std::vector<ListenAddress>& all) {
  std::vector<ListenAddress> listeners;
  for (const std::string& text : table.texts(key)) {
    auto listener = ListenAddress::parse(text);
    if (!listener) {
      table.refuse(key, std::move(listener).error());
    } else if (listener->port != 0 && std::ranges::find(all, *listener) != all.end()) {
      table.refuse(key, fmt::format("listener {} is there twice", shown(text)));
    } else {
      listeners.push_back(*listener);
      all.push_back(*listener);
    }
  }
  if (all.size() > kMaxListeners) {
    table.refuse(key,
                 fmt::format("{} listeners: at most {} are allowed", all.size(), kMaxListeners));
  }
  return listeners;
}

std::optional<CertificateSetting> read_certificate(const TomlTable& table,
                                                   const std::filesystem::path& folder) {
  table.allow_only({"certificate", "key"});
  const auto certificate = table.required_text("certificate");
  const auto key = table.required_text("key");
  if (!certificate || !key) return std::nullopt;
  return CertificateSetting{.certificate = (folder / *certificate).lexically_normal(),
                            .key = (folder / *key).lexically_normal(),
                            .place = table.place("certificate")};
}

std::string read_hsts(const TomlTable& tls) {
  const auto seconds = tls.number("hsts-max-age-s", 0, kMaxHstsSeconds);
  const bool subdomains = tls.flag("hsts-include-subdomains").value_or(false);
  if (!seconds) {
    if (subdomains) {
      tls.refuse("hsts-include-subdomains",
                 "hsts-include-subdomains is about what hsts-max-age-s says; add that key, as in "
                 "hsts-max-age-s = 31536000");
    }
    return {};
  }
  return fmt::format("max-age={}{}", *seconds, subdomains ? "; includeSubDomains" : "");
}

TlsConfig read_tls(const TomlTable& tls, const std::filesystem::path& folder,
                   std::vector<ListenAddress>& all) {
  tls.allow_only({"listen", "certificates", "redirect-to-https", "https-port", "hsts-max-age-s",
                  "hsts-include-subdomains"});
  TlsConfig config;
  config.listeners = read_addresses(tls, "listen", all);
  config.redirecting = read_addresses(tls, "redirect-to-https", all);
  if (const auto port = tls.number("https-port", 1, 65'535)) {
    config.https_port = static_cast<std::uint16_t>(*port);
  }
  config.strict_transport_security = read_hsts(tls);
  for (const TomlTable& table : tls.tables("certificates")) {
    if (auto certificate = read_certificate(table, folder)) {
      config.certificates.push_back(std::move(*certificate));
    }
  }
  if (config.listeners.empty()) {
    tls.refuse("listen",
               "[server.tls] has no address to listen at; add one, as in listen = "
               "[\"127.0.0.1:8443\"]");
  }
  if (config.certificates.empty()) {
    tls.refuse("certificates",
               "[server.tls] has no certificate; add [[server.tls.certificates]] "
               "with the keys certificate and key");
  }
  return config;
}

}  // namespace

ListenerConfig read_listeners(const TomlTable& server, const std::filesystem::path& folder) {
  ListenerConfig config;
  std::vector<ListenAddress> all;
  config.plain = read_addresses(server, "listen", all);
  const auto tls = server.table("tls");
  if (tls) config.tls = read_tls(*tls, folder, all);
  if (config.plain.empty() && !tls) config.plain.emplace_back();
  return config;
}

}  // namespace hermes::ext::http_gateway
