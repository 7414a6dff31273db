#include "engine/metrics/http_families.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace hermes::engine {

void HttpFamilies::add_requests(std::string_view application, const http::RequestCounts& counts) {
  const prometheus::ClientMetric::Label name{"application", std::string(application)};
  for (std::size_t method = 0; method < http::kCountedMethods.size(); ++method) {
    for (std::size_t status = 0; status < http::kStatusClasses.size(); ++status) {
      const std::uint64_t count = counts.requests[method][status];
      // Most of the combinations never come; one that has come stays.
      if (count == 0) continue;
      requests_.add({name,
                     {"method", std::string(http::kCountedMethods[method])},
                     {"status", std::string(http::kStatusClasses[status])}},
                    count);
    }
  }
  took_.add({name}, counts.took);
  content_.add({name}, counts.content_bytes);
  broken_.add({name}, counts.broken_off);
}

void HttpFamilies::add_outgoing(std::string_view application,
                                const ext::http_gateway::OutgoingCounts& counts) {
  for (std::size_t kind = 0; kind < counts.size(); ++kind) {
    for (std::size_t result = 0; result < counts[kind].size(); ++result) {
      // As above.
      if (counts[kind][result] == 0) continue;
      outgoing_.add({{"application", std::string(application)},
                     {"by", std::string(ext::http_gateway::kOutgoingKinds[kind])},
                     {"result", std::string(ext::http_gateway::kOutgoingResults[result])}},
                    counts[kind][result]);
    }
  }
}

void HttpFamilies::add_listeners(std::string_view server,
                                 const std::vector<http::ListenerStats>& listeners) {
  for (const http::ListenerStats& each : listeners) {
    const Labels labels = {{"server", std::string(server)},
                           {"listener", http::to_text(each.address)}};
    open_.add(labels, each.open);
    accepted_.add(labels, each.accepted);
    refused_.add(labels, each.refused);
    timed_out_.add(labels, each.timed_out);
    received_.add(labels, each.received);
    sent_.add(labels, each.sent);
    const auto add_handshakes = [&](const char* result, std::uint64_t count) {
      if (count == 0) return;
      Labels with_result = labels;
      with_result.emplace_back("result", result);
      handshakes_.add(with_result, count);
    };
    add_handshakes("done", each.handshakes);
    add_handshakes("failed", each.handshakes_failed);
  }
}

void HttpFamilies::add_paced(const http::ServerCounters& counters) {
  for (const auto& [result, count] : {std::pair("delayed", counters.delayed.load()),
                                      std::pair("refused", counters.too_many.load())}) {
    if (count > 0) paced_.add({{"result", result}}, count);
  }
}

void HttpFamilies::take(std::vector<prometheus::MetricFamily>& to) {
  for (Family* family :
       std::array{&requests_, &took_, &content_, &broken_, &outgoing_, &open_, &accepted_,
                  &refused_, &timed_out_, &paced_, &handshakes_, &received_, &sent_}) {
    prometheus::MetricFamily taken = family->take();
    if (!taken.metric.empty()) to.push_back(std::move(taken));
  }
}

}  // namespace hermes::engine
