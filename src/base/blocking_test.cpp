#include "base/blocking.hpp"

#include "base/simulated_executor.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace hermes {
namespace {

struct Call final : BlockingTask {
  explicit Call(std::function<void()> its_function) : function(std::move(its_function)) {}
  void run() override { function(); }
  std::function<void()> function;
};

TEST(BlockingThread, RunsInOrderOnAThreadOfItsOwn) {
  BlockingThread thread;
  std::string order;
  std::promise<std::thread::id> done;
  Call a([&] { order += 'a'; });
  Call b([&] { order += 'b'; });
  Call c([&] { done.set_value(std::this_thread::get_id()); });
  thread.post(a);
  thread.post(b);
  thread.post(c);
  EXPECT_NE(done.get_future().get(), std::this_thread::get_id());
  EXPECT_EQ(order, "ab");
}

TEST(BlockingThread, WithdrawWaitsForWhatRunsAndForgetsWhatWaits) {
  BlockingThread thread;
  std::promise<void> begun;
  std::promise<void> go_on;
  bool ended = false;
  int others = 0;
  Call slow([&] {
    // It posts itself again and again: withdraw() has to end that.
    thread.post(slow);
    if (ended) return;
    begun.set_value();
    go_on.get_future().wait();
    ended = true;
  });
  Call other([&] { ++others; });
  thread.post(slow);
  begun.get_future().wait();
  thread.post(other);
  thread.withdraw(other);
  std::thread releaser([&] { go_on.set_value(); });
  thread.withdraw(slow);
  EXPECT_TRUE(ended);
  EXPECT_EQ(others, 0);
  releaser.join();
}

TEST(SimulatedBlocking, RunsOneTaskPerStep) {
  SimulatedExecutor executor(1);
  SimulatedBlocking blocking(executor);
  std::string order;
  Call a([&] { order += 'a'; });
  Call b([&] { order += 'b'; });
  Call c([&] { order += 'c'; });
  blocking.post(a);
  blocking.post(b);
  blocking.post(c);
  blocking.withdraw(b);
  EXPECT_EQ(order, "");
  EXPECT_TRUE(executor.step());
  EXPECT_EQ(order, "a");
  executor.run_ready();
  EXPECT_EQ(order, "ac");
}

}  // namespace
}  // namespace hermes
