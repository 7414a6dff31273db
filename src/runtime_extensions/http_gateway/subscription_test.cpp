#include "runtime_extensions/http_gateway/subscription.hpp"

#include "runtime_extensions/http_gateway/specificity.hpp"
#include "runtime_extensions/http_gateway/testing/rules.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

SubscriptionTable must_build(std::vector<Subscription> subscriptions) {
  return must(SubscriptionTable::build(std::move(subscriptions)));
}

std::string chosen(const SubscriptionTable& table, std::string_view method, std::string_view path,
                   std::string_view content_type = "") {
  const auto match = table.match(method, path, content_type);
  return match.subscription == nullptr ? "-" : match.subscription->id;
}

TEST(MethodSet, BringsHeadWithGet) {
  const MethodSet get = must(MethodSet::make({"GET"}));
  EXPECT_TRUE(get.contains("GET"));
  EXPECT_TRUE(get.contains("HEAD"));
  EXPECT_FALSE(get.contains("get"));
  EXPECT_FALSE(get.contains("POST"));
  EXPECT_FALSE(must(MethodSet::make({"HEAD"})).contains("GET"));
  EXPECT_TRUE(MethodSet().contains("ANYTHING"));
  EXPECT_TRUE(must(MethodSet::make({"PROPFIND"})).contains("PROPFIND"));
}

TEST(MethodSet, SaysWhatIsWrong) {
  for (const auto& [methods, message] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"get"}, "method \"get\": methods are compared with case; write GET"},
           {{""}, "method \"\": a method is a token of 1 to 32 characters, such as GET"},
           {{"A B"}, "method \"A B\": a method is a token of 1 to 32 characters, such as GET"},
           {{"*"}, ""},
           {{std::string(33, 'A')},
            "method \"" + std::string(33, 'A') +
                "\": a method is a token of 1 to 32 characters, such as GET"},
           {{"PUT", "PUT"}, "method \"PUT\" is there twice"},
           {{"TRACE"}, "method \"TRACE\": the gateway does not hand it on; leave it out"},
           {std::vector<std::string>(17, "GET"),
            "17 methods: at most 16 are allowed; none means any"},
       }) {
    const auto set = MethodSet::make(methods);
    EXPECT_EQ(set ? "" : set.error().message, message);
  }
}

TEST(ContentTypes, IgnoresCaseAndParameters) {
  const ContentTypes types = must(ContentTypes::make({"application/JSON", "text/*"}));
  for (const std::string_view fits : {"application/json", "Application/Json; charset=utf-8",
                                      " application/json ;x", "text/plain", "TEXT/html;q"}) {
    EXPECT_TRUE(types.contains(fits)) << fits;
  }
  for (const std::string_view fits_not :
       {"", ";", "application", "application/", "application/json5", "application/json/x",
        "texts/plain", "text/", "text", "image/png", "application /json",
        "application/json, text/plain"}) {
    EXPECT_FALSE(types.contains(fits_not)) << fits_not;
  }
  EXPECT_TRUE(ContentTypes().contains(""));
}

TEST(ContentTypes, SaysWhatIsWrong) {
  const std::string form =
      "it is a type and a subtype without parameters, such as application/json or text/*";
  for (const auto& [type, why] : std::vector<std::pair<std::string, std::string>>{
           {"", form},
           {"json", form},
           {"text/plain; charset=utf-8", form},
           {" text/plain", form},
           {"*/*", "leave out the content types if any will do"},
           {"*/json", "* stands for a whole subtype, as in text/*"},
           {"application/*+json", "* stands for a whole subtype, as in text/*"},
       }) {
    const auto types = ContentTypes::make({type});
    ASSERT_FALSE(types) << type;
    EXPECT_EQ(types.error().message, "content type \"" + type + "\": " + why);
  }
}

// The examples of docs/routing.md, declared from the least to the most specific.
TEST(Subscriptions, TheMostSpecificWins) {
  const SubscriptionTable table = must_build({
      endpoint("any-path", ".*"),
      endpoint("any-order", "/orders/.*"),
      endpoint("read-order", "/orders/.*", {"GET"}),
      endpoint("text-order", "/orders/.*", {"POST"}, {"text/*"}),
      endpoint("json-order", "/orders/.*", {"POST"}, {"application/json"}),
      endpoint("plain-order", "/orders/.*", {"POST"}, {"text/plain"}),
      endpoint("new-order", "/orders/new.*"),
      endpoint("new-order-fixed", "/orders/new"),
  });
  struct Case {
    std::string_view method;
    std::string_view path;
    std::string_view content_type;
    std::string_view id;
  };
  for (const Case& each : std::vector<Case>{
           {"GET", "/", "", "any-path"},
           {"GET", "/orders", "", "any-path"},
           {"DELETE", "/orders/7", "", "any-order"},
           {"GET", "/orders/7", "", "read-order"},
           {"HEAD", "/orders/7", "", "read-order"},
           {"POST", "/orders/7", "", "any-order"},
           {"POST", "/orders/7", "application/json", "json-order"},
           {"POST", "/orders/7", "text/html", "text-order"},
           // Whole types come before ranges.
           {"POST", "/orders/7", "text/plain", "plain-order"},
           {"PUT", "/orders/7", "application/json", "any-order"},
           // The path comes before method and content type.
           {"GET", "/orders/new7", "", "new-order"},
           {"GET", "/orders/new", "", "new-order-fixed"},
       }) {
    EXPECT_EQ(chosen(table, each.method, each.path, each.content_type), each.id)
        << each.method << " " << each.path << " " << each.content_type;
  }
}

TEST(Subscriptions, BetweenEqualsTheFirstWins) {
  EXPECT_EQ(chosen(must_build({endpoint("a", "/x/.*"), endpoint("b", "/x/.+")}), "GET", "/x/y"),
            "a");
  EXPECT_EQ(chosen(must_build({endpoint("b", "/x/.+"), endpoint("a", "/x/.*")}), "GET", "/x/y"),
            "b");
}

TEST(Subscriptions, TellHowFarARequestFits) {
  const SubscriptionTable table = must_build(
      {endpoint("a", "/x", {"POST"}, {"application/json"}), endpoint("b", "/x", {"PUT", "GET"})});
  const auto match = [&](std::string_view method, std::string_view path) {
    const auto found = table.match(method, path, "");
    return std::tuple(found.subscription != nullptr, found.path_fits, found.method_fits);
  };
  EXPECT_EQ(match("PUT", "/x"), std::tuple(true, true, true));
  EXPECT_EQ(match("POST", "/x"), std::tuple(false, true, true));
  EXPECT_EQ(match("DELETE", "/x"), std::tuple(false, true, false));
  EXPECT_EQ(match("PUT", "/y"), std::tuple(false, false, false));
  EXPECT_EQ(table.allowed_methods("/x"), "GET, HEAD, POST, PUT");
  EXPECT_EQ(table.allowed_methods("/y"), "");
}

TEST(Subscriptions, SaysWhatIsWrong) {
  std::vector<Subscription> many;
  for (std::size_t i = 0; i <= kMaxSubscriptions; ++i) {
    many.push_back(endpoint("e" + std::to_string(i), "/x"));
  }
  std::vector<Subscription> complicated;
  for (int i = 0; i < 30; ++i) {
    complicated.push_back(endpoint("e" + std::to_string(i), "/(.*a[ab]{300})+"));
  }
  Subscription no_module = endpoint("a", "/x");
  no_module.module = "";
  for (const auto& [subscriptions, message] :
       std::vector<std::pair<std::vector<Subscription>, std::string>>{
           {many,
            "257 endpoints: an application may have 256; one pattern may stand for several "
            "paths, as in /(orders|invoices)/.*"},
           {complicated, "the path patterns of the endpoints are too complicated together: "},
           {{endpoint("a", "/x"), endpoint("a", "/y")},
            "endpoint \"a\" is there twice; give each an id of its own"},
           {{endpoint("a b", "/x")},
            "endpoint \"a b\": its id has 1 to 64 letters, digits, -, _ and dots"},
           {{endpoint("", "/x")},
            "endpoint \"\": its id has 1 to 64 letters, digits, -, _ and dots"},
           {{no_module},
            "endpoint \"a\", module \"\": the name of a module has 1 to 255 bytes and "
            "no control characters"},
       }) {
    const auto table = SubscriptionTable::build(subscriptions);
    ASSERT_FALSE(table) << message;
    EXPECT_EQ(table.error().message.substr(0, message.size()), message);
  }
}

// ------------------------------------------------------------------------------------------------
// properties

rc::Gen<Subscription> any_subscription() {
  return rc::gen::map(
      rc::gen::tuple(
          rc::gen::elementOf(std::vector<std::string>{"/", "/a", "/a/b", "/ab", "/a/[^/]+", "/a.*",
                                                      "/.*", ".*", "/a|/b", "/a/(b|c)", "/a/b?"}),
          rc::gen::elementOf(std::vector<std::vector<std::string>>{{}, {"GET"}, {"POST", "PUT"}}),
          rc::gen::elementOf(
              std::vector<std::vector<std::string>>{{}, {"text/*"}, {"text/plain"}})),
      [](const auto& parts) {
        return endpoint("x", std::get<0>(parts), std::get<1>(parts), std::get<2>(parts));
      });
}

std::vector<Subscription> any_subscriptions() {
  auto subscriptions = *rc::gen::container<std::vector<Subscription>>(any_subscription());
  if (subscriptions.size() > 20)
    subscriptions.erase(subscriptions.begin() + 20, subscriptions.end());
  for (std::size_t i = 0; i < subscriptions.size(); ++i) {
    subscriptions[i].id = "e" + std::to_string(i);
  }
  return subscriptions;
}

struct Request {
  std::string method =
      *rc::gen::elementOf(std::vector<std::string>{"GET", "HEAD", "POST", "PATCH"});
  std::string path = *rc::gen::elementOf(
      std::vector<std::string>{"/", "/a", "/b", "/ab", "/a/b", "/a/c", "/a/d/e"});
  std::string content_type =
      *rc::gen::elementOf(std::vector<std::string>{"", "text/plain", "text/html", "image/png"});
};

Specificity specificity_of(const Subscription& each) {
  return Specificity::of(each.path, each.methods, each.content_types);
}

bool fits(const Subscription& each, const Request& request) {
  return each.path.matches(request.path) && each.methods.contains(request.method) &&
         each.content_types.contains(request.content_type);
}

TEST(SubscriptionsProperty, TheOrderOfDeclarationDecidesOnlyBetweenEquals) {
  EXPECT_TRUE(rc::check([] {
    const auto declared = any_subscriptions();
    auto shuffled = declared;
    std::ranges::reverse(shuffled);
    if (!shuffled.empty()) {
      const auto turn =
          *rc::gen::inRange<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(shuffled.size()));
      std::rotate(shuffled.begin(), shuffled.begin() + turn, shuffled.end());
    }
    const Request request;
    const SubscriptionTable first = must_build(declared);
    const SubscriptionTable second = must_build(shuffled);
    const auto a = first.match(request.method, request.path, request.content_type);
    const auto b = second.match(request.method, request.path, request.content_type);
    RC_ASSERT((a.subscription == nullptr) == (b.subscription == nullptr));
    RC_ASSERT((a.path_fits == b.path_fits && a.method_fits == b.method_fits));
    if (a.subscription == nullptr) return;
    RC_ASSERT(specificity_of(*a.subscription) == specificity_of(*b.subscription));
    const auto equals = std::ranges::count_if(declared, [&](const Subscription& each) {
      return fits(each, request) && specificity_of(each) == specificity_of(*a.subscription);
    });
    if (equals == 1) RC_ASSERT(a.subscription->id == b.subscription->id);
  }));
}

TEST(SubscriptionsProperty, NothingThatFitsIsMoreSpecificOrEqualAndEarlier) {
  EXPECT_TRUE(rc::check([] {
    const auto declared = any_subscriptions();
    const SubscriptionTable table = must_build(declared);
    const Request request;
    const auto match = table.match(request.method, request.path, request.content_type);
    bool was_chosen = false;
    for (const Subscription& each : declared) {
      if (match.subscription != nullptr && each.id == match.subscription->id) was_chosen = true;
      if (!fits(each, request)) continue;
      RC_ASSERT(match.subscription != nullptr);
      RC_ASSERT(specificity_of(each) <= specificity_of(*match.subscription));
      if (!was_chosen) RC_ASSERT(specificity_of(each) < specificity_of(*match.subscription));
    }
    if (match.subscription != nullptr) RC_ASSERT(fits(*match.subscription, request));
  }));
}

}  // namespace
}  // namespace hermes::ext::http_gateway
