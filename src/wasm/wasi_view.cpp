#include "wasm/wasi_view.hpp"

#include "wasm/error.hpp"
#include "wasm/http_sender.hpp"

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

Result<void> WasiView::set_http_sender(HttpSender& sender, const HttpSenderBounds& bounds) {
  const hn_http_sender native{
      .data = &sender,
      .send =
          [](void* data, hn_http_outgoing* request) noexcept {
            static_cast<HttpSender*>(data)->send(OutgoingHttp(request));
          },
      .max_requests_per_call = bounds.requests_per_call,
      .answer_window_bytes = bounds.answer_window_bytes,
  };
  return check(hn_wasi_set_http_sender(native_.get(), &native));
}

}  // namespace hermes::wasm
