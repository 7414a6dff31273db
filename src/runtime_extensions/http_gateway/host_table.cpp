#include "runtime_extensions/http_gateway/host_table.hpp"

#include "runtime_extensions/http_gateway/ascii.hpp"
#include "runtime_extensions/http_gateway/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hermes::ext::http_gateway {
namespace {

Result<void> check_application(std::string_view name) {
  if (is_application_label(name)) return {};
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("{} cannot be an application: its name has 1 to 63 of a-z, 0-9 and -, "
                          "and no - at either end",
                          shown(name)));
}

// As HostName writes it.
Result<std::string> host_without_port(std::string_view what, std::string_view text) {
  const auto host = HostName::parse(text);
  if (!host) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} {}: {}", what, shown(text), describe(host.error())));
  }
  if (host->port() || text.ends_with(':')) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} {}: leave out the port; a host means the same on every port", what,
                            shown(text)));
  }
  return std::string(host->name());
}

Result<std::string> suffix_name(std::string_view text) {
  auto name = host_without_port("host suffix", text.starts_with('.') ? text.substr(1) : text);
  if (name && HostName::parse(*name)->kind() != HostKind::kName) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("host suffix {}: it must be a name, not an address", shown(text)));
  }
  return name;
}

std::unexpected<Error> too_many(std::size_t count, std::string_view what, std::size_t most) {
  return fail(ErrorCode::kLimit, fmt::format("{} {}: at most {} are allowed", count, what, most));
}

}  // namespace

bool is_application_label(std::string_view name) {
  constexpr std::size_t kMaxBytes = 63;
  return !name.empty() && name.size() <= kMaxBytes && name.front() != '-' && name.back() != '-' &&
         std::ranges::all_of(
             name, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; });
}

Result<HostTable> HostTable::build(HostOptions options) {
  if (options.suffixes.size() > kMaxHostSuffixes) {
    return too_many(options.suffixes.size(), "host suffixes", kMaxHostSuffixes);
  }
  if (options.aliases.size() > kMaxHostAliases) {
    return too_many(options.aliases.size(), "host aliases", kMaxHostAliases);
  }
  if (!options.default_application.empty()) {
    if (auto checked = check_application(options.default_application); !checked) {
      return std::unexpected(std::move(checked).error().with_context("default application"));
    }
  }
  for (std::string& suffix : options.suffixes) {
    auto name = suffix_name(suffix);
    if (!name) return std::unexpected(std::move(name).error());
    suffix = std::move(*name);
  }
  std::vector<HostAlias> aliases = std::move(options.aliases);
  options.aliases.clear();
  HostTable table(std::move(options));
  for (HostAlias& alias : aliases) {
    if (auto checked = check_application(alias.application); !checked) {
      return std::unexpected(
          std::move(checked).error().with_context(fmt::format("alias {}", shown(alias.host))));
    }
    if (alias.host == "*") {
      table.any_host_ = std::move(alias.application);
      continue;
    }
    auto name = host_without_port("alias", alias.host);
    if (!name) return std::unexpected(std::move(name).error());
    table.options_.aliases.push_back({std::move(*name), std::move(alias.application)});
  }
  std::ranges::sort(table.options_.aliases, {}, &HostAlias::host);
  const auto twice = std::ranges::adjacent_find(table.options_.aliases, {}, &HostAlias::host);
  if (twice != table.options_.aliases.end()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("alias {} is there twice, in different spellings; keep one of them",
                            shown(twice->host)));
  }
  return table;
}

bool HostTable::is_suffix(std::string_view name) const {
  return std::ranges::find(options_.suffixes, name) != options_.suffixes.end();
}

std::optional<std::string_view> HostTable::application(const HostName& host) const {
  const std::string_view name = host.name();
  const auto alias =
      std::ranges::lower_bound(options_.aliases, name, {},
                               [](const HostAlias& each) { return std::string_view(each.host); });
  if (alias != options_.aliases.end() && alias->host == name) return alias->application;

  const std::size_t dot = name.find('.');
  if (host.kind() == HostKind::kName && dot != std::string_view::npos &&
      is_suffix(name.substr(dot + 1))) {
    return name.substr(0, dot);
  }
  if (!options_.default_application.empty() &&
      (host.kind() != HostKind::kName || name == "localhost" || is_suffix(name))) {
    return options_.default_application;
  }
  return any_host_;
}

}  // namespace hermes::ext::http_gateway
