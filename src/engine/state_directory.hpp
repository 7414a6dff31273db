// The directory in which an engine keeps what has to survive a restart.
//
//   DIR/engine.lock                  held by the engine that uses DIR, with its process id
//   DIR/applications/NAME/           what belongs to one application: files of the extensions
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::engine {

/// The state directory of a running engine: nobody else can use it meanwhile.
class StateDirectory {
 public:
  /// Makes the directory when there is none, for this user alone. Refused when another engine uses
  /// it. The error names the directory and the way out.
  static Result<std::unique_ptr<StateDirectory>> open(const std::filesystem::path& path);
  ~StateDirectory();
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;

  /// The directory of an application, which is made when there is none. `name` is a valid one
  /// (app::check_application_name), so it is a file name as it is.
  [[nodiscard]] Result<std::filesystem::path> application(std::string_view name) const;

 private:
  StateDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;
};

/// An application that something was kept of.
struct StoredApplication {
  std::string name;
  std::filesystem::path directory;
};

/// The applications in a state directory, by name; `only` restricts it to one, which must be there.
/// Changes nothing, also while an engine uses it.
Result<std::vector<StoredApplication>> stored_applications(
    const std::filesystem::path& path, const std::optional<std::string>& only = std::nullopt);

/// Whether an engine uses the directory at the moment.
[[nodiscard]] bool is_in_use(const std::filesystem::path& path);

}  // namespace hermes::engine
