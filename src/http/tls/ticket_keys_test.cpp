#include "http/tls/ticket_keys.hpp"

#include <gtest/gtest.h>

namespace hermes::http {
namespace {

TEST(TicketKeys, ComeAndGo) {
  ManualClock clock;
  TicketKeys keys(clock);
  const TicketKeys::Key first = keys.current();
  EXPECT_EQ(keys.current().name, first.name);
  EXPECT_FALSE(keys.find(first.name)->outdated);
  clock.advance(TicketKeys::kRotation - Duration{1});
  EXPECT_EQ(keys.current().name, first.name);

  clock.advance(Duration{1});
  const TicketKeys::Key second = keys.current();
  EXPECT_NE(second.name, first.name);
  EXPECT_NE(second.cipher, first.cipher);
  EXPECT_NE(second.mac, first.mac);
  const auto found = keys.find(first.name);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->outdated);
  EXPECT_EQ(found->key.cipher, first.cipher);
  EXPECT_EQ(found->key.mac, first.mac);

  clock.advance(TicketKeys::kRotation);
  EXPECT_FALSE(keys.find(first.name)) << "what it has protected cannot be read any more";
  EXPECT_TRUE(keys.find(second.name)->outdated);
}

TEST(TicketKeys, AreForgottenWhenNobodyWasThereForLong) {
  ManualClock clock;
  TicketKeys keys(clock);
  const TicketKeys::Key first = keys.current();
  clock.advance(2 * TicketKeys::kRotation);
  EXPECT_FALSE(keys.find(first.name));
}

}  // namespace
}  // namespace hermes::http
