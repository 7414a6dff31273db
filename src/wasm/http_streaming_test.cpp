// Guests that serve wasi:http: bodies in parts, their bounds, and clients that vanish.
#include "wasm/testing/http_guest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

namespace hermes::wasm {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing::HttpClientAnswer;
using testing::HttpGuestTest;
using ::testing::Pair;

constexpr std::uint32_t kWindow = 64 * 1024;
/// What the guest reads at a time.
constexpr std::uint64_t kGuestReadBytes = 16'384;
constexpr HttpWindows kWindows{.request_bytes = kWindow, .response_bytes = kWindow};

class HttpStreamingTest : public HttpGuestTest {
 protected:
  /// What `/flood` has printed last: the bytes that it has written.
  [[nodiscard]] std::uint64_t written() const {
    std::string_view text = context_.printed;
    if (text.empty()) return 0;
    text.remove_suffix(1);
    text.remove_prefix(text.rfind('\n') + 1);
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }

  /// Until the guest waits, and nothing is woken.
  void run_until_it_waits() {
    while (poll()) {
    }
  }
};

TEST_F(HttpStreamingTest, ALargeBodyPassesThroughSmallWindows) {
  constexpr std::uint64_t kBytes = 16ULL * 1024 * 1024;
  const HttpClientAnswer& answer =
      serve({.method = "POST", .path = "/echo", .body_bytes = kBytes, .windows = kWindows});
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.complete) << answer.message;
  EXPECT_EQ(answer.body_bytes, kBytes);
  EXPECT_TRUE(answer.is_pattern);
  EXPECT_LE(most_between_, std::uint64_t{2} * kWindow + kGuestReadBytes);
  EXPECT_LT(call_->memory_bytes(), 4U << 20U);
}

TEST_F(HttpStreamingTest, ASenderOnAnotherThreadLosesNothing) {
  constexpr std::uint64_t kBytes = 8ULL * 1024 * 1024;
  // The call has a signal of its own: the client's thread sleeps on that of the exchange.
  const auto turn = Ref<testing::Signal>::adopt(new testing::Signal());
  testing::SignalOwner owner(turn);
  client_.emplace(testing::HttpClientRequest{.method = "POST",
                                             .path = "/echo",
                                             .body_bytes = kBytes,
                                             .trailers = {{"x-end", "1"}},
                                             .windows = kWindows},
                  signal_);
  ASSERT_TRUE(call_->open(*pre_, context_, owner, {}, nullptr));
  handle_.emplace(client_->exchange());
  ASSERT_TRUE(call_->start(*handler_, *handle_));
  std::thread client([this] {
    while (!client_->answered()) {
      const bool pushed = client_->push();
      if (!client_->take() && !pushed) signal_->wait();
    }
  });
  for (Call::Poll polled = call_->poll(); polled != Call::Poll::kDone; polled = call_->poll()) {
    if (polled == Call::Poll::kWaiting) {
      while (!owner.take_wake()) turn->wait();
    }
  }
  client.join();
  EXPECT_TRUE(outcome()) << outcome().error().message;
  EXPECT_TRUE(client_->answer().complete) << client_->answer().message;
  EXPECT_EQ(client_->answer().body_bytes, kBytes);
  EXPECT_TRUE(client_->answer().is_pattern);
  EXPECT_THAT(client_->answer().trailers, Contains(Pair("x-end", "1")));
}

TEST_F(HttpStreamingTest, TrailersGoBothWays) {
  const HttpClientAnswer& answer = serve({.method = "POST",
                                          .path = "/echo",
                                          .body_bytes = 10,
                                          .trailers = {{"X-Sum", "1"}, {"x-other", "2"}}});
  EXPECT_TRUE(answer.complete);
  EXPECT_THAT(answer.trailers, ::testing::ElementsAre(Pair("x-sum", "1"), Pair("x-other", "2")));
}

TEST_F(HttpStreamingTest, AnEmptyBodyIsABody) {
  const HttpClientAnswer& answer = serve({.method = "POST", .path = "/echo"});
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(answer.body_bytes, 0U);
  EXPECT_TRUE(answer.trailers.empty());
}

TEST_F(HttpStreamingTest, ChunksComeWhenTheGuestWritesThem) {
  const HttpClientAnswer& answer = get("/ticks?5");
  EXPECT_EQ(answer.chunks, 5U) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("data: 4\n"));
  EXPECT_GE(waits_, 1) << "the thread is free between them";
}

TEST_F(HttpStreamingTest, AGuestThatWritesFasterThanItsClientReadsWaits) {
  begin({.path = "/flood", .windows = kWindows});
  run_until_it_waits();
  EXPECT_FALSE(ended_);
  EXPECT_GE(written(), 16U * 1024);
  EXPECT_LE(written(), kWindow);
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(client_->take_one());
    run_until_it_waits();
    EXPECT_LE(written() - client_->answer().body_bytes, kWindow) << "in round " << round;
  }
  EXPECT_GT(written(), client_->answer().body_bytes);
}

TEST_F(HttpStreamingTest, AGuestLearnsThatItsClientHasGone) {
  begin({.path = "/flood", .windows = kWindows});
  run_until_it_waits();
  client_->leave();
  while (!ended_) {
    if (!poll()) signal_->wait();
  }
  EXPECT_TRUE(outcome()) << outcome().error().message;
  EXPECT_THAT(context_.printed, HasSubstr("closed\n"));
}

TEST_F(HttpStreamingTest, ACallIsCancelledWhileItWaitsForItsClient) {
  begin({.path = "/flood", .windows = kWindows});
  run_until_it_waits();
  call_->cancel();
  run();
  EXPECT_EQ(outcome().error().kind, CallError::Kind::kCancelled);
  EXPECT_EQ(client_->answer().failure, HttpFailure::Kind::kCancelled);
  EXPECT_GE(client_->answer().body_bytes, 16U * 1024) << "what was written is given out";
}

TEST_F(HttpStreamingTest, ABodyThatNeverEndsIsCancelledWithItsCall) {
  begin({.method = "POST", .path = "/count", .windows = kWindows, .endless = true});
  while (client_->pushed() < 1U << 20U) {
    const bool polled = poll();
    if (!client_->push() && !polled) signal_->wait();
  }
  call_->cancel();
  run();
  EXPECT_EQ(outcome().error().kind, CallError::Kind::kCancelled);
  EXPECT_EQ(client_->answer().failure, HttpFailure::Kind::kCancelled);
  EXPECT_FALSE(client_->exchange().body_wanted());
}

TEST_F(HttpStreamingTest, ABodyThatNobodyReadsHoldsNothingUp) {
  constexpr std::uint64_t kBytes = 1ULL * 1024 * 1024;
  const HttpClientAnswer& answer =
      serve({.method = "POST", .path = "/ignore", .body_bytes = kBytes, .windows = kWindows});
  EXPECT_EQ(answer.body, "not read\n");
  while (client_->push()) {
  }
  EXPECT_EQ(client_->pushed(), kBytes);
  EXPECT_FALSE(client_->exchange().body_wanted());
}

TEST_F(HttpStreamingTest, TheGuestReadsWhyItsBodyWasBrokenOff) {
  // Would put the host's frames into errors.
  ASSERT_EQ(::setenv("RUST_BACKTRACE", "1", 1), 0);
  struct Case {
    HttpAbort abort;
    const char* reason;
  };
  const Case cases[] = {{HttpAbort::kTerminated, "connection terminated"},
                        {HttpAbort::kTimeout, "connection read timeout"},
                        {HttpAbort::kTooLarge, "HTTP request body size exceeds limit"}};
  for (const Case& each : cases) {
    ended_ = false;
    const HttpClientAnswer& answer =
        serve({.method = "POST", .path = "/count", .body_bytes = 100'000, .abort = each.abort});
    EXPECT_EQ(answer.body, "100000 Err(\"" + std::string(each.reason) + "\")\n")
        << "and nothing of the host, such as a backtrace";
    call_->close();
  }
}

TEST_F(HttpStreamingTest, ClientsThatVanishAtAnyMomentLeaveNothingBehind) {
  // Each round the client goes a little later; the call goes on to its end, or is cancelled.
  for (int steps = 0; steps < 40; ++steps) {
    ended_ = false;
    begin({.method = "POST",
           .path = "/echo",
           .body_bytes = 300'000,
           .windows = {.request_bytes = 4096, .response_bytes = kWindow}});
    for (int step = 0; step < steps; ++step) {
      if (step % 3 == 0) poll();
      if (step % 3 == 1) client_->push();
      if (step % 3 == 2) client_->take_one();
    }
    client_->leave();
    if (steps % 2 == 0) call_->cancel();
    while (!ended_) {
      if (!poll()) signal_->wait();
    }
    if (steps % 2 != 0) {
      EXPECT_TRUE(outcome()) << outcome().error().message;
    }
    call_->close();
  }
}

}  // namespace
}  // namespace hermes::wasm
