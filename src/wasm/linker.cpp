#include "wasm/linker.hpp"

#include "wasm/engine.hpp"
#include "wasm/error.hpp"

#include <boost/json.hpp>

#include <string>
#include <utility>

namespace hermes::wasm {
namespace {

namespace json = boost::json;

hn_error* drop_resource(void* /*env*/, void* context, std::uint32_t representation) noexcept {
  if (static_cast<CallContext*>(context)->resources().drop(representation)) {
    return nullptr;
  }
  return hn_error_new(HN_ERROR_INTERNAL,
                      to_native("the guest dropped a resource that its call does not have"));
}

std::vector<std::string> read_names(const json::value& item, const char* key) {
  std::vector<std::string> names;
  for (const json::value& name : item.at(key).as_array()) {
    names.emplace_back(std::string_view(name.as_string()));
  }
  return names;
}

}  // namespace

std::string to_string(const std::vector<MissingImport>& missing) {
  std::string text;
  for (const MissingImport& import : missing) {
    if (!text.empty()) {
      text += '\n';
    }
    text += import.interface_name;
    if (import.provided_version.has_value()) {
      text += " (provided: " + *import.provided_version + ")";
    }
    const char* separator = ": ";
    for (const std::vector<std::string>* names : {&import.functions, &import.resources}) {
      for (const std::string& name : *names) {
        text += separator;
        text += name;
        separator = ", ";
      }
    }
  }
  return text;
}

Result<Linker> Linker::create(const Engine& engine) {
  hn_linker* native = nullptr;
  if (Result<void> made = check(hn_linker_new(engine.native(), &native)); !made) {
    return std::unexpected(std::move(made).error());
  }
  return Linker(native, 1);
}

Result<void> Linker::add_wasi() { return check(hn_linker_add_wasi(native_.get())); }

Linker Linker::clone() const { return Linker(hn_linker_clone(native_.get()), next_resource_type_); }

Result<std::vector<MissingImport>> Linker::missing_imports(const Component& component) const {
  hn_buffer* buffer = nullptr;
  if (Result<void> listed =
          check(hn_linker_missing_imports(native_.get(), component.native(), &buffer));
      !listed) {
    return std::unexpected(std::move(listed).error());
  }
  const NativeBuffer owned(buffer);
  boost::system::error_code parse_error;
  const json::value list = json::parse(json::string_view(to_view(owned)), parse_error);
  if (parse_error || !list.is_array()) {
    return fail(ErrorCode::kInternal, "the list of missing imports is not a JSON list");
  }
  // The native library made this text: another shape is a broken invariant, and aborts.
  std::vector<MissingImport> missing;
  for (const json::value& item : list.as_array()) {
    MissingImport import{.interface_name = std::string(item.at("interface").as_string()),
                         .functions = read_names(item, "functions"),
                         .resources = read_names(item, "resources"),
                         .provided_version = std::nullopt};
    if (import.interface_name.empty()) {
      // Of the world itself: each is an import of its own.
      for (std::vector<std::string>* names : {&import.functions, &import.resources}) {
        for (std::string& name : *names) {
          missing.emplace_back().interface_name = std::move(name);
        }
      }
      continue;
    }
    if (const json::value& version = item.at("provided_version"); version.is_string()) {
      import.provided_version = std::string(version.as_string());
    }
    missing.push_back(std::move(import));
  }
  return missing;
}

Result<void> Linker::trap_missing_imports(const Component& component) {
  return check(hn_linker_trap_missing_imports(native_.get(), component.native()));
}

InterfaceLinker::InterfaceLinker(Linker& linker, std::string_view interface_name)
    : linker_(linker),
      interface_name_(interface_name),
      result_(check(hn_linker_add_interface(linker.native(), to_native(interface_name)))) {}

InterfaceLinker& InterfaceLinker::add_resource(std::string_view name) {
  if (result_.has_value()) {
    result_ =
        check(hn_linker_add_resource(linker_.native(), to_native(interface_name_), to_native(name),
                                     linker_.next_resource_type_++, nullptr, &drop_resource));
  }
  return *this;
}

InterfaceLinker& InterfaceLinker::add_function(const hn_host_function& function) {
  if (result_.has_value()) {
    result_ = check(hn_linker_add_function(linker_.native(), &function));
  }
  return *this;
}

Result<void> InterfaceLinker::finish() { return std::move(result_); }

}  // namespace hermes::wasm
