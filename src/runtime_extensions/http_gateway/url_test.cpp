#include "runtime_extensions/http_gateway/url.hpp"

#include "runtime_extensions/http_gateway/testing/rules.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

TEST(Url, IsPrintedInOneForm) {
  for (const auto& [text, printed] : std::vector<std::pair<std::string, std::string>>{
           {"http://example.com", "http://example.com/"},
           {"HTTPS://Example.COM:443/a?b=c", "https://example.com/a?b=c"},
           {"http://example.com:443", "http://example.com:443/"},
           {"http://example.com.:/", "http://example.com/"},
           {"http://[::0001]:8080/", "http://[::1]:8080/"},
           {"http://192.0.2.1?x", "http://192.0.2.1/?x"},
           {"https://example.com/%7Euser/a%20b", "https://example.com/%7Euser/a%20b"},
           {"https://example.com/a//b", "https://example.com/a//b"},
           {"https://example.com/?a=http://x/../y", "https://example.com/?a=http://x/../y"},
           {"http://7.example", "http://7.example/"},
           {"http://0xfg", "http://0xfg/"},
       }) {
    const auto url = Url::parse(text);
    ASSERT_TRUE(url) << url.error().message;
    EXPECT_EQ(url->to_string(), printed);
  }
}

TEST(Url, RefusesWhatAnotherReaderCouldUnderstandDifferently) {
  const std::string scheme = "it must begin with http:// or https://";
  const std::string character = "it has a character that must be percent-encoded in a URL";
  const std::string number = "its host is a number; write an IPv4 address as 192.0.2.1";
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"", scheme},
           {"example.com", scheme},
           {"/path", scheme},
           {"//example.com", scheme},
           {"ftp://example.com", scheme},
           {"file:///etc/passwd", scheme},
           {"javascript://x", scheme},
           {"http:example.com", scheme},
           {"http:/example.com", scheme},
           {"http", scheme},
           {"://x", scheme},
           {"http://", "The request names no host."},
           {"http:///path", "The request names no host."},
           {"http://user@example.com", "A host has no user name before it."},
           {"http://user:password@example.com/", "A host has no user name before it."},
           {"http://example.com@evil.example/", "A host has no user name before it."},
           {"http://example.com:80@evil.example/", "A host has no user name before it."},
           {"http://example.com/#x", "it must not have a fragment (#)"},
           {"http://example.com#@evil.example/", "it must not have a fragment (#)"},
           {"http://example.com\\@evil.example/", character},
           {"http://example.com/a b", character},
           {" http://example.com", character},
           {"http://example.com/\xc3\xa4", character},
           {"http://exam\tple.com/", character},
           {"http://example.com/\r\nX: y", character},
           {"http://[::1", "What stands in brackets is not an IPv6 address."},
           {"http://[fe80::1%25lo]/", "What stands in brackets is not an IPv6 address."},
           {"http://example.com:0/", "After the colon of a host is one port, from 1 to 65535."},
           {"http://example.com:99999/", "After the colon of a host is one port, from 1 to 65535."},
           {"http://127.1/", number},
           {"http://2130706433/", number},
           {"http://0x7f000001/", number},
           {"http://0x7f.1/", number},
           {"http://127.0.0.0x1/", number},
           {"http://0177.0.0.1/", number},
           {"http://0x/", number},
           {"http://256.1.1.1/", number},
           {"http://127.1./", number},
           {"http://example.com/../admin", "The path has a segment '.' or '..'."},
           {"http://example.com/%2e%2e/admin", "The path has a segment '.' or '..'."},
           {"http://example.com/a%2f..%2fb", "The path has an encoded slash (%2F)."},
           {"http://example.com//evil.example", "The path begins with two slashes."},
           {"http://example.com/%zz", "In the path, % is not followed by two hexadecimal digits."},
       }) {
    const auto url = Url::parse(text);
    ASSERT_FALSE(url) << text << " became " << url->to_string();
    EXPECT_TRUE(url.error().message.ends_with(": " + why)) << text << " " << url.error().message;
  }
  const auto url = Url::parse("http://example.com/" + std::string(kMaxUrlBytes, 'a'));
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().message, "a URL may have 2048 bytes, this one has 2067");
}

// RFC 3986 section 5.4, as far as it is about http.
TEST(Url, ResolvesReferencesAsTheStandardSays) {
  const Url base = must(Url::parse("http://a/b/c/d;p?q"));
  for (const auto& [reference, result] : std::vector<std::pair<std::string, std::string>>{
           {"g", "http://a/b/c/g"},
           {"./g", "http://a/b/c/g"},
           {"g/", "http://a/b/c/g/"},
           {"/g", "http://a/g"},
           {"//g", "http://g/"},
           {"?y", "http://a/b/c/d;p?y"},
           {"g?y", "http://a/b/c/g?y"},
           {"#s", "http://a/b/c/d;p?q"},
           {"g#s", "http://a/b/c/g"},
           {"g?y#s", "http://a/b/c/g?y"},
           {";x", "http://a/b/c/;x"},
           {"g;x", "http://a/b/c/g;x"},
           {"", "http://a/b/c/d;p?q"},
           {".", "http://a/b/c/"},
           {"./", "http://a/b/c/"},
           {"..", "http://a/b/"},
           {"../", "http://a/b/"},
           {"../g", "http://a/b/g"},
           {"../..", "http://a/"},
           {"../../", "http://a/"},
           {"../../g", "http://a/g"},
           {"../../../g", "http://a/g"},
           {"../../../../g", "http://a/g"},
           {"/./g", "http://a/g"},
           {"/../g", "http://a/g"},
           {"g.", "http://a/b/c/g."},
           {".g", "http://a/b/c/.g"},
           {"g..", "http://a/b/c/g.."},
           {"..g", "http://a/b/c/..g"},
           {"./../g", "http://a/b/g"},
           {"./g/.", "http://a/b/c/g/"},
           {"g/./h", "http://a/b/c/g/h"},
           {"g/../h", "http://a/b/c/h"},
           {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
           {"g;x=1/../y", "http://a/b/c/y"},
           {"g?y/./x", "http://a/b/c/g?y/./x"},
           {"g?y/../x", "http://a/b/c/g?y/../x"},
           {"g#s/../x", "http://a/b/c/g"},
           {"https://h:444/x/../y?z#s", "https://h:444/y?z"},
           {"HTTP://h", "http://h/"},
       }) {
    const auto url = base.resolve(reference);
    ASSERT_TRUE(url) << reference << ": " << url.error().message;
    EXPECT_EQ(url->to_string(), result) << reference;
  }
  for (const std::string reference :
       {"g:h", "http:g", "javascript:alert(1)", "mailto:x@y", "//user@g", "\\\\evil.example",
        "/\\evil.example", "//", "/%2e%2e/x", "x y", "/x/..//evil.example"}) {
    const auto url = base.resolve(reference);
    EXPECT_FALSE(url) << reference << " became " << url->to_string();
  }
  EXPECT_FALSE(base.resolve(std::string(1'000'000, 'a')));
}

TEST(UrlProperty, ReadingWhatIsPrintedGivesTheSame) {
  const auto text =
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab.:/?#@%2e[]1\\;=A")));
  EXPECT_TRUE(rc::check([&] {
    const auto base = Url::parse("http://" + *text);
    if (!base) return;
    const auto again = Url::parse(base->to_string());
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->to_string() == base->to_string());
    RC_ASSERT(again->host().name() == base->host().name());
    const auto hop = base->resolve(*text);
    if (!hop) return;
    const auto printed = Url::parse(hop->to_string());
    RC_ASSERT(printed.has_value());
    RC_ASSERT(printed->to_string() == hop->to_string());
  }));
}

}  // namespace
}  // namespace hermes::ext::http_gateway
