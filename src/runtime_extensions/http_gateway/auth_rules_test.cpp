#include "runtime_extensions/http_gateway/auth_rules.hpp"

#include "runtime_extensions/http_gateway/route.hpp"
#include "runtime_extensions/http_gateway/testing/rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

AuthRule rule(std::string_view path, AuthLevel level, std::vector<std::string> methods = {}) {
  return {.path = must(PathPattern::compile(path)),
          .methods = must(MethodSet::make(std::move(methods))),
          .level = level};
}

std::string level_of(const AuthRules& rules, std::string_view method, std::string_view target) {
  const auto path = RequestPath::parse(target);
  if (!path) return "refused";
  switch (rules.level(method, *path)) {
    case AuthLevel::kNone:
      return "none";
    case AuthLevel::kOptional:
      return "optional";
    case AuthLevel::kRequired:
      return "required";
  }
  return "?";
}

TEST(AuthRules, TheMostSpecificWinsAndNoneIsTheDefault) {
  const AuthRules rules = must(AuthRules::build({
      rule("/.*", AuthLevel::kOptional),
      rule("/admin(/.*)?", AuthLevel::kRequired),
      rule("/admin/login", AuthLevel::kNone),
      rule("/notes/.*", AuthLevel::kRequired, {"POST", "DELETE"}),
      rule("/notes/.*", AuthLevel::kNone, {"GET"}),
      rule("/twice", AuthLevel::kRequired),
      rule("/twice", AuthLevel::kNone),
  }));
  struct Case {
    std::string_view method;
    std::string_view target;
    std::string_view level;
  };
  for (const Case& each : std::vector<Case>{
           {"GET", "/", "optional"},
           {"GET", "/admin", "required"},
           {"GET", "/admin/users?x", "required"},
           {"GET", "/administrator", "optional"},
           {"GET", "/admin/login", "none"},
           {"POST", "/notes/1", "required"},
           {"GET", "/notes/1", "none"},
           {"HEAD", "/notes/1", "none"},
           {"PUT", "/notes/1", "optional"},
           {"GET", "/twice", "required"},
       }) {
    EXPECT_EQ(level_of(rules, each.method, each.target), each.level)
        << each.method << " " << each.target;
  }
  EXPECT_EQ(level_of(AuthRules(), "GET", "/admin"), "none");
}

TEST(AuthRules, ARuleForGetHoldsForHead) {
  const AuthRules rules = must(AuthRules::build({rule("/x", AuthLevel::kRequired, {"GET"})}));
  EXPECT_EQ(level_of(rules, "HEAD", "/x"), "required");
  EXPECT_EQ(level_of(rules, "POST", "/x"), "none");
}

TEST(AuthRules, NoSpellingLeadsAroundARule) {
  const AuthRules rules = must(AuthRules::build({
      rule("/admin", AuthLevel::kRequired),
      rule("/admin/.*", AuthLevel::kRequired),
      rule("/admin/public", AuthLevel::kNone),
  }));
  for (const std::string target :
       {"/admin",          "/admin/",         "/admin/x",         "/admin?x",
        "/admin?/public",  "/%61dmin",        "/%61%64%6d%69%6e", "/adm%69n/x",
        "/admin;x",        "/admin;x=/y",     "/admin;/x",        "/;x/admin",
        "/;/admin",        "/admin/;",        "/admin%3bx",       "/admin/%20",
        "/admin//x",       "/admin///",       "/admin/public/",   "/admin/public;x",
        "/admin/public/x", "/admin/\xc3\xa4", "/admin/Public",    "/admin/public%20"}) {
    EXPECT_EQ(level_of(rules, "GET", target), "required") << target;
  }
  for (const std::string target :
       {"/admin%2f",       "/admin%2Fx",        "/x%2f..%2fadmin", "//admin",    "///admin",
        "/admin/../admin", "/x/../admin",       "/./admin",        "/%2e/admin", "/x/%2e%2e/admin",
        "/..;/admin",      "/x/..;a=b/admin",   "/x/..%3b/admin",  "/admin\\x",  "/x\\..\\admin",
        "/%5cadmin",       "/admin%5c",         "/admin%00",       "/admin%0a",  "/admin%0d%0a",
        "/admin#",         "/admin%",           "/admin%zz",       "/admin/%ff", "/%c0%afadmin",
        "/%e0%80%afadmin", "http://host/admin", "admin",           "%2fadmin",   ""}) {
    EXPECT_EQ(level_of(rules, "GET", target), "refused") << target;
  }
  // Other paths, for the gateway and for every module that reads paths as RFC 3986 does: what is
  // for /admin is not found there either.
  for (const std::string target :
       {"/Admin", "/ADMIN/x", "/%2561dmin", "/admin%20", "/admin.", "/x"}) {
    EXPECT_EQ(level_of(rules, "GET", target), "none") << target;
  }
  EXPECT_EQ(level_of(rules, "GET", "/admin/public"), "none");
  // The public page for readers that ignore parameters, nothing for others.
  EXPECT_EQ(level_of(rules, "GET", "/admin;/public"), "none");
}

TEST(AuthRules, CaseIsIgnoredWhereTheRuleSaysSo) {
  const AuthRules rules = must(AuthRules::build({rule("(?i)/admin(/.*)?", AuthLevel::kRequired)}));
  EXPECT_EQ(level_of(rules, "GET", "/ADMIN/x"), "required");
}

TEST(AuthRules, SaysWhatIsTooMuch) {
  const auto rules =
      AuthRules::build(std::vector<AuthRule>(kMaxAuthRules + 1, rule("/x", AuthLevel::kNone)));
  ASSERT_FALSE(rules);
  EXPECT_EQ(
      rules.error().message,
      "257 auth rules: an application may have 256; one pattern may stand for several paths, as "
      "in /(admin|internal)(/.*)?");
}

// Whatever is routed to an endpoint is validated as the rule with the same pattern says.
TEST(AuthRules, WhatReachesAProtectedEndpointIsProtected) {
  const std::string pattern = "/admin/[a-z]+(/|;x)?";
  const SubscriptionTable endpoints = must(SubscriptionTable::build({endpoint("a", pattern)}));
  const AuthRules rules = must(AuthRules::build({rule(pattern, AuthLevel::kRequired)}));
  const std::vector<std::vector<std::string>> parts = {
      {"/", "//", "/%2f", "/./", "/;/", "/x/../", ""},
      {"admin", "%61dmin", "ADMIN", "admin;x", "%2561dmin", "admin%00"},
      {"/", "//", "///", "%2f", "/;/", "/./", "\\", "/%2e%2e/"},
      {"users", "u%73ers", "USERS", "users;x", "users%3bx", "%00users"},
      {"", "/", "//", ";x", "?x", "%20", "#", "/.."},
  };
  std::vector<std::string> targets = {""};
  for (const auto& choices : parts) {
    std::vector<std::string> longer;
    for (const std::string& start : targets) {
      for (const std::string& choice : choices) longer.push_back(start + choice);
    }
    targets = std::move(longer);
  }
  int reached = 0;
  for (const std::string& target : targets) {
    const auto path = RequestPath::parse(target);
    if (!path || route(endpoints, "GET", *path, "").kind != RouteKind::kSubscription) continue;
    ++reached;
    EXPECT_EQ(rules.level("GET", *path), AuthLevel::kRequired) << target;
  }
  EXPECT_GT(reached, 50);
}

}  // namespace
}  // namespace hermes::ext::http_gateway
