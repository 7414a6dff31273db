#include "http/refusal.hpp"

namespace hermes::http {

Refusal refusal_of(ContentError error) {
  switch (error) {
    case ContentError::kTooLarge:
      return {413, "the content is larger than this server takes"};
    case ContentError::kMalformed:
      return {400, "the content is not well formed"};
    case ContentError::kTimeout:
      return {408, "the content did not come in time"};
    case ContentError::kOverloaded:
      return {503, "the server holds as much content as it may; come again"};
    case ContentError::kClosed:
      break;
  }
  return {400, "the content did not come to its end"};
}

Response to_response(const Refusal& refusal, std::string_view request_id) {
  Response response = problem(refusal.status, refusal.detail, request_id);
  if (refusal.status == 503 || refusal.status == 429) response.add_lines("Retry-After: 1\r\n");
  return response;
}

}  // namespace hermes::http
