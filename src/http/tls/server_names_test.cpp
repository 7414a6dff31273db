#include "http/tls/server_names.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::http {
namespace {

Certificate with(KeyKind kind, std::vector<std::string> names) {
  Certificate certificate;
  certificate.kind = kind;
  certificate.names = std::move(names);
  return certificate;
}

/// "e1 r2": ECDSA certificate 1 and RSA certificate 2.
std::string text(const CertificateChoice& choice) {
  std::string result;
  for (std::size_t kind = 0; kind < kKeyKinds; ++kind) {
    if (!choice[kind]) continue;
    if (!result.empty()) result += ' ';
    result += (kind == 0 ? "e" : "r") + std::to_string(*choice[kind]);
  }
  return result;
}

std::string chosen(const ServerNames& names, std::string_view name) {
  const auto found = names.find(name);
  return found ? text(names.choices()[*found]) : "-";
}

TEST(ServerNames, FindsExactNamesBeforeWildcardsAndEachKindByItself) {
  std::vector<Certificate> certificates;
  certificates.push_back(with(KeyKind::kEcdsa, {"a.example"}));
  certificates.push_back(with(KeyKind::kRsa, {"*.b.example", "b.example"}));
  certificates.push_back(with(KeyKind::kEcdsa, {"www.b.example", "*.b.example"}));
  certificates.push_back(with(KeyKind::kEcdsa, {"www.b.example"}));
  certificates.push_back(with(KeyKind::kRsa, {"a.example", "mail.b.example"}));
  const ServerNames names(certificates);
  EXPECT_EQ(text(names.choices().front()), "e0 r4");
  const struct {
    std::string_view name;
    std::string_view choice;
  } cases[] = {
      {"a.example", "e0 r4"},
      {"A.EXAMPLE.", "e0 r4"},
      {"b.example", "r1"},
      {"www.b.example", "e2 r1"},
      {"mail.b.example", "e2 r4"},
      {"other.b.example", "e2 r1"},
      {"x.www.b.example", "-"},
      {".b.example", "-"},
      {"*.b.example", "e2 r1"},
      {"example", "-"},
      {"x.a.example", "-"},
      {"", "-"},
      {".", "-"},
      {"..", "-"},
  };
  for (const auto& each : cases) EXPECT_EQ(chosen(names, each.name), each.choice) << each.name;
}

TEST(ServerNames, TheDefaultHasOneOfAnotherKindOnlyForTheSameNames) {
  std::vector<Certificate> certificates;
  certificates.push_back(with(KeyKind::kRsa, {"a.example", "b.example"}));
  certificates.push_back(with(KeyKind::kEcdsa, {"a.example"}));
  EXPECT_EQ(text(ServerNames(certificates).choices().front()), "r0");
  certificates.push_back(with(KeyKind::kEcdsa, {"b.example", "a.example"}));
  EXPECT_EQ(text(ServerNames(certificates).choices().front()), "e2 r0");
  certificates.front().names.clear();
  EXPECT_EQ(text(ServerNames(certificates).choices().front()), "r0");
}

}  // namespace
}  // namespace hermes::http
