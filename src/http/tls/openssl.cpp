#include "http/tls/openssl.hpp"

#include <openssl/err.h>

namespace hermes::http {

std::string_view take_openssl_reason() {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "unknown" : reason;
}

}  // namespace hermes::http
