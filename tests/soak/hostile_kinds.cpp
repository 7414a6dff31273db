#include "hostile_kinds.hpp"

namespace hermes::soak {

namespace {

using event::Outcome;

constexpr HostileKind kKinds[] = {
    {"endless loop", Attack::kTick, Origin::kTests, "hostile-loop-on-cron", 0, false,
     Outcome::kDeadline, ""},
    {"endless loop in a start function", Attack::kCase, Origin::kSoak, "loop-start", 0, true,
     Outcome::kDeadline, ""},
    {"memory bomb", Attack::kTick, Origin::kTests, "hostile-memory-bomb", 0, false, Outcome::kLimit,
     "memory limit"},
    {"table bomb", Attack::kTick, Origin::kTests, "hostile-table-bomb", 0, false, Outcome::kLimit,
     "table limit"},
    {"many memories", Attack::kCase, Origin::kSoak, "many-memories", 0, true, Outcome::kLimit,
     "memory limit"},
    {"too many memories", Attack::kLoad, Origin::kSoak, "too-many-memories", 0, false,
     Outcome::kTrapped, "memories"},
    {"deep recursion", Attack::kTick, Origin::kTests, "hostile-deep-recursion", 0, false,
     Outcome::kLimit, "call stack is exhausted"},
    {"handle flood", Attack::kCase, Origin::kSoak, "hostile", 0, true, Outcome::kLimit,
     "handle limit"},
    {"log flood", Attack::kTick, Origin::kTests, "hostile-log-flood", 0, false, Outcome::kDeadline,
     ""},
    {"cron flood", Attack::kTick, Origin::kTests, "hostile-cron-flood", 0, false,
     Outcome::kCompleted, ""},
    {"huge lists to the host", Attack::kCase, Origin::kSoak, "hostile", 2, true, Outcome::kLimit,
     "the values of one call are larger than"},
    {"huge lists from the host", Attack::kCase, Origin::kSoak, "hostile", 3, true,
     Outcome::kTrapped, ""},
    {"lists that are not there", Attack::kCase, Origin::kSoak, "hostile", 4, true,
     Outcome::kTrapped, "is outside of the memory"},
    {"trap in on-cron", Attack::kTick, Origin::kTests, "hostile-trap", 0, false, Outcome::kTrapped,
     "unreachable"},
    {"trap in init", Attack::kStart, Origin::kTests, "hostile-trap-init", 0, false,
     Outcome::kTrapped, "its init trapped"},
    {"trap in a start function", Attack::kCase, Origin::kSoak, "trap-start", 0, true,
     Outcome::kTrapped, "unreachable"},
    {"trap in realloc for arguments", Attack::kTick, Origin::kSoak, "hostile", 0, false,
     Outcome::kTrapped, "unreachable"},
    {"trap in realloc for a host call", Attack::kCase, Origin::kSoak, "hostile", 5, true,
     Outcome::kTrapped, "unreachable"},
    {"trap in a destructor", Attack::kCase, Origin::kSoak, "hostile", 6, true, Outcome::kTrapped,
     "unreachable"},
    {"trap in post-return", Attack::kCase, Origin::kSoak, "hostile", 7, true, Outcome::kTrapped,
     "unreachable"},
    {"result outside of the memory", Attack::kCase, Origin::kSoak, "hostile", 8, true,
     Outcome::kTrapped, ""},
    {"host call that never completes", Attack::kCase, Origin::kSoak, "hostile", 1, true,
     Outcome::kDeadline, ""},
    {"init that never returns", Attack::kStart, Origin::kTests, "hostile-loop-init", 0, false,
     Outcome::kDeadline, "its init was stopped after"},
    {"start function of an init that never returns", Attack::kStart, Origin::kTests,
     "hostile-loop-start", 0, false, Outcome::kDeadline, "its init was stopped after"},
    {"init that waits for ever", Attack::kStart, Origin::kSoak, "wait-init", 0, false,
     Outcome::kDeadline, "its init was stopped after"},
};

}  // namespace

std::span<const HostileKind> hostile_kinds() { return kKinds; }

}  // namespace hermes::soak
