#include "neighbour.hpp"

#include "calls.hpp"

#include <utility>

namespace hermes::soak {

Neighbour::Neighbour(app::Application& application, event::EventKind kind,
                     const NeighbourLoad& load)
    : application_(application),
      kind_(kind),
      load_(load),
      producer_([this](const std::stop_token& stop) { produce(stop); }) {}

Neighbour::~Neighbour() { stop(); }

void Neighbour::stop() {
  if (!producer_.joinable()) return;
  producer_.request_stop();
  producer_.join();
  for (std::uint64_t left = under_way_; left > 0; left = under_way_) under_way_.wait(left);
}

void Neighbour::produce(const std::stop_token& stop) {
  SteadyTime next = clock_.steady();
  for (std::size_t source = 0; !stop.stop_requested(); source = (source + 1) % kSources) {
    push(source);
    next += load_.interval;
    // What a busy machine made late is not made up for in a burst.
    next = std::max(next, clock_.steady());
    std::this_thread::sleep_until(next);
  }
}

void Neighbour::push(std::size_t source) {
  const std::uint64_t number = numbers_[source];
  const Beside beside = beside_;
  const SteadyTime now = clock_.steady();
  ++under_way_;
  ++pushed_;
  const auto accepted = application_.queue().push(
      {.payload = make_case(
           kind_, load_.turns, true,
           [this, source, number, beside, now](const ext::integration_test::CaseResult& result) {
             ended(source, number, beside, now, result);
           }),
       .source = application_.source(kind_, "source " + std::to_string(source))});
  if (accepted) {
    ++numbers_[source];
  } else {
    ++refused_;
    --under_way_;
  }
}

void Neighbour::ended(std::size_t source, std::uint64_t number, Beside beside, SteadyTime pushed,
                      const ext::integration_test::CaseResult& result) {
  const Duration took = clock_.steady() - pushed;
  // One at a time for each source.
  if (next_[source].exchange(number + 1) != number) ++out_of_order_;
  {
    const std::lock_guard lock(mutex_);
    if (result.outcome == event::Outcome::kCompleted) {
      ++completed_;
      latencies_[static_cast<std::size_t>(beside)].push_back(took);
    } else if (first_failure_.empty()) {
      first_failure_ =
          std::string(event::to_string(result.outcome)) + ": " + result.failure.message;
    }
  }
  --under_way_;
  under_way_.notify_all();
}

}  // namespace hermes::soak
