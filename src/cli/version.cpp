#include "cli/version.hpp"

namespace hermes::cli {

std::string_view version() { return HERMES_VERSION; }

}  // namespace hermes::cli
