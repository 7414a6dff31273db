#include "wasm/component.hpp"

#include "wasm/engine.hpp"
#include "wasm/error.hpp"

#include <boost/json.hpp>

#include <array>
#include <utility>

namespace hermes::wasm {
namespace {

namespace json = boost::json;

/// Walks the JSON of a component's type. The first thing that is not as documented ends it.
class TypeReader {
 public:
  Result<ComponentType> read(const json::value& root) {
    ComponentType type;
    if (const json::object* object = root.if_object(); object != nullptr) {
      type.imports = items(*object, "imports");
      type.exports = items(*object, "exports");
    } else {
      problem("it is not an object");
    }
    if (!problem_.empty()) {
      return fail(ErrorCode::kInternal, "the description of a component is malformed: " + problem_);
    }
    return type;
  }

 private:
  std::vector<ComponentItem> items(const json::object& parent, const char* name) {
    std::vector<ComponentItem> result;
    for (const json::value& value : array(parent, name)) {
      const json::object* object = value.if_object();
      if (object == nullptr) {
        problem(std::string(name) + " holds something that is not an object");
        break;
      }
      result.push_back(item(*object));
    }
    return result;
  }

  ComponentItem item(const json::object& object) {
    ComponentItem item;
    item.name = text(object, "name");
    item.kind = kind(text(object, "kind"));
    if (item.kind == ComponentItem::Kind::kFunction) item.signature = text(object, "signature");
    if (item.kind != ComponentItem::Kind::kInstance) return item;
    for (const json::value& value : array(object, "functions")) {
      const json::object* function = value.if_object();
      if (function == nullptr) {
        problem("a function is not an object");
        break;
      }
      item.functions.push_back({text(*function, "name"), text(*function, "signature")});
    }
    item.types = texts(object, "types");
    item.resources = texts(object, "resources");
    return item;
  }

  ComponentItem::Kind kind(const std::string& name) {
    using Kind = ComponentItem::Kind;
    constexpr std::array<std::pair<std::string_view, Kind>, 8> kNames{{
        {"instance", Kind::kInstance},
        {"function", Kind::kFunction},
        {"type", Kind::kType},
        {"resource", Kind::kResource},
        {"module", Kind::kModule},
        {"component", Kind::kComponent},
        {"value", Kind::kValue},
        {"core-function", Kind::kCoreFunction},
    }};
    for (const auto& [text, value] : kNames) {
      if (text == name) return value;
    }
    problem("`" + name + "` is not a kind");
    return Kind::kValue;
  }

  std::vector<std::string> texts(const json::object& parent, const char* name) {
    std::vector<std::string> result;
    for (const json::value& value : array(parent, name)) {
      if (const json::string* string = value.if_string(); string != nullptr) {
        result.emplace_back(string->data(), string->size());
      } else {
        problem(std::string(name) + " holds something that is not a string");
      }
    }
    return result;
  }

  std::string text(const json::object& parent, const char* name) {
    const json::value* value = parent.if_contains(name);
    const json::string* string = value != nullptr ? value->if_string() : nullptr;
    if (string == nullptr) {
      problem(std::string("the string ") + name + " is missing");
      return {};
    }
    return {string->data(), string->size()};
  }

  const json::array& array(const json::object& parent, const char* name) {
    static const json::array kEmpty;
    const json::value* value = parent.if_contains(name);
    const json::array* found = value != nullptr ? value->if_array() : nullptr;
    if (found == nullptr) {
      problem(std::string("the list ") + name + " is missing");
      return kEmpty;
    }
    return *found;
  }

  /// Keeps the first problem.
  void problem(std::string text) {
    if (problem_.empty()) problem_ = std::move(text);
  }

  std::string problem_;
};

}  // namespace

Result<ComponentType> parse_component_type(std::string_view text) {
  boost::system::error_code error;
  const json::value root = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) {
    return fail(ErrorCode::kInternal,
                "the description of a component is not JSON: " + error.message());
  }
  return TypeReader().read(root);
}

Result<Component> Component::load_trusted(const Engine& engine, const FileDescriptor& file) {
  hn_component* component = nullptr;
  if (auto loaded = check(hn_component_load(engine.native(), file.get(), &component)); !loaded) {
    return std::unexpected(std::move(loaded.error()));
  }
  return Component(component);
}

Result<ComponentType> Component::describe() const {
  hn_buffer* json = nullptr;
  if (auto described = check(hn_component_describe(component_.get(), &json)); !described) {
    return std::unexpected(std::move(described.error()));
  }
  const NativeBuffer owned(json);
  return parse_component_type(to_view(owned));
}

}  // namespace hermes::wasm
