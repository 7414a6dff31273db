// What can be configured of the gateway, and the file that it is read from.
#pragma once

#include "base/result.hpp"
#include "runtime_extensions/http_gateway/auth_rules.hpp"
#include "runtime_extensions/http_gateway/host_table.hpp"
#include "runtime_extensions/http_gateway/listen_address.hpp"
#include "runtime_extensions/http_gateway/outgoing_config.hpp"
#include "runtime_extensions/http_gateway/redirect_rules.hpp"
#include "runtime_extensions/http_gateway/server_config.hpp"
#include "runtime_extensions/http_gateway/subscription.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::ext::http_gateway {

inline constexpr std::size_t kMaxConfigBytes = std::size_t{4} << 20;

/// One key of `[limits]`, which the server knows and this reader does not.
struct LimitSetting {
  std::string name;
  /// As text, whatever its type was.
  std::string value;
  /// "file:line:column", for errors.
  std::string place;
};

/// What an application has besides its components.
struct ApplicationConfig {
  std::string name;
  /// The folder of its static files; none: it has none. Relative paths are joined to the folder of
  /// the file. Whether it is there has not been looked at.
  std::optional<std::filesystem::path> www;
  /// What is sent for paths that no file has, for single-page applications: relative to `www`,
  /// canonical; empty: nothing is.
  std::string spa;
  SubscriptionTable endpoints;
  AuthRules auth;
  RedirectRules redirects;
  /// Where its components may send requests; empty: nowhere.
  RedirectRules outgoing;
  OutgoingBounds outgoing_bounds;
};

/// The defaults are those of an empty file.
struct Config {
  /// Without TLS. At least one, here or in `tls`.
  std::vector<ListenAddress> listeners = {ListenAddress{}};
  TlsConfig tls;
  HostTable hosts;
  /// By name.
  std::vector<ApplicationConfig> applications;
  std::vector<LimitSetting> limits;
  OutgoingConfig outgoing;

  /// Null: the file does not mention it.
  [[nodiscard]] const ApplicationConfig* application(std::string_view name) const;
};

/// Reads a TOML file (https://toml.io/en/v1.0.0); docs/routing.md describes its keys. The error is
/// for the first thing that is wrong: file, line, column, what is wrong and the way out. Blocks.
Result<Config> read_config(const std::filesystem::path& file);

/// What `--http` takes: such a file, or only where to listen ("8080" is a port of 127.0.0.1), with
/// everything else as in an empty file and `application` as the default one. Blocks.
Result<Config> config_from_option(std::string_view option, std::string_view application);

/// The same for a text. `file` is what errors name, and what relative paths are joined to.
Result<Config> parse_config(std::string_view text, const std::filesystem::path& file);

}  // namespace hermes::ext::http_gateway
