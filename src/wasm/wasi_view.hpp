// What WASI shows to the guests of one application.
#pragma once

#include "base/result.hpp"
#include "hermes_native/wasm.h"

#include <filesystem>
#include <memory>
#include <string_view>

namespace hermes::wasm {

class HttpSender;
struct HttpSenderBounds;

/// Whether guests may change files below a directory.
enum class DirectoryAccess { kReadOnly, kReadWrite };

/// Arguments, environment and directories. Prepared once per application, then shared by its calls,
/// on any thread; must outlive them.
class WasiView {
 public:
  [[nodiscard]] static Result<WasiView> create();

  [[nodiscard]] Result<void> add_argument(std::string_view value);
  [[nodiscard]] Result<void> add_environment(std::string_view name, std::string_view value);
  /// Opens `host` now, and shows it to guests as `guest`.
  [[nodiscard]] Result<void> add_directory(const std::filesystem::path& host,
                                           std::string_view guest, DirectoryAccess access);

  /// Lets guests send HTTP requests, which are refused otherwise. Before the first call; `sender`
  /// outlives all calls.
  [[nodiscard]] Result<void> set_http_sender(HttpSender& sender, const HttpSenderBounds& bounds);

  /// Borrowed.
  [[nodiscard]] const hn_wasi* native() const noexcept { return native_.get(); }

 private:
  struct Deleter {
    void operator()(hn_wasi* wasi) const noexcept { hn_wasi_delete(wasi); }
  };
  explicit WasiView(hn_wasi* native) : native_(native) {}
  std::unique_ptr<hn_wasi, Deleter> native_;
};

}  // namespace hermes::wasm
