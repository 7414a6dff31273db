// From the file of a component to one whose imports are resolved.
#pragma once

#include "base/result.hpp"
#include "setup.hpp"

#include <string>

namespace hermes::bench {

/// Milliseconds with an empty compile cache, and with one that has the component.
[[nodiscard]] Result<double> start_cold(const Setup& setup, const std::string& file);
[[nodiscard]] Result<double> start_cached(const Setup& setup, const std::string& file);

}  // namespace hermes::bench
