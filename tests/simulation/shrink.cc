#include "tests/simulation/shrink.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "tests/simulation/world.h"

namespace tokenbroker::simulation {
namespace {

bool Violates(const Plan& plan, Invariant invariant) {
  for (const Violation& v : Play(plan).violations) {
    if (v.invariant == invariant) return true;
  }
  return false;
}

// Without `count` events from `first` on.
Plan Without(const Plan& plan, size_t first, size_t count) {
  Plan shorter = plan;
  const auto begin = shorter.events.begin() + static_cast<std::ptrdiff_t>(first);
  shorter.events.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
  return shorter;
}

class Trace {
 public:
  explicit Trace(const History& history) : h_(history) {}

  std::string Text() {
    for (const Presentation& p : h_.presentations) AddPresentation(p);
    for (const Write& w : h_.writes) AddWrite(w);
    for (size_t code = 0; code < h_.codes.size(); ++code) {
      for (const SteadyTime t : h_.codes[code])
        Add(t, absl::StrCat("code ", code, " is presented"));
    }
    for (const Brought& b : h_.brought) {
      Add(b.at, absl::StrCat(Who(b.by), " begins to store a login's token ", b.token));
    }
    for (const Kept& k : h_.kept) {
      Add(k.at, absl::StrCat(Who(k.by), " spills token ", k.token));
    }
    for (const Answer& a : h_.answers) {
      const std::string said = a.token_grant ? absl::StrCat("generation ", Short(a.generation))
                               : a.refusal   ? std::string(ReasonName(*a.refusal))
                                             : "deadline";
      const std::string why = a.cause.empty() ? "" : absl::StrCat(" (", a.cause, ")");
      Add(a.answered, absl::StrCat(Who(a.by), " answers for grant ", a.grant, ": ", said, why));
    }
    for (const Family& f : h_.families) {
      if (f.ended == kNever) continue;
      Add(f.ended, absl::StrCat("provider ends a family of grant ", f.grant));
    }
    for (const Trouble& t : h_.troubles) {
      const std::string whose = t.replica < 0 ? "all" : absl::StrCat("replica ", t.replica);
      Add(t.from, absl::StrCat("trouble of ", whose, ": ", TroubleName(t.kind)));
    }
    std::string text;
    for (const auto& [t, line] : lines_) {
      absl::StrAppend(&text, "    t=", absl::ToDoubleSeconds(t - h_.start), " ", line, "\n");
    }
    return text;
  }

 private:
  static absl::string_view TroubleName(Trouble::Kind kind) {
    constexpr const char* kNames[] = {"crash",    "pause", "store",    "failover",  "cut",
                                      "provider", "disk",  "one call", "one begin", "clock"};
    return kNames[static_cast<int>(kind)];
  }
  static std::string Who(const Process& p) {
    return absl::StrCat("replica ", p.replica, "#", p.incarnation);
  }
  // Generations are milliseconds since 1970: those of the run are enough.
  static int64_t Short(int64_t generation) { return generation % 10'000'000; }
  void Add(SteadyTime t, std::string line) { lines_.emplace(t, std::move(line)); }

  void AddPresentation(const Presentation& p) {
    constexpr const char* kHeard[] = {"nothing", "not_sent", "tokens",
                                      "refused", "busy",     "lost_answer"};
    Add(p.sent, absl::StrCat(Who(p.by), " presents token ", p.token));
    if (p.acted != kNever) {
      Add(p.acted, absl::StrCat("provider takes token ", p.token, ", gives ", p.successor));
    }
    if (p.heard_at == kNever) return;
    Add(p.heard_at, absl::StrCat(Who(p.by), " hears of token ", p.token, ": ",
                                 kHeard[static_cast<int>(p.heard)]));
  }
  void AddWrite(const Write& w) {
    constexpr const char* kKinds[] = {"login", "refresh", "restore", "revoke", "delete", "death"};
    Add(w.at, absl::StrCat("store: ", kKinds[static_cast<int>(w.kind)], " of grant ", w.grant,
                           " by ", Who(w.by), ", generation ", Short(w.generation), ", token ",
                           w.token, w.acknowledged ? "" : " (unacknowledged)"));
    if (w.undone != kNever) {
      Add(w.undone, absl::StrCat("store: generation ", Short(w.generation), " never was"));
    }
  }

  const History& h_;
  std::multimap<SteadyTime, std::string> lines_;
};

}  // namespace

Plan Shrink(Plan plan, Invariant invariant) {
  for (size_t count = std::max<size_t>(plan.events.size() / 2, 1); count > 0; count /= 2) {
    for (size_t first = 0; first + count <= plan.events.size();) {
      Plan shorter = Without(plan, first, count);
      if (Violates(shorter, invariant)) {
        plan = std::move(shorter);
      } else {
        first += count;
      }
    }
  }
  return plan;
}

std::string TraceText(const History& history) { return Trace(history).Text(); }

}  // namespace tokenbroker::simulation
