#include "app/module_id.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace hermes::app {
namespace {

wasm::Digest digest(std::string_view text) { return wasm::sha256(std::as_bytes(std::span(text))); }

TEST(ModuleId, IsTheSameForTheSameApplicationAndComponentAlways) {
  // A value that was written down: ids must not change between versions of the engine.
  const ModuleId id = ModuleId::of("app", digest("component"));
  EXPECT_EQ(id, ModuleId::of("app", digest("component")));
  EXPECT_EQ(id.short_text(), "70a1047145d204b4");
  EXPECT_EQ(id.text().substr(0, 16), id.short_text());
  EXPECT_EQ(id.text().size(), 64);
}

TEST(ModuleId, DiffersByApplicationAndByComponent) {
  const ModuleId id = ModuleId::of("app", digest("component"));
  EXPECT_NE(id, ModuleId::of("app2", digest("component")));
  EXPECT_NE(id, ModuleId::of("app", digest("component2")));
}

}  // namespace
}  // namespace hermes::app
