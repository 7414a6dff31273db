#include "wasm/engine_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hermes::wasm {
namespace {

using ::testing::HasSubstr;

TEST(EngineConfigTest, TextFormIsReadBack) {
  EngineConfig config = EngineConfig::defaults();
  EXPECT_TRUE(config.pooling);
  for (const bool pooling : {false, true}) {
    config.pooling = pooling;
    config.max_instances += 17;
    config.max_memory_bytes = std::size_t{1} << 32;
    const auto read = parse_engine_config(to_text(config));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, config);
  }
}

TEST(EngineConfigTest, EverySettingReachesTheNativeForm) {
  // Distinct values, so that no two settings can be mixed up.
  EngineConfig config;
  config.max_instances = 1;
  config.max_core_instances_per_component = 2;
  config.max_memories_per_component = 3;
  config.max_tables_per_component = 4;
  config.max_memory_bytes = 5;
  config.max_table_elements = 6;
  config.memory_keep_resident_bytes = 7;
  config.table_keep_resident_bytes = 8;
  config.max_wasm_stack_bytes = 9;
  config.fiber_stack_bytes = 10;
  const hn_engine_config native = config.to_native();
  EXPECT_FALSE(native.pooling);
  EXPECT_EQ(native.max_instances, 1U);
  EXPECT_EQ(native.max_core_instances_per_component, 2U);
  EXPECT_EQ(native.max_memories_per_component, 3U);
  EXPECT_EQ(native.max_tables_per_component, 4U);
  EXPECT_EQ(native.max_memory_bytes, 5U);
  EXPECT_EQ(native.max_table_elements, 6U);
  EXPECT_EQ(native.memory_keep_resident_bytes, 7U);
  EXPECT_EQ(native.table_keep_resident_bytes, 8U);
  EXPECT_EQ(native.max_wasm_stack_bytes, 9U);
  EXPECT_EQ(native.fiber_stack_bytes, 10U);
}

TEST(EngineConfigTest, RefusesWhatIsNotExactlyIt) {
  const std::string good = to_text(EngineConfig::defaults());
  const struct {
    std::string text;
    const char* message;
  } cases[] = {
      {"", "`pooling` is missing"},
      {good + ",more=1", "`more` is unknown"},
      {good + "," + good, "is there twice"},
      {good + ",x", "`x` is not of the form name=number"},
      {good + ",=1", "`=1` is not of the form"},
      {good + ",x=-1", "`x=-1` is not of the form"},
      {good + ",x=1e3", "is not of the form"},
      {"pooling=2" + good.substr(9), "`pooling` is 2, more than 1"},
      {good.substr(0, good.rfind('=')) + "=4294967296",
       "`blocking_threads` is 4294967296, more than 4294967295"},
  };
  for (const auto& test : cases) {
    const auto read = parse_engine_config(test.text);
    ASSERT_FALSE(read) << test.text;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(read.error().message, HasSubstr(test.message));
  }
}

}  // namespace
}  // namespace hermes::wasm
