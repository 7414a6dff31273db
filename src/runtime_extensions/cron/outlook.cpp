#include "runtime_extensions/cron/outlook.hpp"

#include <algorithm>

namespace hermes::ext::cron {

Outlook look_ahead(const StoredEntry& entry, WallTime now) {
  if (entry.once_at) return {entry.once_at, *entry.once_at <= now ? 1U : 0U};
  const auto crontab = Crontab::parse(entry.name->when);
  if (!crontab) return {};
  const Minute reached = std::chrono::floor<std::chrono::minutes>(now);
  const Minute done = entry.progress.done;
  Outlook outlook;
  if (reached > done) outlook.overdue = crontab->count_between(done, reached);
  if (const auto next = crontab->next_after(std::max(done, reached))) {
    outlook.next = to_wall(*next);
  }
  return outlook;
}

}  // namespace hermes::ext::cron
