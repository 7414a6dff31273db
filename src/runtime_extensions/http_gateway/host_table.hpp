// Which application a host name means.
#pragma once

#include "base/result.hpp"
#include "runtime_extensions/http_gateway/host_name.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::ext::http_gateway {

inline constexpr std::size_t kMaxHostSuffixes = 16;
inline constexpr std::size_t kMaxHostAliases = 10'000;

/// A host that means an application although it does not look like it.
struct HostAlias {
  /// A name or an address without a port; `*` for every host that means nothing else.
  std::string host;
  std::string application;
};

struct HostOptions {
  /// `<application>.<suffix>` means that application.
  std::vector<std::string> suffixes = {"hermes.local", "localhost"};
  std::vector<HostAlias> aliases = {};
  /// What IP addresses, `localhost` and the suffixes themselves mean; empty: nothing.
  ///
  /// Other unknown names do not mean it: a page whose name leads to this address (DNS rebinding)
  /// must not be able to talk to it. Who wants that has the alias `*`.
  std::string default_application = {};
};

/// Whether `name` can be an application in a host name: one label of a-z, 0-9 and `-`, without `-`
/// at either end (RFC 1123 section 2.1).
bool is_application_label(std::string_view name);

/// Finds the application. Immutable: any thread may use it.
class HostTable {
 public:
  /// The standard suffixes, and nothing else.
  HostTable() = default;
  /// Errors name the suffix or alias and the rule.
  static Result<HostTable> build(HostOptions options);

  /// In this order: the alias; `<application>.<suffix>` with exactly one label before the suffix;
  /// the default application; the alias `*`. None: the host is unknown (404). The answer need not
  /// be the name of an application that runs. Allocates nothing; lives as long as `host` and this
  /// table.
  [[nodiscard]] std::optional<std::string_view> application(const HostName& host) const;

 private:
  explicit HostTable(HostOptions options) : options_(std::move(options)) {}

  [[nodiscard]] bool is_suffix(std::string_view name) const;

  // Aliases by host, without `*`.
  HostOptions options_;
  std::optional<std::string> any_host_;
};

}  // namespace hermes::ext::http_gateway
