#include "http/client/client_failure.hpp"

#include <curl/curl.h>

namespace hermes::http {

std::string_view describe(ClientFailure failure) {
  switch (failure) {
    case ClientFailure::kNone:
      return "nothing failed";
    case ClientFailure::kName:
      return "the name of the host cannot be resolved";
    case ClientFailure::kNameTimeout:
      return "resolving the name of the host took too long";
    case ClientFailure::kAddressRefused:
      return "the host has no address that may be connected to";
    case ClientFailure::kUnreachable:
      return "the host cannot be reached";
    case ClientFailure::kConnectionRefused:
      return "the host refuses connections";
    case ClientFailure::kConnectionTimeout:
      return "connecting took too long";
    case ClientFailure::kConnectionLost:
      return "the connection was lost before the answer was complete";
    case ClientFailure::kFirstByteTimeout:
      return "no answer came in time";
    case ClientFailure::kBetweenBytesTimeout:
      return "nothing more of the answer came in time";
    case ClientFailure::kTotalTimeout:
      return "the answer took too long";
    case ClientFailure::kTlsProtocol:
      return "no TLS connection could be made";
    case ClientFailure::kTlsCertificate:
      return "the certificate of the host is not trusted";
    case ClientFailure::kProtocol:
      return "what the host sends is no HTTP";
    case ClientFailure::kHeadTooLarge:
      return "the fields of the answer are larger than they may be";
    case ClientFailure::kContentTooLarge:
      return "the answer is larger than it may be";
    case ClientFailure::kBodyTooLarge:
      return "the body of the request is larger than it may be";
    case ClientFailure::kBodyBroken:
      return "the body of the request was broken off";
    case ClientFailure::kTooMany:
      return "there are as many requests under way as there may be";
    case ClientFailure::kCancelled:
      return "the request was cancelled";
    case ClientFailure::kInternal:
      return "the request failed inside the engine";
  }
  return "unknown";
}

bool is_timeout(ClientFailure failure) {
  switch (failure) {
    case ClientFailure::kNameTimeout:
    case ClientFailure::kConnectionTimeout:
    case ClientFailure::kFirstByteTimeout:
    case ClientFailure::kBetweenBytesTimeout:
    case ClientFailure::kTotalTimeout:
      return true;
    default:
      return false;
  }
}

ClientFailure failure_of_curl(int code) {
  switch (code) {
    case CURLE_OK:
      return ClientFailure::kNone;
    case CURLE_COULDNT_RESOLVE_HOST:
      return ClientFailure::kName;
    case CURLE_COULDNT_CONNECT:
      return ClientFailure::kUnreachable;
    case CURLE_OPERATION_TIMEDOUT:
      return ClientFailure::kConnectionTimeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return ClientFailure::kTlsCertificate;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
      return ClientFailure::kTlsProtocol;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    // A connection that was kept has ended, and what was sent of the body cannot be sent again.
    case CURLE_SEND_FAIL_REWIND:
      return ClientFailure::kConnectionLost;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_BAD_CONTENT_ENCODING:
      return ClientFailure::kProtocol;
    default:
      return ClientFailure::kInternal;
  }
}

}  // namespace hermes::http
