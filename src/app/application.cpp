#include "app/application.hpp"

#include "app/limit_options.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hermes::app {

namespace {

constexpr std::size_t kMaxNameBytes = 63;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

}  // namespace

Result<void> check_application_name(std::string_view name) {
  if (!name.empty() && name.size() <= kMaxNameBytes &&
      std::ranges::all_of(name, is_name_character) && name.front() != '-' && name.back() != '-') {
    return {};
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" cannot be the name of an application: it may have 1 to {} of the "
                          "characters a-z, 0-9 "
                          "and -, and no - at either end; \"{}\" would do",
                          printable(name.substr(0, 2 * kMaxNameBytes)), kMaxNameBytes,
                          application_name_from(name)));
}

std::string application_name_from(std::string_view text) {
  std::string name;
  for (const char c : text) {
    if (name.size() == kMaxNameBytes) break;
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (is_name_character(lower) && lower != '-') {
      name += lower;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "app" : name;
}

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::kLoading:
      return "loading";
    case Phase::kInitialising:
      return "initialising";
    case Phase::kReady:
      return "ready";
    case Phase::kDraining:
      return "draining";
    case Phase::kStopped:
      return "stopped";
  }
  return "unknown";
}

Result<std::unique_ptr<Application>> Application::create(std::string name, vfs::Vfs vfs,
                                                         const ApplicationBounds& bounds,
                                                         EngineControl control) {
  if (auto checked = check_application_name(name); !checked) {
    return std::unexpected(checked.error());
  }
  if (auto checked = check_limits(bounds); !checked) {
    return std::unexpected(std::move(checked).error().with_context("application " + name));
  }
  auto wasi = wasm::WasiView::create();
  if (!wasi) return std::unexpected(std::move(wasi).error());
  // Programs expect a name of their own as the first argument.
  if (auto added = wasi->add_argument(name); !added) return std::unexpected(added.error());
  for (const vfs::Mount& mount : vfs.mounts()) {
    const auto access = mount.access == vfs::Access::kWritable ? wasm::DirectoryAccess::kReadWrite
                                                               : wasm::DirectoryAccess::kReadOnly;
    if (auto added = wasi->add_directory(mount.host_directory, mount.guest_path, access); !added) {
      return std::unexpected(
          std::move(added).error().with_context("cannot mount " + mount.guest_path));
    }
  }
  return std::unique_ptr<Application>(
      new Application(std::move(name), std::move(vfs), bounds, control, std::move(*wasi)));
}

Application::Application(std::string name, vfs::Vfs vfs, const ApplicationBounds& bounds,
                         EngineControl control, wasm::WasiView wasi)
    : name_(std::move(name)),
      vfs_(std::move(vfs)),
      bounds_(bounds),
      control_(control),
      wasi_(std::move(wasi)) {}

Result<void> Application::add_module(std::shared_ptr<const LinkedComponent> component,
                                     RuntimeContextPool& contexts, event::GuestCallPool& calls) {
  if (modules_.size() >= kMaxModules) {
    return fail(ErrorCode::kLimit,
                fmt::format("application {} has {} modules, which is as many as it may have", name_,
                            kMaxModules));
  }
  const ModuleId id = ModuleId::of(name_, component->digest);
  for (const auto& module : modules_) {
    if (module->id() == id) {
      return fail(
          ErrorCode::kInvalidArgument,
          fmt::format("component {} is in application {} already, as module {}: they are the same "
                      "bytes. Every "
                      "module is called for every event it handles, so one of them is enough",
                      printable(component->name), name_, module->name()));
    }
  }
  // Different components whose files are called the same get a number.
  const auto taken = [&](std::string_view wanted) {
    return std::ranges::any_of(modules_,
                               [&](const auto& module) { return module->name() == wanted; });
  };
  std::string name = printable(component->name);
  for (int number = 2; taken(name); ++number) {
    name = fmt::format("{}-{}", printable(component->name), number);
  }
  modules_.push_back(std::make_unique<Module>(*this, modules_.size(), std::move(name),
                                              std::move(component), bounds_.call, &wasi_, contexts,
                                              calls));
  return {};
}

LogScope Application::log_scope() const {
  LogScope scope;
  scope.application = name_;
  return scope;
}

void Application::join(event::EventQueue& queue, std::size_t event_kinds) {
  handlers_.assign(event_kinds, {});
  for (std::size_t kind = 0; kind < event_kinds; ++kind) {
    for (const auto& module : modules_) {
      if (module->handles(event::EventKind(static_cast<event::EventKind::rep>(kind)))) {
        handlers_[kind].push_back(module.get());
      }
    }
  }
  event_counters_ = std::make_unique<EventCounters>(
      modules_.size(), event_kinds, [this](std::size_t module, event::EventKind kind) {
        return modules_[module]->handles(kind);
      });
  queue_ = queue.add_application(*this, bounds_.queue);
}

std::span<event::Handler* const> Application::handlers(event::EventKind kind) const {
  if (kind.value() >= handlers_.size()) return {};
  return handlers_[kind.value()];
}

}  // namespace hermes::app
