// The entries of a schedule, found by number, by name, and by what is due first.
#pragma once

#include "base/clock.hpp"
#include "base/sip_hash.hpp"
#include "runtime_extensions/cron/crontab.hpp"
#include "runtime_extensions/cron/due_heap.hpp"
#include "runtime_extensions/cron/entry.hpp"
#include "runtime_extensions/cron/hash_index.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

namespace hermes::ext::cron {

struct Tag;

/// What a time is measured by: expressions by the wall clock, delays by one that never steps.
enum class TimeBase : std::uint8_t { kWall, kSteady };

/// What only an entry has whose time is an expression.
struct Repetition {
  Crontab crontab;
  /// Up to here occurrences were handed out or left out; and how many were left out.
  Minute decided{};
  std::uint64_t missed = 0;
  /// Up to here it is decided which of them are left out because they are late.
  Minute weighed{};
  Progress progress{};
};

/// An entry while the engine runs.
struct Entry {
  EntryId id;
  std::shared_ptr<const EntryName> name;
  /// None: fires once, by the steady clock.
  std::unique_ptr<Repetition> repetition;
  /// The next occurrence, or that which was handed out when there is no next one: nanoseconds by
  /// the clock of its kind. Changed by EntryTable only.
  std::int64_t due = 0;
  /// Occurrences that were handed out and have not come to an end.
  std::uint32_t waiting = 0;
  Retrigger retrigger = Retrigger::kNo;
  /// Handed out for the last time: it is not due any more.
  bool spent = false;
  /// Its last event is being handled. For the application it is not there any more.
  bool ending = false;
  /// A change of the flag to kYes is on its way: no event is the last.
  bool pinned = false;
  /// Its progress has changed.
  bool dirty = false;

  [[nodiscard]] TimeBase base() const { return repetition ? TimeBase::kWall : TimeBase::kSteady; }
  /// By the wall clock; for entries that live by it.
  [[nodiscard]] WallTime wall_due() const { return WallTime{Duration{due}}; }

  // The table's own.
  bool stands_for_name = false;
  std::uint32_t id_hash = 0;
  std::uint32_t name_hash = 0;
  std::uint32_t place = kNotInHeap;
  Tag* tag = nullptr;
  // All with the same name, in a ring: expressions, then delays in the order of adding.
  Entry* next_namesake = this;
  Entry* previous_namesake = this;
};

struct EntryPlace {
  std::uint32_t& operator()(Entry& entry) const { return entry.place; }
};

/// What the entries with one tag have in common. There as long as one of them is, or an occurrence.
struct Tag {
  /// For its tag.
  std::shared_ptr<const EntryName> name;
  /// Occurrences that were handed out and have not come to an end.
  std::uint32_t handed_out = 0;
  /// Nothing is handed out until there are so few of them.
  std::uint32_t resume_at = 0;
  bool blocked = false;

  // The table's own.
  std::uint32_t hash = 0;
  // By TimeBase.
  std::array<DueHeap<Entry, EntryPlace>, 2> entries;
  std::array<std::uint32_t, 2> places{kNotInHeap, kNotInHeap};
};

/// Owns entries. Each is in the heap of its tag; and tags are in a heap by what is due first in
/// them, unless they are blocked. So what a blocked tag has costs nothing, whatever is due in it.
/// One heap of each for either clock, because the difference between the clocks may change.
///
/// Making, removing and moving an entry take O(log n) with n the entries of its tag, plus O(log t)
/// with t the tags; finding one takes O(1). Tables and heaps that have to grow are copied.
/// Not synchronised.
class EntryTable {
 public:
  /// `secret` keeps applications from choosing names that collide.
  explicit EntryTable(const SipKey& secret);
  ~EntryTable();
  EntryTable(const EntryTable&) = delete;
  EntryTable& operator=(const EntryTable&) = delete;

  [[nodiscard]] std::size_t size() const { return by_id_.size(); }

  /// nullptr: there is none.
  [[nodiscard]] Entry* find(EntryId id) const;
  /// All entries with this name are reached from the one that is returned through next_namesake,
  /// which leads back to it. Those that are expressions come first.
  [[nodiscard]] Entry* find(std::string_view when, std::string_view tag) const;
  [[nodiscard]] Tag* find_tag(std::string_view tag) const;

  /// Adds `entry`, whose id is new.
  Entry& insert(std::unique_ptr<Entry> entry);
  void erase(Entry& entry);

  /// Sets its next occurrence; it is not spent any more.
  void set_due(Entry& entry, std::int64_t due);
  /// There is no next one; the last one was `due`.
  void set_spent(Entry& entry, std::int64_t due);

  /// The entry that is due first by `base`, of all tags that are not blocked. It may be due later
  /// than now. nullptr: none will be.
  [[nodiscard]] Entry* first(TimeBase base) const;

  void block(Tag& tag);
  void unblock(Tag& tag);
  /// To be called when an occurrence has come to an end: `tag` goes if nothing needs it any more.
  void forget_unused(Tag& tag);

  /// Calls `visit` with one entry of each name.
  template <class Visit>
  void for_each_name(Visit&& visit) const {
    by_name_.for_each(visit);
  }
  template <class Visit>
  void for_each_name(const Tag& tag, Visit&& visit) const {
    for (const auto& heap : tag.entries) {
      for (const auto& item : heap.items()) {
        if (item.element->stands_for_name) visit(*item.element);
      }
    }
  }

 private:
  struct TagPlace {
    std::size_t base = 0;
    std::uint32_t& operator()(Tag& tag) const { return tag.places[base]; }
  };
  // The key of what is never due.
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  [[nodiscard]] std::uint32_t hash_id(EntryId id) const;
  [[nodiscard]] std::uint32_t hash_tag(std::string_view tag) const;
  [[nodiscard]] std::uint32_t hash_name(std::uint32_t tag_hash, std::string_view when) const;
  [[nodiscard]] Entry* find_name(std::uint32_t hash, const EntryName& name) const;
  void link_namesake(Entry& entry);
  void unlink_namesake(Entry& entry);
  // After the first entry of `tag` by `base` may have changed.
  void refresh(Tag& tag, std::size_t base);

  SipKey secret_;
  HashIndex<Entry, &Entry::id_hash> by_id_;
  // One for each name.
  HashIndex<Entry, &Entry::name_hash> by_name_;
  HashIndex<Tag, &Tag::hash> tags_;
  std::array<DueHeap<Tag, TagPlace>, 2> ready_{DueHeap<Tag, TagPlace>{TagPlace{0}},
                                               DueHeap<Tag, TagPlace>{TagPlace{1}}};
};

}  // namespace hermes::ext::cron
