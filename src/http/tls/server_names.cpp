#include "http/tls/server_names.hpp"

#include <algorithm>

namespace hermes::http {
namespace {

bool has_name(const Certificate& certificate, std::string_view name) {
  return std::ranges::find(certificate.names, name) != certificate.names.end();
}

/// "*.example.com" for "www.example.com"; empty: there is none.
std::string wildcard_for(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  return "*" + std::string(name.substr(dot));
}

/// The first with a key of this kind that `fits`.
template <class Fits>
std::optional<std::size_t> first_of(std::span<const Certificate> certificates, std::size_t kind,
                                    Fits fits) {
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    if (static_cast<std::size_t>(certificates[i].kind) == kind && fits(certificates[i])) return i;
  }
  return std::nullopt;
}

}  // namespace

ServerNames::ServerNames(std::span<const Certificate> certificates) {
  const Certificate& first = certificates.front();
  const auto has_all_of_first = [&](const Certificate& each) {
    return std::ranges::all_of(first.names,
                               [&](const std::string& name) { return has_name(each, name); });
  };
  CertificateChoice standard;
  for (std::size_t kind = 0; kind < kKeyKinds; ++kind) {
    if (kind == static_cast<std::size_t>(first.kind)) {
      standard[kind] = 0;
    } else if (!first.names.empty()) {
      standard[kind] = first_of(certificates, kind, has_all_of_first);
    }
  }
  choices_.push_back(standard);
  for (const Certificate& certificate : certificates) {
    for (const std::string& name : certificate.names) {
      if (by_name_.contains(name)) continue;
      const std::string wildcard = wildcard_for(name);
      CertificateChoice choice;
      for (std::size_t kind = 0; kind < kKeyKinds; ++kind) {
        choice[kind] = first_of(certificates, kind,
                                [&](const Certificate& each) { return has_name(each, name); });
        if (choice[kind]) continue;
        choice[kind] = first_of(certificates, kind,
                                [&](const Certificate& each) { return has_name(each, wildcard); });
      }
      by_name_.emplace(name, index_of(choice));
    }
  }
}

std::size_t ServerNames::index_of(const CertificateChoice& choice) {
  const auto index =
      static_cast<std::size_t>(std::ranges::find(choices_, choice) - choices_.begin());
  if (index == choices_.size()) choices_.push_back(choice);
  return index;
}

std::optional<std::size_t> ServerNames::find(std::string_view name) const {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string lower(name);
  for (char& each : lower) {
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each + ('a' - 'A'));
  }
  auto found = by_name_.find(lower);
  if (found == by_name_.end()) found = by_name_.find(wildcard_for(lower));
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

}  // namespace hermes::http
