#include "cli/inspect.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace hermes::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

engine::Inspection example() {
  using wasm::ComponentItem;
  engine::Inspection inspection;
  inspection.file = "guest.wasm";
  inspection.bytes = 2048;
  inspection.events = {
      {"init", "hermes:init/event", true, {}},
      {"on-cron", "hermes:cron/event", false, "hermes:cron/event.on-cron has the type func()"},
      {"test", "hermes:integration-test/event", false, {}}};
  engine::InspectedImport cron;
  cron.item = {"hermes:cron/api",
               ComponentItem::Kind::kInstance,
               "",
               {{"add", "func() -> bool"}, {"rm", "func()"}},
               {},
               {}};
  engine::InspectedImport unknown = cron;
  unknown.item.name = "hermes:kv-store/api";
  unknown.provision = engine::Provision::kMissing;
  unknown.missing = {"add", "rm"};
  engine::InspectedImport partly = cron;
  partly.item.name = "wasi:io/x@0.2.9";
  partly.provision = engine::Provision::kMissing;
  partly.missing = {"rm"};
  partly.provided_version = "0.2.3";
  inspection.imports = {cron, unknown, partly};
  inspection.exports = {{"hermes:init/event",
                         ComponentItem::Kind::kInstance,
                         "",
                         {{"init", "func() -> bool"}},
                         {},
                         {}}};
  inspection.advice = {"Do this."};
  return inspection;
}

class InspectTest : public testing::Test {
 protected:
  std::ostringstream out_;
  std::ostringstream err_;
  Console plain_{out_, err_, false, false};
  Console colour_{out_, err_, true, true};
};

TEST_F(InspectTest, TextShowsEventsImportsExportsAndWhatToDo) {
  const std::string text = to_text(example(), plain_);
  EXPECT_THAT(text, HasSubstr("guest.wasm: component, 2 KiB"));
  EXPECT_THAT(text, HasSubstr("  init     handled     hermes:init/event\n"));
  EXPECT_THAT(text, HasSubstr("  on-cron  WRONG TYPE  hermes:cron/event\n"));
  EXPECT_THAT(text, HasSubstr("  test     -           hermes:integration-test/event\n"));
  EXPECT_THAT(text, HasSubstr("  hermes:cron/api      provided  add, rm\n"));
  EXPECT_THAT(text, HasSubstr("  hermes:kv-store/api  MISSING   add, rm\n"));
  EXPECT_THAT(text, HasSubstr("  wasi:io/x@0.2.9      provided  add, rm\n"
                              "                       MISSING   rm (there is version 0.2.3)\n"));
  EXPECT_THAT(text, HasSubstr("What to do\n  Do this.\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST_F(InspectTest, TextIsTheSameInColour) {
  std::string text = to_text(example(), colour_);
  EXPECT_THAT(text, HasSubstr("\x1b["));
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b')) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  EXPECT_EQ(text, to_text(example(), plain_));
}

TEST_F(InspectTest, WithoutAdviceItSaysHowToRunIt) {
  engine::Inspection inspection = example();
  inspection.advice.clear();
  EXPECT_THAT(to_text(inspection, plain_), HasSubstr("hermes playground guest.wasm"));
}

TEST_F(InspectTest, JsonHasEverything) {
  const auto report = boost::json::parse(to_json(example())).as_object();
  EXPECT_EQ(report.at("file").as_string(), "guest.wasm");
  EXPECT_EQ(report.at("bytes").to_number<int>(), 2048);
  EXPECT_FALSE(report.at("runnable").as_bool());
  EXPECT_TRUE(report.at("events").at(0).at("handled").as_bool());
  EXPECT_THAT(report.at("events").at(1).at("problem").as_string().c_str(), HasSubstr("func()"));
  EXPECT_TRUE(report.at("imports").at(0).at("provided").as_bool());
  EXPECT_FALSE(report.at("imports").at(1).at("provided").as_bool());
  EXPECT_EQ(report.at("imports").at(1).at("missing").as_array().size(), 2);
  EXPECT_EQ(report.at("imports").at(2).at("provided_version").as_string(), "0.2.3");
  EXPECT_EQ(report.at("exports").at(0).at("functions").at(0).at("signature").as_string(),
            "func() -> bool");
  EXPECT_EQ(report.at("sha256").as_string().size(), 64);
}

}  // namespace
}  // namespace hermes::cli
