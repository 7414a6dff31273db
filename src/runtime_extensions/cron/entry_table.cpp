#include "runtime_extensions/cron/entry_table.hpp"

#include <utility>

namespace hermes::ext::cron {

EntryTable::EntryTable(const SipKey& secret) : secret_(secret) {}

EntryTable::~EntryTable() {
  by_id_.for_each([](Entry& entry) { delete &entry; });
  tags_.for_each([](Tag& tag) { delete &tag; });
}

// ------------------------------------------------------------------------------------------- names

// Ids are ours, but which of them are left is the application's choice.
std::uint32_t EntryTable::hash_id(EntryId id) const {
  std::uint64_t mixed = (id.value() ^ secret_.k0) * 0x9e3779b97f4a7c15;
  mixed = (mixed ^ mixed >> 32 ^ secret_.k1) * 0xd6e8feb86659fd93;
  return static_cast<std::uint32_t>(mixed >> 32);
}

std::uint32_t EntryTable::hash_tag(std::string_view tag) const {
  return static_cast<std::uint32_t>(sip_hash_64(secret_, tag));
}

std::uint32_t EntryTable::hash_name(std::uint32_t tag_hash, std::string_view when) const {
  // The tag's hash goes into the key, so that nothing has to be put together.
  const SipKey key{secret_.k0 ^ tag_hash, secret_.k1};
  return static_cast<std::uint32_t>(sip_hash_64(key, when));
}

Entry* EntryTable::find(EntryId id) const {
  return by_id_.find(hash_id(id), [id](const Entry& entry) { return entry.id == id; });
}

Entry* EntryTable::find(std::string_view when, std::string_view tag) const {
  const std::uint32_t tag_hash = hash_tag(tag);
  // What comes next, as a rule, is that an entry with this tag is made or removed.
  tags_.prefetch(tag_hash);
  return by_name_.find(hash_name(tag_hash, when), [&](const Entry& entry) {
    return entry.name->tag == tag && entry.name->when == when;
  });
}

Entry* EntryTable::find_name(std::uint32_t hash, const EntryName& name) const {
  return by_name_.find(hash, [&](const Entry& entry) {
    return entry.name->tag == name.tag && entry.name->when == name.when;
  });
}

Tag* EntryTable::find_tag(std::string_view tag) const {
  return tags_.find(hash_tag(tag), [&](const Tag& known) { return known.name->tag == tag; });
}

void EntryTable::link_namesake(Entry& entry) {
  Entry* first = find_name(entry.name_hash, *entry.name);
  if (first == nullptr) {
    entry.stands_for_name = true;
    by_name_.insert(entry);
    return;
  }
  // They share what they are called.
  entry.name = first->name;
  entry.next_namesake = first;
  entry.previous_namesake = std::exchange(first->previous_namesake, &entry);
  entry.previous_namesake->next_namesake = &entry;
  if (!entry.repetition) return;
  entry.stands_for_name = std::exchange(first->stands_for_name, false);
  by_name_.replace(*first, entry);
}

void EntryTable::unlink_namesake(Entry& entry) {
  Entry* next = entry.next_namesake;
  if (next == &entry) return by_name_.erase(entry);
  next->previous_namesake = entry.previous_namesake;
  entry.previous_namesake->next_namesake = next;
  if (!entry.stands_for_name) return;
  next->stands_for_name = true;
  by_name_.replace(entry, *next);
}

// ----------------------------------------------------------------------------------------- entries

Entry& EntryTable::insert(std::unique_ptr<Entry> owned) {
  Entry& entry = *owned.release();
  // Three lines of memory that are far apart are waited for at the same time.
  entry.id_hash = hash_id(entry.id);
  by_id_.prefetch(entry.id_hash);
  const std::uint32_t tag_hash = hash_tag(entry.name->tag);
  tags_.prefetch(tag_hash);
  entry.name_hash = hash_name(tag_hash, entry.name->when);
  by_id_.insert(entry);
  link_namesake(entry);
  entry.tag =
      tags_.find(tag_hash, [&](const Tag& known) { return known.name->tag == entry.name->tag; });
  if (entry.tag == nullptr) {
    auto tag = std::make_unique<Tag>();
    tag->name = entry.name;
    tag->hash = tag_hash;
    entry.tag = tag.get();
    tags_.insert(*tag.release());
  }
  set_due(entry, entry.due);
  return entry;
}

void EntryTable::erase(Entry& entry) {
  const std::unique_ptr<Entry> owned(&entry);
  const auto base = static_cast<std::size_t>(entry.base());
  by_id_.erase(entry);
  unlink_namesake(entry);
  entry.tag->entries[base].erase(entry);
  refresh(*entry.tag, base);
  forget_unused(*entry.tag);
}

void EntryTable::set_due(Entry& entry, std::int64_t due) {
  const auto base = static_cast<std::size_t>(entry.base());
  entry.due = due;
  entry.spent = false;
  entry.tag->entries[base].put(entry, {due, entry.id.value()});
  refresh(*entry.tag, base);
}

void EntryTable::set_spent(Entry& entry, std::int64_t due) {
  const auto base = static_cast<std::size_t>(entry.base());
  entry.due = due;
  entry.spent = true;
  entry.tag->entries[base].put(entry, {kNever, entry.id.value()});
  refresh(*entry.tag, base);
}

Entry* EntryTable::first(TimeBase base) const {
  const auto& ready = ready_[static_cast<std::size_t>(base)];
  if (ready.empty() || ready.top().key.time == kNever) return nullptr;
  return ready.top().element->entries[static_cast<std::size_t>(base)].top().element;
}

// -------------------------------------------------------------------------------------------- tags

void EntryTable::refresh(Tag& tag, std::size_t base) {
  if (tag.blocked || tag.entries[base].empty()) return ready_[base].erase(tag);
  ready_[base].put(tag, tag.entries[base].top().key);
}

void EntryTable::block(Tag& tag) {
  tag.blocked = true;
  for (std::size_t base = 0; base < ready_.size(); ++base) refresh(tag, base);
}

void EntryTable::unblock(Tag& tag) {
  tag.blocked = false;
  for (std::size_t base = 0; base < ready_.size(); ++base) refresh(tag, base);
}

void EntryTable::forget_unused(Tag& tag) {
  if (tag.handed_out > 0 || !tag.entries[0].empty() || !tag.entries[1].empty()) return;
  tags_.erase(tag);
  delete &tag;
}

}  // namespace hermes::ext::cron
