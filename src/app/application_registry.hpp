// All applications of an engine.
#pragma once

#include "app/application.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::app {

/// Finds applications by name. Any thread. Does not start or stop them.
class ApplicationRegistry {
 public:
  explicit ApplicationRegistry(std::size_t max_applications = kDefaultMaxApplications)
      : max_applications_(max_applications) {}

  static constexpr std::size_t kDefaultMaxApplications = 10'000;

  /// Refused when the name is taken, and when there are as many as there may be.
  Result<void> add(std::shared_ptr<Application> application);
  /// Forgets an application. Returns whether it was there.
  bool remove(const Application& application);
  /// nullptr when there is none of that name.
  [[nodiscard]] std::shared_ptr<Application> find(std::string_view name) const;
  /// By name.
  [[nodiscard]] std::vector<std::shared_ptr<Application>> all() const;

 private:
  std::size_t max_applications_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Application>, std::less<>> applications_;
};

}  // namespace hermes::app
