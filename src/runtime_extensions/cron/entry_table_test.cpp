// What finds entries, against the containers of the standard library.
#include "runtime_extensions/cron/entry_table.hpp"

#include "base/random.hpp"
#include "runtime_extensions/cron/due_heap.hpp"
#include "runtime_extensions/cron/hash_index.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hermes::ext::cron {
namespace {

struct Thing {
  std::uint32_t hash = 0;
  std::uint32_t place = kNotInHeap;
  std::uint64_t number = 0;
  DueKey key{};
};
struct ThingPlace {
  std::uint32_t& operator()(Thing& thing) const { return thing.place; }
};

TEST(HashIndex, AgreesWithAMapWhateverTheHashes) {
  // All different, a few, all the same, and at the end of the table.
  for (const std::uint32_t mask : {0xffff'ffffU, 0xc000'0001U, 0U, 0xffff'ff00U}) {
    SeededRandom random(mask + 1);
    HashIndex<Thing, &Thing::hash> index;
    std::map<std::uint64_t, std::unique_ptr<Thing>> model;
    for (int step = 0; step < 4000; ++step) {
      // Grows to begin with, and shrinks in the end.
      if (random.below(4000) > static_cast<std::uint64_t>(step)) {
        auto thing = std::make_unique<Thing>();
        thing->number = random.next();
        thing->hash = static_cast<std::uint32_t>(random.next()) & mask;
        if (mask == 0xffff'ff00U) thing->hash |= 0xffff'0000U;
        index.insert(*thing);
        model.emplace(thing->number, std::move(thing));
      } else if (!model.empty()) {
        const auto gone = random.chance(1, 2) ? model.begin() : std::prev(model.end());
        index.erase(*gone->second);
        const Thing& was = *gone->second;
        EXPECT_EQ(index.find(was.hash, [&](const Thing& each) { return &each == &was; }), nullptr);
        model.erase(gone);
      }
      ASSERT_EQ(index.size(), model.size());
      if (step % 100 != 0) continue;
      for (const auto& [_, thing] : model) {
        ASSERT_EQ(index.find(thing->hash, [&](const Thing& each) { return &each == thing.get(); }),
                  thing.get());
      }
      std::set<std::uint64_t> visited;
      index.for_each([&](const Thing& each) { visited.insert(each.number); });
      ASSERT_EQ(visited.size(), model.size());
    }
  }
}

TEST(DueHeap, AgreesWithASet) {
  SeededRandom random(7);
  std::vector<std::unique_ptr<Thing>> things;
  DueHeap<Thing, ThingPlace> heap;
  std::set<std::pair<DueKey, Thing*>> model;
  for (std::uint64_t i = 0; i < 300; ++i) {
    things.push_back(std::make_unique<Thing>());
    things.back()->number = i;
  }
  for (int step = 0; step < 30'000; ++step) {
    Thing& thing = *things[random.below(things.size())];
    model.erase({thing.key, &thing});
    if (random.chance(2, 3)) {
      // Many at the same time.
      thing.key = {random.between(-20, 20), thing.number};
      heap.put(thing, thing.key);
      model.emplace(thing.key, &thing);
    } else {
      heap.erase(thing);
      ASSERT_EQ(thing.place, kNotInHeap);
    }
    ASSERT_EQ(heap.empty(), model.empty());
    ASSERT_EQ(heap.items().size(), model.size());
    if (model.empty()) continue;
    ASSERT_EQ(heap.top().element, model.begin()->second);
  }
}

class EntryTableTest : public testing::Test {
 protected:
  Entry& insert(const char* when, const char* tag, bool repeated, std::int64_t due) {
    auto entry = std::make_unique<Entry>();
    entry->id = EntryId{++last_};
    entry->name = std::make_shared<EntryName>(when, tag);
    if (repeated) entry->repetition = std::make_unique<Repetition>();
    entry->due = due;
    return table_.insert(std::move(entry));
  }

  EntryTable table_{SipKey{1, 2}};
  std::uint64_t last_ = 0;
};

TEST_F(EntryTableTest, NamesakesAreARingWithExpressionsFirst) {
  Entry& delay = insert("0 0 1 1 *", "a", false, 5);
  Entry& later = insert("0 0 1 1 *", "a", false, 6);
  insert("0 0 1 1 *", "b", false, 6);
  Entry& expression = insert("0 0 1 1 *", "a", true, 7);
  EXPECT_EQ(table_.find("0 0 1 1 *", "a"), &expression);
  EXPECT_EQ(expression.next_namesake, &delay);
  EXPECT_EQ(delay.next_namesake, &later);
  EXPECT_EQ(later.next_namesake, &expression);
  EXPECT_EQ(delay.name, expression.name);
  table_.erase(expression);
  EXPECT_EQ(table_.find("0 0 1 1 *", "a"), &delay);
  table_.erase(later);
  table_.erase(delay);
  EXPECT_EQ(table_.find("0 0 1 1 *", "a"), nullptr);
  EXPECT_EQ(table_.find_tag("a"), nullptr);
  EXPECT_EQ(table_.size(), 1);
}

TEST_F(EntryTableTest, ABlockedTagIsPassedOverAndIsKeptWhileAnOccurrenceIsOut) {
  Entry& first = insert("* * * * *", "a", true, 1);
  Entry& second = insert("* * * * *", "b", true, 2);
  Entry& steady = insert("0 0 1 1 *", "a", false, 1);
  Tag& tag = *first.tag;
  EXPECT_EQ(table_.first(TimeBase::kWall), &first);
  EXPECT_EQ(table_.first(TimeBase::kSteady), &steady);
  table_.block(tag);
  EXPECT_EQ(table_.first(TimeBase::kWall), &second);
  EXPECT_EQ(table_.first(TimeBase::kSteady), nullptr);
  table_.set_due(first, 0);
  EXPECT_EQ(table_.first(TimeBase::kWall), &second);
  table_.unblock(tag);
  EXPECT_EQ(table_.first(TimeBase::kWall), &first);
  table_.set_spent(first, 0);
  table_.set_spent(second, 2);
  EXPECT_EQ(table_.first(TimeBase::kWall), nullptr);
  tag.handed_out = 1;
  table_.erase(first);
  table_.erase(steady);
  EXPECT_EQ(table_.find_tag("a"), &tag);
  tag.handed_out = 0;
  table_.forget_unused(tag);
  EXPECT_EQ(table_.find_tag("a"), nullptr);
}

}  // namespace
}  // namespace hermes::ext::cron
