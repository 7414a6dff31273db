// HTTP requests to components that serve wasi:http, without sockets.
#pragma once

#include "setup.hpp"

#include <string>

namespace hermes::bench {

/// Nanoseconds of one exchange with the component in `file`: `GET /hello`, a fresh instance, its
/// whole answer taken.
[[nodiscard]] Result<double> http_exchange(const Setup& setup, const std::string& file);

}  // namespace hermes::bench
