#include "runtime_extensions/http_gateway/config.hpp"

#include "base/text.hpp"
#include "runtime_extensions/http_gateway/request_path.hpp"
#include "runtime_extensions/http_gateway/shown.hpp"
#include "runtime_extensions/http_gateway/toml_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <fstream>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

namespace hermes::ext::http_gateway {
namespace {

// ------------------------------------------------------------------------------------------------
// [server]

// An error about all hosts together names the table; one about `options` alone, its own place.
bool is_good_alone(const TomlTable& table, std::string_view key, HostOptions options) {
  auto alone = HostTable::build(std::move(options));
  if (!alone) table.refuse(key, std::move(alone).error());
  return alone.has_value();
}

HostTable read_hosts(const TomlTable& server) {
  HostOptions options;
  const HostOptions standard;
  if (auto suffixes = server.texts("host-suffixes"); !suffixes.empty()) {
    options.suffixes = std::move(suffixes);
    if (!is_good_alone(server, "host-suffixes", {.suffixes = options.suffixes})) {
      options.suffixes = standard.suffixes;
    }
  }
  if (auto name = server.text("default-application")) {
    if (is_good_alone(server, "default-application", {.default_application = *name})) {
      options.default_application = std::move(*name);
    }
  }
  if (const auto aliases = server.table("aliases")) {
    for (const std::string& host : aliases->keys()) {
      const auto application = aliases->text(host);
      if (!application) continue;
      HostAlias alias{host, *application};
      if (is_good_alone(*aliases, host, {.aliases = {alias}})) {
        options.aliases.push_back(std::move(alias));
      }
    }
  }
  auto hosts = HostTable::build(std::move(options));
  if (!hosts) {
    server.refuse("aliases", std::move(hosts).error());
    return {};
  }
  return std::move(*hosts);
}

void read_server(const TomlTable& document, const std::filesystem::path& folder, Config& config) {
  const auto server = document.table("server");
  if (!server) return;
  server->allow_only({"listen", "tls", "host-suffixes", "default-application", "aliases"});
  ListenerConfig listeners = read_listeners(*server, folder);
  config.listeners = std::move(listeners.plain);
  config.tls = std::move(listeners.tls);
  config.hosts = read_hosts(*server);
}

void read_limits(const TomlTable& document, Config& config) {
  const auto limits = document.table("limits");
  if (!limits) return;
  for (const std::string& key : limits->keys()) {
    auto value = limits->scalar(key);
    if (value) config.limits.push_back({key, std::move(*value), limits->place(key)});
  }
}

// ------------------------------------------------------------------------------------------------
// [outgoing]

constexpr std::int64_t kMaxTimeMs = std::int64_t{24} * 60 * 60 * 1000;
constexpr std::int64_t kMaxOutgoingRequests = 100'000;

void read_time(const TomlTable& table, std::string_view key, Duration& time) {
  if (const auto value = table.number(key, 1, kMaxTimeMs)) {
    time = std::chrono::milliseconds{*value};
  }
}

void read_count(const TomlTable& table, std::string_view key, std::int64_t most,
                std::integral auto& count) {
  if (const auto value = table.number(key, 1, most)) {
    count = static_cast<std::remove_reference_t<decltype(count)>>(*value);
  }
}

// "name:port:address"; the address may be one of IPv6.
bool is_good_host(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', std::min(first, text.size() - 1) + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return false;
  const auto host = HostName::parse(text.substr(0, second));
  const std::string_view address = text.substr(second + 1);
  return host && host->kind() == HostKind::kName && host->port() &&
         (IpAddress::parse_v4(address) || IpAddress::parse_v6(address));
}

void read_outgoing(const TomlTable& document, const std::filesystem::path& folder,
                   OutgoingConfig& config) {
  const auto table = document.table("outgoing");
  if (!table) return;
  table->allow_only({"certificates", "hosts", "max-requests", "connect-ms", "first-byte-ms",
                     "between-bytes-ms", "total-ms", "max-answer-bytes", "max-body-bytes"});
  if (const auto file = table->text("certificates")) {
    config.certificates = (folder / *file).lexically_normal();
  }
  config.hosts = table->texts("hosts");
  for (const std::string& each : config.hosts) {
    if (is_good_host(each)) continue;
    table->refuse("hosts", fmt::format("host {}: it must be name:port:address, as in "
                                       "\"api.internal:443:10.0.0.7\"",
                                       shown(each)));
  }
  constexpr std::int64_t kMaxBytes = std::int64_t{1} << 50;
  read_count(*table, "max-requests", kMaxOutgoingRequests, config.max_requests);
  read_time(*table, "connect-ms", config.connect_time);
  read_time(*table, "first-byte-ms", config.first_byte_time);
  read_time(*table, "between-bytes-ms", config.between_bytes_time);
  read_time(*table, "total-ms", config.total_time);
  read_count(*table, "max-answer-bytes", kMaxBytes, config.max_answer_bytes);
  read_count(*table, "max-body-bytes", kMaxBytes, config.max_body_bytes);
}

// ------------------------------------------------------------------------------------------------
// [applications.<name>]

// Takes the value out of what was made of a key, or notes its error.
template <class Value>
std::optional<Value> good(const TomlTable& table, std::string_view key, Result<Value> made) {
  if (made) return std::move(*made);
  table.refuse(key, std::move(made).error());
  return std::nullopt;
}

std::optional<PathPattern> read_pattern(const TomlTable& rule) {
  const auto text = rule.required_text("path");
  if (!text) return std::nullopt;
  return good(rule, "path", PathPattern::compile(*text));
}

std::optional<MethodSet> read_methods(const TomlTable& rule) {
  return good(rule, "methods", MethodSet::make(rule.texts("methods")));
}

std::optional<Subscription> read_endpoint(const TomlTable& table) {
  table.allow_only({"id", "module", "path", "methods", "content-types"});
  auto id = table.required_text("id");
  auto module = table.required_text("module");
  const auto text = table.required_text("path");
  auto methods = read_methods(table);
  auto types = good(table, "content-types", ContentTypes::make(table.texts("content-types")));
  if (!id || !text) return std::nullopt;
  auto path = PathPattern::compile(*text);
  if (!path) {
    table.refuse("path", std::move(path).error().with_context("endpoint " + shown(*id)));
    return std::nullopt;
  }
  if (!module || !methods || !types) return std::nullopt;
  Subscription endpoint{.id = std::move(*id),
                        .module = std::move(*module),
                        .path = std::move(*path),
                        .methods = std::move(*methods),
                        .content_types = std::move(*types)};
  // Alone as well as with the others, so that an error about it has its place.
  if (!good(table, "id", SubscriptionTable::build({endpoint}))) return std::nullopt;
  return endpoint;
}

std::optional<AuthRule> read_auth_rule(const TomlTable& table) {
  table.allow_only({"path", "methods", "level"});
  auto path = read_pattern(table);
  auto methods = read_methods(table);
  const auto text = table.required_text("level");
  if (!text) return std::nullopt;
  const auto level = auth_level_from(*text);
  if (!level) {
    table.refuse("level", fmt::format("level {}: it must be \"required\", \"optional\" or \"none\"",
                                      shown(*text)));
  }
  if (!path || !methods || !level) return std::nullopt;
  return AuthRule{.path = std::move(*path), .methods = std::move(*methods), .level = *level};
}

std::optional<RedirectRule> read_url_rule(const TomlTable& table) {
  RedirectRule rule;
  const std::string scheme = table.text("scheme").value_or("https");
  if (scheme != "http" && scheme != "https") {
    table.refuse("scheme", fmt::format("scheme {}: it must be \"https\", which it is without this "
                                       "key, or \"http\"",
                                       shown(scheme)));
  }
  if (scheme == "http") rule.scheme = Scheme::kHttp;
  if (const auto port = table.number("port", 1, 65'535)) {
    rule.port = static_cast<std::uint16_t>(*port);
  }
  rule.path = table.text("path").value_or(rule.path);
  if (table.flag("private-addresses").value_or(false)) {
    rule.private_addresses = PrivateAddresses::kGranted;
  }
  if (table.flag("forward-credentials").value_or(false)) {
    rule.credentials = Credentials::kForwarded;
  }
  auto host = table.required_text("host");
  if (!host) return std::nullopt;
  rule.host = std::move(*host);
  // Alone as well as with the others, so that an error about it has its place.
  if (!good(table, "host", RedirectRules::build({rule}))) return std::nullopt;
  return rule;
}

std::optional<RedirectRule> read_redirect(const TomlTable& table) {
  table.allow_only({"scheme", "host", "port", "path", "private-addresses", "forward-credentials"});
  return read_url_rule(table);
}

// What a component sends is its own: there are no credentials to forward.
std::optional<RedirectRule> read_outgoing_rule(const TomlTable& table) {
  table.allow_only({"scheme", "host", "port", "path", "private-addresses"});
  return read_url_rule(table);
}

// Reads every table of the list `key` with `read`, and builds what they make together.
template <class Rules, class Rule>
Rules read_rules(const TomlTable& application, std::string_view key,
                 std::optional<Rule> (*read)(const TomlTable&)) {
  std::vector<Rule> rules;
  for (const TomlTable& table : application.tables(key)) {
    if (auto rule = read(table)) rules.push_back(std::move(*rule));
  }
  return good(application, key, Rules::build(std::move(rules))).value_or(Rules());
}

std::string read_spa(const TomlTable& application, bool has_www) {
  const auto text = application.text("spa");
  if (!text) return {};
  const std::string path = "/" + *text;
  const auto checked = RequestPath::parse(path);
  if (!checked || checked->canonical() != path || path.ends_with('/')) {
    application.refuse("spa", fmt::format("spa {}: it must be the path of a file below www, as in "
                                          "\"index.html\"",
                                          shown(*text)));
  }
  if (!has_www) {
    application.refuse("spa", "spa names a file below www; add the key www, the folder");
  }
  return *text;
}

ApplicationConfig read_application(const TomlTable& table, const std::string& name,
                                   const std::filesystem::path& folder) {
  table.allow_only({"www", "spa", "endpoints", "auth", "redirects", "outgoing", "max-outgoing",
                    "max-outgoing-per-call"});
  ApplicationConfig config;
  config.name = name;
  if (const auto www = table.text("www")) {
    if (www->empty()) table.refuse("www", "www must not be empty; it is a folder");
    config.www = (folder / *www).lexically_normal();
  }
  config.spa = read_spa(table, config.www.has_value());
  config.endpoints = read_rules<SubscriptionTable, Subscription>(table, "endpoints", read_endpoint);
  config.auth = read_rules<AuthRules, AuthRule>(table, "auth", read_auth_rule);
  config.redirects = read_rules<RedirectRules, RedirectRule>(table, "redirects", read_redirect);
  config.outgoing = read_rules<RedirectRules, RedirectRule>(table, "outgoing", read_outgoing_rule);
  OutgoingBounds& bounds = config.outgoing_bounds;
  read_count(table, "max-outgoing", kMaxOutgoingRequests, bounds.max_requests);
  read_count(table, "max-outgoing-per-call", kMaxOutgoingRequests, bounds.max_requests_per_call);
  return config;
}

void read_applications(const TomlTable& document, const std::filesystem::path& folder,
                       Config& config) {
  const auto applications = document.table("applications");
  if (!applications) return;
  for (const std::string& name : applications->keys()) {
    if (!is_application_label(name)) {
      applications->refuse(
          name, fmt::format("{} cannot be an application: its name has 1 to 63 of a-z, 0-9 and -, "
                            "and no - at either end",
                            shown(name)));
    } else if (const auto table = applications->table(name)) {
      config.applications.push_back(read_application(*table, name, folder));
    }
  }
  std::ranges::sort(config.applications, {}, &ApplicationConfig::name);
}

}  // namespace

const ApplicationConfig* Config::application(std::string_view name) const {
  const auto found = std::ranges::find(applications, name, &ApplicationConfig::name);
  return found == applications.end() ? nullptr : &*found;
}

Result<Config> parse_config(std::string_view text, const std::filesystem::path& file) {
  const std::string file_name = printable(file.string());
  if (text.size() > kMaxConfigBytes) {
    return fail(ErrorCode::kLimit, fmt::format("{}: it has {} bytes, at most {} are read",
                                               file_name, text.size(), kMaxConfigBytes));
  }
  const auto parsed = parse_toml(text, file_name);
  if (!parsed) return std::unexpected(parsed.error());
  TomlErrors errors(file_name);
  const TomlTable document(*parsed, "", errors);
  document.allow_only({"server", "limits", "outgoing", "applications"});
  Config config;
  read_server(document, file.parent_path(), config);
  read_limits(document, config);
  read_outgoing(document, file.parent_path(), config.outgoing);
  read_applications(document, file.parent_path(), config);
  if (errors.first()) return std::unexpected(*errors.first());
  return config;
}

Result<Config> read_config(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  // A directory opens, and fails when it is read.
  std::string text;
  if (stream) {
    text.resize(kMaxConfigBytes + 1);
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.is_open() || stream.bad()) {
    return fail(ErrorCode::kSystem,
                fmt::format("cannot read {}: {}; it should be a TOML file (docs/routing.md)",
                            printable(file.string()), std::generic_category().message(errno)));
  }
  return parse_config(text, file);
}

Result<Config> config_from_option(std::string_view option, std::string_view application) {
  std::string address(option);
  if (option.find_first_not_of("0123456789") == std::string_view::npos) {
    address = fmt::format("127.0.0.1:{}", option);
  }
  if (!ListenAddress::parse(address)) return read_config(option);
  return parse_config(fmt::format("[server]\nlisten = [\"{}\"]\ndefault-application = \"{}\"\n",
                                  address, application),
                      "--http");
}

}  // namespace hermes::ext::http_gateway
