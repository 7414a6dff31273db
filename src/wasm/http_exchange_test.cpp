// Guests that serve wasi:http: heads, failures, and what is refused.
#include "wasm/http_exchange.hpp"

#include "wasm/testing/http_guest_run.hpp"
#include "wasm/testing/test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::wasm {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::HttpClientAnswer;
using testing::HttpGuestTest;
using ::testing::Not;
using ::testing::Pair;

class HttpExchangeTest : public HttpGuestTest {};

TEST_F(HttpExchangeTest, AResponseHasStatusFieldsAndBody) {
  const HttpClientAnswer& answer = get("/hello");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.fields, Contains(Pair("content-type", "text/plain")));
  EXPECT_EQ(answer.body, "hello\n");
  EXPECT_TRUE(answer.complete);
  EXPECT_TRUE(outcome()) << outcome().error().message;
}

TEST_F(HttpExchangeTest, TheGuestSeesTheRequestButNotTheConnection) {
  const HttpClientAnswer& answer = serve({.method = "PURGE",
                                          .path = "/request?a=%20b&c",
                                          .fields = {{"X-Twice", "one"},
                                                     {"Accept", "*/*"},
                                                     {"x-twice", "two"},
                                                     {"x-bytes", "\xff\x80"},
                                                     {"Host", "elsewhere"},
                                                     {"Connection", "close"},
                                                     {"Transfer-Encoding", "chunked"}}});
  EXPECT_THAT(answer.body,
              AllOf(HasSubstr("Method::Other(\"PURGE\") Some(Scheme::Http) "
                              "Some(\"app.localhost:8080\") Some(\"/request?a=%20b&c\")\n"),
                    HasSubstr("x-twice: one\nx-twice: two\n"), HasSubstr("accept: */*\n"),
                    HasSubstr("x-bytes: \\xff\\x80\n"), Not(HasSubstr("elsewhere")),
                    Not(HasSubstr("close")), Not(HasSubstr("chunked"))));
}

TEST_F(HttpExchangeTest, AResponseOutlivesItsInstance) {
  begin({.path = "/hello"});
  while (!ended_) {
    if (!poll()) signal_->wait();
  }
  call_->close();
  EXPECT_TRUE(client_->take());
  EXPECT_EQ(client_->answer().body, "hello\n");
  EXPECT_TRUE(client_->answer().complete);
}

TEST_F(HttpExchangeTest, ATrapBeforeTheHeadIsAFailureWithABacktrace) {
  const HttpClientAnswer& answer = get("/trap-before");
  EXPECT_EQ(answer.status, std::nullopt);
  EXPECT_EQ(answer.failure, HttpFailure::Kind::kCall);
  EXPECT_THAT(answer.message, HasSubstr("unreachable"));
  ASSERT_FALSE(outcome());
  EXPECT_EQ(outcome().error().kind, CallError::Kind::kTrap);
  EXPECT_THAT(outcome().error().backtrace, Contains(HasSubstr("fail_deliberately")));
  EXPECT_THAT(context_.printed, HasSubstr("a deliberate panic"));
}

TEST_F(HttpExchangeTest, ATrapAfterTheHeadEndsTheBodyWithAnError) {
  const HttpClientAnswer& answer = get("/trap-after");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "partial");
  EXPECT_FALSE(answer.complete);
  EXPECT_EQ(answer.failure, HttpFailure::Kind::kCall);
  ASSERT_FALSE(outcome());
  EXPECT_THAT(outcome().error().backtrace, Contains(HasSubstr("fail_deliberately")));
}

TEST_F(HttpExchangeTest, ATrapAfterTheEndOfTheBodyIsNoMatterOfTheClient) {
  const HttpClientAnswer& answer = get("/trap-finished");
  EXPECT_EQ(answer.body, "complete");
  EXPECT_TRUE(answer.complete);
  EXPECT_FALSE(outcome());
}

TEST_F(HttpExchangeTest, WhatWasWrittenBeforeATrapIsThereWhenTheInstanceIsGone) {
  begin({.path = "/trap-after"});
  while (!ended_) {
    if (!poll()) signal_->wait();
  }
  call_->close();
  EXPECT_TRUE(client_->take());
  EXPECT_EQ(client_->answer().body, "partial");
  EXPECT_EQ(client_->answer().failure, HttpFailure::Kind::kCall);
}

TEST_F(HttpExchangeTest, AGuestThatNeverAnswersIsAFailure) {
  const HttpClientAnswer& answer = get("/silent");
  EXPECT_EQ(answer.failure, HttpFailure::Kind::kNoResponse);
  EXPECT_THAT(answer.message, HasSubstr("without setting a response"));
  ASSERT_FALSE(outcome());
  EXPECT_EQ(outcome().error().kind, CallError::Kind::kTrap);
  EXPECT_THAT(outcome().error().message, HasSubstr("without setting a response"));
}

TEST_F(HttpExchangeTest, AGuestMayAnswerWithAnErrorCode) {
  const HttpClientAnswer& answer = get("/error");
  EXPECT_EQ(answer.status, std::nullopt);
  EXPECT_EQ(answer.failure, HttpFailure::Kind::kGuest);
  EXPECT_THAT(answer.message, HasSubstr("on purpose"));
  EXPECT_TRUE(outcome()) << "the guest has done its work";
}

TEST_F(HttpExchangeTest, ABodyThatTheGuestDropsIsBroken) {
  const HttpClientAnswer& answer = get("/give-up");
  EXPECT_EQ(answer.body, "partial");
  EXPECT_EQ(answer.failure, HttpFailure::Kind::kBody);
}

TEST_F(HttpExchangeTest, ABodyOfAnotherLengthThanTheHeadSaysIsBroken) {
  const HttpClientAnswer& answer = get("/too-short");
  EXPECT_THAT(answer.fields, Contains(Pair("content-length", "100")));
  EXPECT_EQ(answer.failure, HttpFailure::Kind::kBody);
}

TEST_F(HttpExchangeTest, ABodyThatIsLeftOpenEndsWithItsInstance) {
  begin({.path = "/unfinished"});
  while (!ended_) {
    if (!poll()) signal_->wait();
  }
  client_->take();
  EXPECT_FALSE(client_->answered()) << "a guest that is there could still write";
  call_->close();
  client_->take();
  EXPECT_EQ(client_->answer().body, "all of it");
  EXPECT_TRUE(client_->answer().complete);
}

TEST_F(HttpExchangeTest, LargeFieldsGoBothWaysUpToTheirBound) {
  const std::string large(100'000, 'y');
  const HttpClientAnswer& answer =
      serve({.path = "/large-field?100000", .fields = {{"x-request", large}}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.fields, Contains(Pair("x-large", std::string(100'000, 'x'))));
}

TEST_F(HttpExchangeTest, FieldsBeyondTheirBoundAreALimitOfTheCall) {
  EXPECT_EQ(get("/large-field?200000").failure, HttpFailure::Kind::kCall);
  ASSERT_FALSE(outcome());
  EXPECT_EQ(outcome().error().kind, CallError::Kind::kLimit);
  EXPECT_THAT(outcome().error().message, HasSubstr("field limit"));
}

TEST_F(HttpExchangeTest, FieldsOfTheConnectionAreNotTheGuests) {
  EXPECT_THAT(get("/forbidden-field").body, HasSubstr("HeaderError::Forbidden"));
}

TEST_F(HttpExchangeTest, OutgoingRequestsAreDenied) {
  EXPECT_THAT(get("/send?http://127.0.0.1:1/").body, HasSubstr("HttpRequestDenied"));
}

TEST_F(HttpExchangeTest, TheSameInstanceCallsTheEnginesOwnInterfaces) {
  EXPECT_EQ(get("/done").body, "done\n");
  EXPECT_EQ(host_.statuses, std::vector<std::uint8_t>{7});
}

TEST_F(HttpExchangeTest, AGuestThatComputesForEverIsCancelled) {
  begin({.path = "/loop"});
  ASSERT_EQ(call_->poll(), Call::Poll::kRunnable);
  call_->cancel();
  run();
  EXPECT_EQ(client_->answer().failure, HttpFailure::Kind::kCancelled);
  EXPECT_EQ(outcome().error().kind, CallError::Kind::kCancelled);
}

TEST_F(HttpExchangeTest, AnExchangeThatNoCallServesFails) {
  for (const bool with_reason : {true, false}) {
    testing::HttpClient client({.path = "/hello"}, signal_);
    std::optional<HttpHandle> handle(client.exchange());
    client.take();
    EXPECT_FALSE(client.answered());
    if (with_reason) handle->fail("the deadline has passed");
    handle.reset();
    signal_->wait();
    client.take();
    EXPECT_EQ(client.answer().failure, HttpFailure::Kind::kCancelled);
    EXPECT_EQ(client.answer().message,
              with_reason ? "the deadline has passed" : "the request was not served");
  }
}

TEST_F(HttpExchangeTest, AHandleTellsThatNobodyWaits) {
  testing::HttpClient client({.path = "/hello"}, signal_);
  const HttpHandle handle(client.exchange());
  EXPECT_FALSE(handle.deserted());
  client.leave();
  EXPECT_TRUE(handle.deserted());
}

TEST_F(HttpExchangeTest, AnExchangeServesOneCall) {
  EXPECT_EQ(get("/hello").status, 200);
  call_->close();
  ASSERT_TRUE(call_->open(*pre_, context_, owner_, {}, nullptr));
  ASSERT_TRUE(call_->start(*handler_, *handle_));
  ended_ = false;
  has_turn_ = true;
  while (!ended_) {
    if (!poll()) signal_->wait();
  }
  ASSERT_FALSE(outcome());
  EXPECT_THAT(outcome().error().message, HasSubstr("given to a call before"));
}

TEST_F(HttpExchangeTest, ExportsAreCalledInTheWayTheyWereFoundFor) {
  ASSERT_TRUE(call_->open(*pre_, context_, owner_, {}, nullptr));
  testing::RunExport plain;
  const auto started = call_->start(*handler_, plain);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("started with an exchange"));
}

struct BadHead {
  const char* what = nullptr;
  HttpRequestHead head;
  const char* message = nullptr;
};

TEST_F(HttpExchangeTest, WhatIsNoHttpIsRefusedByName) {
  const std::vector<HttpField> bad_name = {{"a b", "c"}};
  const std::vector<HttpField> bad_value = {{"a", "b\nc"}};
  const BadHead cases[] = {
      {"method", {.method = "G T", .authority = "a"}, "'G T' is no HTTP method"},
      {"no method", {.method = "", .authority = "a"}, "'' is no HTTP method"},
      {"scheme", {.method = "GET", .scheme = "ftp", .authority = "a"}, "scheme 'ftp'"},
      {"authority", {.method = "GET", .authority = "a b"}, "'a b' is no HTTP authority"},
      {"no authority", {.method = "GET", .authority = ""}, "'' is no HTTP authority"},
      {"path", {.method = "GET", .authority = "a", .path_with_query = "/a b"}, "'/a b' is no path"},
      {"name", {.method = "GET", .authority = "a", .fields = bad_name}, "'a b' is no name"},
      {"value", {.method = "GET", .authority = "a", .fields = bad_value}, "'b\\nc' is no value"},
  };
  for (const BadHead& bad : cases) {
    const auto made = HttpExchange::create(bad.head, {}, {}, {});
    ASSERT_FALSE(made) << bad.what;
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(made.error().message, HasSubstr(bad.message));
  }
  const HttpRequestHead good{.method = "GET", .authority = "a"};
  EXPECT_FALSE(HttpExchange::create(good, {.request_bytes = 4095}, {}, {}));
  EXPECT_FALSE(HttpExchange::create(good, {.response_bytes = 65535}, {}, {}));
  auto made = HttpExchange::create(good, {}, {}, {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->finish_body(bad_name));
  EXPECT_TRUE(made->finish_body());
}

/// A component that exports an interface with a function `handle`.
std::string exporting(std::string_view interface, std::string_view parameters) {
  return "(component (core module $m (func (export \"handle\") " + std::string(parameters) +
         ")) (core instance $i (instantiate $m)) (func $f " + std::string(parameters) +
         " (canon lift (core func $i \"handle\"))) (instance $e (export \"handle\" (func $f))) "
         "(export \"" +
         std::string(interface) + "\" (instance $e)))";
}

TEST_F(HttpExchangeTest, HandlersAreFoundByVersionAndType) {
  prepare(exporting("wasi:http/incoming-handler@0.3.0", ""));
  auto found = pre_->find_http_handler();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->has_value()) << "another version";

  prepare(exporting("wasi:http/incoming-handler@0.2.1", ""));
  found = pre_->find_http_handler();
  ASSERT_FALSE(found) << "another type";
  EXPECT_EQ(found.error().code, ErrorCode::kLink);
  EXPECT_THAT(found.error().message, HasSubstr("wasi:http/incoming-handler#handle"));
}

}  // namespace
}  // namespace hermes::wasm
