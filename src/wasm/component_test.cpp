#include "wasm/component.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hermes::wasm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ComponentTypeTest, ReadsEveryKindOfItem) {
  const auto type = parse_component_type(R"({
    "imports": [
      {"name": "hermes:x/api@1.0.0", "kind": "instance",
       "functions": [{"name": "[method]block.size", "signature": "func(borrow<hermes:x/api.block>) -> u32"}],
       "types": ["t", "u"], "resources": ["block"]},
      {"name": "f", "kind": "function", "signature": "func(string) -> bool"}
    ],
    "exports": [
      {"name": "a", "kind": "type"}, {"name": "b", "kind": "resource"}, {"name": "c", "kind": "module"},
      {"name": "d", "kind": "component"}, {"name": "e", "kind": "value"}, {"name": "g", "kind": "core-function"}
    ]})");
  ASSERT_TRUE(type) << type.error().message;
  using Kind = ComponentItem::Kind;
  const ComponentItem interface{
      .name = "hermes:x/api@1.0.0",
      .kind = Kind::kInstance,
      .signature = "",
      .functions = {{"[method]block.size", "func(borrow<hermes:x/api.block>) -> u32"}},
      .types = {"t", "u"},
      .resources = {"block"}};
  const ComponentItem function{.name = "f",
                               .kind = Kind::kFunction,
                               .signature = "func(string) -> bool",
                               .functions = {},
                               .types = {},
                               .resources = {}};
  EXPECT_THAT(type->imports, ElementsAre(interface, function));
  std::vector<Kind> kinds;
  for (const ComponentItem& item : type->exports) kinds.push_back(item.kind);
  EXPECT_THAT(kinds, ElementsAre(Kind::kType, Kind::kResource, Kind::kModule, Kind::kComponent,
                                 Kind::kValue, Kind::kCoreFunction));
}

TEST(ComponentTypeTest, RefusesWhatIsNotAsDocumented) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"", "not JSON"},
      {"[]", "not an object"},
      {"{}", "the list imports is missing"},
      {R"({"imports":[],"exports":{}})", "the list exports is missing"},
      {R"({"imports":[1],"exports":[]})", "imports holds something that is not an object"},
      {R"({"imports":[{"kind":"type"}],"exports":[]})", "the string name is missing"},
      {R"({"imports":[{"name":"a","kind":"thing"}],"exports":[]})", "`thing` is not a kind"},
      {R"({"imports":[{"name":"a","kind":"function"}],"exports":[]})",
       "the string signature is missing"},
      {R"({"imports":[{"name":"a","kind":"instance"}],"exports":[]})",
       "the list functions is missing"},
      {R"({"imports":[{"name":"a","kind":"instance","functions":[0],"types":[],"resources":[]}],"exports":[]})",
       "a function is not an object"},
      {R"({"imports":[{"name":"a","kind":"instance","functions":[],"types":[1],"resources":[]}],"exports":[]})",
       "types holds something that is not a string"},
  };
  for (const auto& test : cases) {
    const auto type = parse_component_type(test.text);
    ASSERT_FALSE(type) << test.text;
    EXPECT_THAT(type.error().message, HasSubstr(test.message)) << test.text;
  }
}

}  // namespace
}  // namespace hermes::wasm
