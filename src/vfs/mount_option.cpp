#include "vfs/mount_option.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace hermes::vfs {

Result<MountOption> parse_mount_option(std::string_view text) {
  const auto refuse = [&](std::string_view what) {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "\"{}\": {}; write HOST::GUEST, for example ./data::/data, or ./data::/data:ro for "
            "reading only",
            printable(text), what));
  };
  const std::size_t separator = text.find("::");
  if (separator == std::string_view::npos) {
    return refuse("there is no \"::\" between the two directories");
  }
  const std::string_view host = text.substr(0, separator);
  std::string_view guest = text.substr(separator + 2);
  if (host.empty()) return refuse("the directory of this machine is missing");
  MountOption option;
  const std::size_t colon = guest.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view access = guest.substr(colon + 1);
    if (access == "ro") {
      option.access = Access::kReadOnly;
    } else if (access != "rw") {
      return refuse(fmt::format("after the last colon stands \"{}\", only ro and rw are known",
                                printable(access)));
    }
    guest = guest.substr(0, colon);
  }
  if (guest.empty()) return refuse("the name inside of the application is missing");
  option.host_directory = host;
  option.guest_path = guest;
  if (auto checked = check_guest_path(option.guest_path); !checked) {
    return std::unexpected(checked.error());
  }
  return option;
}

}  // namespace hermes::vfs
