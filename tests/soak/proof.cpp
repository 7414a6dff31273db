#include "proof.hpp"

#include <boost/json.hpp>

namespace hermes::soak {

std::string Report::to_json(std::string_view name, const Options& options, double seconds) const {
  boost::json::array seen;
  for (const auto& [what, value] : seen_) {
    seen.push_back(boost::json::object{{"what", what}, {"value", value}});
  }
  boost::json::array failures;
  for (const std::string& failure : failures_) failures.push_back(boost::json::string(failure));
  return boost::json::serialize(boost::json::object{{"name", name},
                                                    {"size", size_},
                                                    {"seed", std::to_string(options.seed)},
                                                    {"seconds", seconds},
                                                    {"seen", std::move(seen)},
                                                    {"failures", std::move(failures)},
                                                    {"passed", failures_.empty()}});
}

}  // namespace hermes::soak
