#include "runtime_extensions/http_gateway/problems.hpp"

namespace hermes::ext::http_gateway {

using event::Outcome;
using http::Response;

Response problem(unsigned status, std::string_view detail, const http::Request& request) {
  return http::problem(status, detail, request.id.text());
}

Response come_again(std::string_view detail, const http::Request& request) {
  Response response = problem(503, detail, request);
  response.add_lines("Retry-After: 1\r\n");
  return response;
}

Response refused(const event::Refusal& refusal, const http::Request& request) {
  switch (refusal.reason) {
    case event::RefusalReason::kNoHandler:
      return problem(404, "no module of the application answers requests", request);
    case event::RefusalReason::kStopping:
      return come_again("the application is being stopped", request);
    case event::RefusalReason::kLaneFull:
    case event::RefusalReason::kApplicationFull:
      return come_again("the application has as many events waiting as it may have", request);
    case event::RefusalReason::kEngineFull:
      return come_again("the engine has as many events waiting as it may have", request);
  }
  return problem(500, "the request was not accepted", request);
}

Response without_answer(Outcome outcome, const http::Request& request) {
  switch (outcome) {
    case Outcome::kCompleted:
      return problem(404, "no module of the application answers this request", request);
    case Outcome::kTrapped:
      return problem(502, "the module that was to answer has failed", request);
    case Outcome::kDeadline:
      return problem(504, "the application took longer than it may", request);
    case Outcome::kLimit:
      return problem(502, "the module that was to answer needed more than it may have", request);
    case Outcome::kRefused:
    case Outcome::kDropped:
      return come_again("the application is being stopped", request);
  }
  return problem(500, "the request was not answered", request);
}

Response not_an_answer(const http::Request& request) {
  return problem(502, "the module's answer has a status or a field that no answer may have",
                 request);
}

}  // namespace hermes::ext::http_gateway
