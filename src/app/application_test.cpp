#include "app/application.hpp"

#include "app/application_registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <memory>
#include <string>

namespace hermes::app {
namespace {

using testing::HasSubstr;

std::shared_ptr<Application> make(std::string name) {
  auto application = Application::create(std::move(name), {}, {}, EngineControl::kDenied);
  EXPECT_TRUE(application) << application.error().message;
  return std::move(*application);
}

TEST(ApplicationName, TakesWhatCanBeTheLabelOfAHostName) {
  for (const std::string& name : {std::string("a"), std::string("app"), std::string("my-app-2"),
                                  std::string("0"), std::string(63, 'x')}) {
    EXPECT_TRUE(check_application_name(name)) << name;
  }
}

TEST(ApplicationName, RefusesEverythingElseAndProposesOne) {
  for (const std::string& name :
       {std::string(""), std::string("-a"), std::string("a-"), std::string("A"), std::string("a.b"),
        std::string("a b"), std::string("ä"), std::string(64, 'x'), std::string("a\0", 2),
        std::string("\x1b[0m")}) {
    const auto checked = check_application_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(checked.error().message.find('\x1b'), std::string::npos);
  }
  EXPECT_THAT(check_application_name("My App").error().message, HasSubstr("\"my-app\" would do"));
}

TEST(ApplicationName, WhatIsMadeFromAnyTextIsValid) {
  EXPECT_EQ(application_name_from("My App.wasm"), "my-app-wasm");
  EXPECT_EQ(application_name_from("heartbeat"), "heartbeat");
  EXPECT_EQ(application_name_from("--"), "app");
  EXPECT_EQ(application_name_from(""), "app");
  EXPECT_TRUE(rc::check([] {
    const std::string name = application_name_from(*rc::gen::arbitrary<std::string>());
    RC_ASSERT(check_application_name(name).has_value());
    RC_ASSERT(application_name_from(name) == name);
  }));
}

TEST(Application, IsNotMadeWithANameThatBreaksTheRule) {
  const auto application = Application::create("Not Valid", {}, {}, EngineControl::kDenied);
  ASSERT_FALSE(application);
  EXPECT_EQ(application.error().code, ErrorCode::kInvalidArgument);
}

TEST(Application, WithoutModulesHandlesNothing) {
  const auto application = make("app");
  EXPECT_TRUE(application->handlers(event::EventKind(0)).empty());
  EXPECT_TRUE(application->handlers(event::EventKind(999)).empty());
  EXPECT_EQ(application->phase(), Phase::kLoading);
  EXPECT_EQ(application->log_scope().application, "app");
}

TEST(ApplicationRegistry, FindsByNameAndRefusesATakenOne) {
  ApplicationRegistry registry;
  const auto first = make("first");
  ASSERT_TRUE(registry.add(first));
  ASSERT_TRUE(registry.add(make("second")));
  EXPECT_EQ(registry.find("first"), first);
  EXPECT_EQ(registry.find("third"), nullptr);
  EXPECT_EQ(registry.all().size(), 2);

  const auto other = make("first");
  const auto again = registry.add(other);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("first is running already"));
  // Another application of the same name is not the one that is there.
  EXPECT_FALSE(registry.remove(*other));
  EXPECT_TRUE(registry.remove(*first));
  EXPECT_FALSE(registry.remove(*first));
  EXPECT_TRUE(registry.add(other));
}

TEST(ApplicationRegistry, IsBounded) {
  ApplicationRegistry registry(1);
  ASSERT_TRUE(registry.add(make("a")));
  EXPECT_EQ(registry.add(make("b")).error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace hermes::app
