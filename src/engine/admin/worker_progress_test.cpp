#include "engine/admin/worker_progress.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <semaphore>
#include <thread>

namespace hermes::engine {
namespace {

using namespace std::chrono_literals;

class WorkerProgressTest : public ::testing::Test {
 public:
  WorkerProgressTest() { workers_.start(); }
  ~WorkerProgressTest() override {
    go_on_.release();
    workers_.stop();
  }

 protected:
  void wait_until_all_have_answered() const {
    while (progress_.longest()) std::this_thread::yield();
  }

  SystemClock real_;
  ManualClock clock_;
  event::WorkerPool workers_{{.threads = 3}, real_};
  WorkerProgress progress_{workers_, clock_};
  std::binary_semaphore stuck_{0};
  std::binary_semaphore go_on_{0};
};

TEST_F(WorkerProgressTest, WorkersThatHaveNothingToDoAnswer) {
  EXPECT_FALSE(progress_.longest());
  for (int i = 0; i < 100; ++i) {
    progress_.ask();
    wait_until_all_have_answered();
  }
}

TEST_F(WorkerProgressTest, NamesTheWorkerThatIsStuckAndForHowLong) {
  boost::asio::post(workers_.io(1), [this] {
    stuck_.release();
    go_on_.acquire();
  });
  stuck_.acquire();
  progress_.ask();
  // The first one has answered, at least. Of those that wait for equally long, the first is named.
  while (progress_.longest()->worker != 1) std::this_thread::yield();
  clock_.advance(7s);
  // Asking again does not make it younger.
  progress_.ask();
  EXPECT_EQ(progress_.longest()->since, 7s);
  EXPECT_EQ(progress_.longest()->worker, 1);
  clock_.advance(1s);
  EXPECT_EQ(progress_.longest()->since, 8s);
  go_on_.release();
  wait_until_all_have_answered();
}

}  // namespace
}  // namespace hermes::engine
