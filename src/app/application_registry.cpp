#include "app/application_registry.hpp"

#include <fmt/format.h>

#include <utility>

namespace hermes::app {

Result<void> ApplicationRegistry::add(std::shared_ptr<Application> application) {
  const std::lock_guard lock(mutex_);
  if (applications_.contains(application->name())) {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("an application named {} is running already; give this one another name",
                    application->name()));
  }
  if (applications_.size() >= max_applications_) {
    return fail(ErrorCode::kLimit,
                fmt::format("cannot start application {}: the engine has {} already, which is its "
                            "bound",
                            application->name(), max_applications_));
  }
  std::string name = application->name();
  applications_.emplace(std::move(name), std::move(application));
  return {};
}

bool ApplicationRegistry::remove(const Application& application) {
  const std::lock_guard lock(mutex_);
  const auto found = applications_.find(application.name());
  if (found == applications_.end() || found->second.get() != &application) return false;
  applications_.erase(found);
  return true;
}

std::shared_ptr<Application> ApplicationRegistry::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = applications_.find(name);
  return found == applications_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Application>> ApplicationRegistry::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Application>> result;
  result.reserve(applications_.size());
  for (const auto& [name, application] : applications_) result.push_back(application);
  return result;
}

}  // namespace hermes::app
