// Where the server listens, and with which certificates.
#pragma once

#include "runtime_extensions/http_gateway/listen_address.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hermes::ext::http_gateway {

class TomlTable;

inline constexpr std::size_t kMaxListeners = 16;

/// One of `[[server.tls.certificates]]`. Relative paths are joined to the folder of the file.
/// Whether the files are there has not been looked at.
struct CertificateSetting {
  std::filesystem::path certificate;
  std::filesystem::path key;
  /// "file:line:column", for errors.
  std::string place;
};

/// `[server.tls]`.
struct TlsConfig {
  /// Empty: there is no TLS, and nothing else in here either.
  std::vector<ListenAddress> listeners;
  /// At least one. The first is the default.
  std::vector<CertificateSetting> certificates;
  /// Without TLS: requests are redirected to https.
  std::vector<ListenAddress> redirecting;
  /// Where the redirection leads; 0: the port of the first of `listeners`.
  std::uint16_t https_port = 0;
  /// The value of Strict-Transport-Security; empty: none.
  std::string strict_transport_security;
};

struct ListenerConfig {
  /// Without TLS.
  std::vector<ListenAddress> plain;
  TlsConfig tls;
};

/// Reads `listen` and `[server.tls]` of `[server]`; without both there is the default listener.
/// `folder` is what relative paths are joined to.
ListenerConfig read_listeners(const TomlTable& server, const std::filesystem::path& folder);

}  // namespace hermes::ext::http_gateway
