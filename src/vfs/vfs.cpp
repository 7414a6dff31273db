#include "vfs/vfs.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace hermes::vfs {

namespace {

std::unexpected<Error> refuse_path(std::string_view path, std::string_view rule) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" cannot be the name of a directory inside of an application: {}",
                          printable(path), rule));
}

bool has_forbidden_character(std::string_view name) {
  return std::ranges::any_of(name, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '\\';
  });
}

}  // namespace

Result<void> check_guest_path(std::string_view path) {
  if (path.empty() || path.front() != '/') return refuse_path(path, "it must start with a slash");
  if (path.size() > kMaxGuestPathBytes) {
    return refuse_path(path, fmt::format("it may have {} bytes", kMaxGuestPathBytes));
  }
  if (!is_utf8(path)) return refuse_path(path, "it must be UTF-8");
  if (has_forbidden_character(path)) {
    return refuse_path(path, "control characters and backslashes are not allowed");
  }
  if (path == "/") return {};
  std::string_view rest = path.substr(1);
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (name.empty()) {
      return refuse_path(path, "names must not be empty: no double slash, none at the end");
    }
    if (name == "." || name == "..") return refuse_path(path, "\".\" and \"..\" are not allowed");
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Result<void> Vfs::mount(const std::filesystem::path& host_directory, std::string_view guest_path,
                        Access access) {
  if (auto checked = check_guest_path(guest_path); !checked) return checked;
  if (mounts_.size() >= kMaxMounts) {
    return fail(ErrorCode::kLimit,
                fmt::format("cannot mount {}: an application may have {} directories",
                            printable(guest_path), kMaxMounts));
  }
  if (std::ranges::find(mounts_, guest_path, &Mount::guest_path) != mounts_.end()) {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the application's directory {} is mounted twice; give each its own name",
                    printable(guest_path)));
  }
  std::error_code error;
  std::filesystem::path resolved = std::filesystem::canonical(host_directory, error);
  if (error) {
    return fail(ErrorCode::kNotFound,
                fmt::format("cannot mount {}: {}: {}", printable(guest_path),
                            printable(host_directory.string()), error.message()));
  }
  if (!std::filesystem::is_directory(resolved, error)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot mount {}: {} is not a directory", printable(guest_path),
                            printable(host_directory.string())));
  }
  mounts_.push_back({std::move(resolved), std::string(guest_path), access});
  return {};
}

}  // namespace hermes::vfs
