// The metrics of HTTP requests and of the connections that they come on.
#pragma once

#include "engine/metrics/family.hpp"
#include "http/request_counters.hpp"
#include "http/server.hpp"
#include "runtime_extensions/http_gateway/outgoing_counters.hpp"

#include <string_view>
#include <vector>

namespace hermes::engine {

/// Collects them into families, for one collection. Labels are names of applications, and what is
/// counted apart (http/request_counters.hpp): known since load, whatever clients send.
class HttpFamilies {
 public:
  /// `application`: empty for requests that none was found for.
  void add_requests(std::string_view application, const http::RequestCounts& counts);
  /// Of requests that were sent for it.
  void add_outgoing(std::string_view application, const ext::http_gateway::OutgoingCounts& counts);
  /// `server`: "gateway", "admin".
  void add_listeners(std::string_view server, const std::vector<http::ListenerStats>& listeners);
  /// Of requests that came sooner than they may, of the gateway.
  void add_paced(const http::ServerCounters& counters);

  /// Moves those that have a series to the end of `to`.
  void take(std::vector<prometheus::MetricFamily>& to);

 private:
  Family requests_ = Family::counter("hermes_http_requests_total",
                                     "Requests that were answered, by method and class of status.");
  Family took_ = Family::histogram("hermes_http_request_seconds",
                                   "From the end of a request's fields to the end of its answer.");
  Family content_ = Family::counter("hermes_http_response_content_bytes_total",
                                    "Content of answers, as sent, in bytes.");
  Family broken_ = Family::counter("hermes_http_responses_broken_off_total",
                                   "Answers that were not sent to their end.");
  Family outgoing_ =
      Family::counter("hermes_http_outgoing_requests_total",
                      "Requests that were sent for an application, by who sent them and result.");
  Family open_ = Family::gauge("hermes_http_connections", "Open connections of a listener.");
  Family accepted_ =
      Family::counter("hermes_http_connections_accepted_total", "Connections that were taken.");
  Family refused_ = Family::counter("hermes_http_connections_refused_total",
                                    "Connections beyond what may be open at the same time.");
  Family timed_out_ = Family::counter("hermes_http_timeouts_total",
                                      "Connections that were ended because they were too slow.");
  Family paced_ =
      Family::counter("hermes_http_paced_requests_total",
                      "Requests of addresses that ask more often than they may, by result.");
  Family handshakes_ = Family::counter("hermes_http_tls_handshakes_total",
                                       "TLS handshakes, by whether they have succeeded.");
  Family received_ = Family::counter("hermes_http_received_bytes_total",
                                     "Bytes that came in, without what TLS adds.");
  Family sent_ = Family::counter("hermes_http_sent_bytes_total",
                                 "Bytes that went out, without what TLS adds.");
};

}  // namespace hermes::engine
