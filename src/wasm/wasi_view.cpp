#include "wasm/wasi_view.hpp"

#include "wasm/error.hpp"

#include <string>
#include <utility>

namespace hermes::wasm {

Result<WasiView> WasiView::create() {
  hn_wasi* native = nullptr;
  if (Result<void> made = check(hn_wasi_new(&native)); !made) {
    return std::unexpected(std::move(made).error());
  }
  return WasiView(native);
}

Result<void> WasiView::add_argument(std::string_view value) {
  return check(hn_wasi_add_argument(native_.get(), to_native(value)));
}

Result<void> WasiView::add_environment(std::string_view name, std::string_view value) {
  return check(hn_wasi_add_environment(native_.get(), to_native(name), to_native(value)));
}

Result<void> WasiView::add_directory(const std::filesystem::path& host, std::string_view guest,
                                     DirectoryAccess access) {
  return check(hn_wasi_add_directory(native_.get(), to_native(host.native()), to_native(guest),
                                     access == DirectoryAccess::kReadWrite));
}

}  // namespace hermes::wasm
