// What callers are told.
#include <algorithm>
#include <map>
#include <tuple>

#include "store/grant_store.h"
#include "tests/simulation/judge.h"

namespace tokenbroker::simulation {
namespace {

using Wrote = Write::Kind;

// For how long a change may be news to a replica that nothing keeps from hearing it.
constexpr absl::Duration kNews = absl::Seconds(2);
// For how long a process is sure to remember what it stored.
constexpr absl::Duration kRemembered = absl::Seconds(50);
// How long a subscription may be silent before it is known to be cut, and a little.
constexpr absl::Duration kUnnoticed = absl::Milliseconds(3200);
// By when what was begun unheard has been taken back.
constexpr absl::Duration kTakingBack = absl::Seconds(5);
// With an unknown rotation, once the access token has expired.
constexpr absl::Duration kLongestPatience = absl::Seconds(43);
// Who asks while others do is told what they are.
constexpr absl::Duration kConfirmed = absl::Seconds(1);
// A token that dies so soon may be too short for who asks.
constexpr absl::Duration kNearlyOver = absl::Seconds(15);
// What the store, the loop and the dice may take, beside the provider.
constexpr absl::Duration kIdle = absl::Milliseconds(1500);
// For how long failures in a row may keep everybody waiting.
constexpr absl::Duration kCircuit = absl::Seconds(40);
// How long troubles of the store are felt.
constexpr absl::Duration kAftermath = absl::Seconds(10);

}  // namespace

void Judge::CheckAnswers() {
  std::map<std::tuple<int, int, int>, int64_t> best;
  for (const Answer& answer : h_.answers) {
    const auto who = std::make_tuple(answer.by.replica, answer.by.incarnation, answer.grant);
    if (answer.token_grant) {
      if (*answer.token_grant != answer.grant) {
        Fail(Invariant::kNoMixUp,
             absl::StrCat("grant ", answer.grant, " was given a token of ", *answer.token_grant));
      }
      CheckGoingBack(answer, &best[who]);
      CheckStaleness(answer);
    } else {
      CheckRefusal(answer);
    }
    CheckWaiting(answer);
  }
}

void Judge::CheckGoingBack(const Answer& answer, int64_t* best) {
  if (answer.generation < *best) {
    Fail(Invariant::kAnswersDoNotGoBack,
         absl::StrCat(Name(answer.by), " answered generation ", answer.generation, " at ",
                      At(answer.answered), " after ", *best));
  }
  *best = std::max(*best, answer.generation);
}

void Judge::CheckStaleness(const Answer& answer) {
  const int replica = answer.by.replica;
  for (const Kind kind : {Kind::kCrash, Kind::kPause, Kind::kStore, Kind::kFailover}) {
    if (Had(kind, replica, answer.asked - kAftermath, answer.answered)) return;
  }
  // Once a replica knows that it hears nothing it asks the store.
  if (Had(Kind::kOneCall, replica, answer.asked - kAftermath, answer.answered)) return;
  for (const Trouble& t : h_.troubles) {
    const bool deaf = t.kind == Kind::kCut && (t.replica == -1 || t.replica == replica);
    if (deaf && t.from <= answer.answered && answer.asked <= t.from + kUnnoticed) return;
  }
  for (const Write& w : h_.writes) {
    if (w.grant != answer.grant || w.kind == Wrote::kDeath) continue;
    if (w.undone != kNever || w.at > answer.asked - kNews) continue;
    if (w.generation <= answer.generation) continue;
    Fail(Invariant::kAnswersDoNotGoBack,
         absl::StrCat(Name(answer.by), " answered generation ", answer.generation, " at ",
                      At(answer.answered), ", ", w.generation, " was stored at ", At(w.at)));
    return;
  }
}

// Whether somebody's presentation of what was stored when it was asked may have an outcome that
// nobody knows, or what replaced it been lost.
bool Judge::MayBeUnknown(const Answer& answer) const {
  const Write* first = StoredAt(answer.grant, answer.asked);
  const Write* last = StoredAt(answer.grant, answer.answered);
  if (first == nullptr || last == nullptr) return true;
  const auto patient = [&](SteadyTime since) {
    const SteadyTime expires = AccessExpires(last->token, answer.answered);
    return answer.asked <= std::max(expires, since + kLongestPatience);
  };
  if (first->token < 0 || last->token < 0) return true;
  // Who knows of a higher generation, which a failover un-did, waits for its token's end.
  for (const Write& w : h_.writes) {
    if (w.grant != answer.grant || w.undone == kNever || w.token < 0) continue;
    const SteadyTime expires = w.access_expires.value_or(h_.Token(w.token).access_expires);
    if (w.generation > last->generation && expires >= answer.asked) return true;
  }
  for (const Presentation& p : h_.presentations) {
    if ((p.token != first->token && p.token != last->token) || p.sent > answer.answered) continue;
    // A failover un-did that it was said what became of it.
    const bool forgotten =
        p.heard != Presentation::Heard::kTokens &&
        std::any_of(h_.troubles.begin(), h_.troubles.end(), [&p](const Trouble& t) {
          return t.kind == Kind::kFailover && t.from <= p.heard_at + kConfirmed &&
                 p.heard_at <= t.to - kLease - kNews;
        });
    const bool unheard =
        p.heard_at > answer.answered || p.heard == Presentation::Heard::kLostAnswer;
    // Nobody asks him any more once another has begun.
    const bool unasked =
        std::any_of(h_.presentations.begin(), h_.presentations.end(), [&p](const Presentation& q) {
          return q.token == p.token && q.sent > p.sent && q.sent < p.heard_at;
        });
    if (((unheard || forgotten || unasked) && patient(p.sent)) || p.successor >= 0) return true;
  }
  for (const Trouble& t : h_.troubles) {
    if (t.from > answer.answered) continue;
    // What was begun and never sent is waited for as if it had been.
    if (t.kind == Kind::kCrash && patient(t.from)) return true;
    // A failover may un-do that what was begun unheard was taken back.
    const SteadyTime before = t.from - kTakingBack;
    const SteadyTime lost = t.to - kLease - kNews;
    const bool woke = std::any_of(h_.troubles.begin(), h_.troubles.end(), [&](const Trouble& p) {
      return p.kind == Kind::kPause && p.to >= before && p.to <= lost + kNews;
    });
    const bool unheard =
        woke || Had(Kind::kOneBegin, -1, before, lost) || Had(Kind::kStore, -1, before, lost);
    if (t.kind == Kind::kFailover && unheard && patient(t.to)) return true;
    const bool leaves_some = t.kind == Kind::kPause || t.kind == Kind::kStore ||
                             t.kind == Kind::kFailover || t.kind == Kind::kOneCall;
    if (leaves_some && answer.asked <= t.to + kTakingBack) return true;
  }
  return false;
}

// Whether the provider, or who is in its way, gave cause to say that it cannot be had.
bool Judge::ProviderMayBeAway(const Answer& answer) const {
  for (const Presentation& p : h_.presentations) {
    const bool well =
        p.heard == Presentation::Heard::kTokens || p.heard == Presentation::Heard::kRefused;
    if (p.sent <= answer.answered && (!well || p.heard_at > answer.answered)) return true;
  }
  for (const Trouble& t : h_.troubles) {
    if (t.from > answer.answered) continue;
    const bool short_one = t.kind == Kind::kFailover || t.kind == Kind::kOneCall ||
                           t.kind == Kind::kClock || t.kind == Kind::kCut;
    const absl::Duration after = short_one ? kAftermath : kCircuit;
    if (t.kind == Kind::kProvider || answer.asked <= t.to + after) return true;
  }
  return false;
}

// While nothing was wrong for a while somebody stored a token that could have been answered.
bool Judge::CouldBeServed(const Answer& answer) const {
  if (h_.rotation == Rotation::kNone || answer.answered - answer.asked < absl::ZeroDuration()) {
    return false;
  }
  const Write* stored = StoredAt(answer.grant, answer.answered - kNews);
  if (stored == nullptr || stored != StoredAt(answer.grant, answer.answered)) return false;
  const bool brings = stored->kind == Wrote::kLogin || stored->kind == Wrote::kRefresh;
  if (!brings || stored->token < 0 || stored->generation <= answer.rejected) return false;
  return AccessExpires(stored->token, answer.answered) > answer.answered + kNearlyOver;
}

// Whether the store had no token that can be refreshed at some time since it was asked.
bool Judge::WasDead(const Answer& answer) const {
  const SteadyTime asked = answer.asked - kConfirmed;
  const Write* first = StoredAt(answer.grant, asked);
  if (first == nullptr) return true;
  const auto dead = [](const Write& w) { return w.kind == Wrote::kDeath || w.token < 0; };
  return dead(*first) || std::any_of(h_.writes.begin(), h_.writes.end(), [&](const Write& w) {
           // Who heard of it before a failover un-did it may believe it still.
           const bool heard = w.at >= asked || w.undone != kNever;
           return w.grant == answer.grant && heard && w.at <= answer.answered && dead(w);
         });
}

// While nothing is wrong whoever waits waits for a presentation.
void Judge::CheckWaiting(const Answer& answer) {
  for (const Trouble& t : h_.troubles) {
    absl::Duration after = kTakingBack;
    if (t.kind == Kind::kCrash) after = kLease + kTakingBack;
    if (t.kind == Kind::kProvider) after = kCircuit;
    if (t.kind == Kind::kOneCall) after = kNews;
    if (t.from <= answer.answered && answer.asked <= t.to + after) return;
  }
  absl::Duration idle = answer.answered - answer.asked;
  SteadyTime covered = answer.asked;
  for (const Presentation& p : h_.presentations) {
    const SteadyTime from = std::max(p.sent, covered);
    const SteadyTime to = std::min(p.heard_at, answer.answered);
    if (to <= from) continue;
    idle -= to - from;
    covered = to;
  }
  if (idle <= kIdle) return;
  Fail(Invariant::kNoIdleWaiting,
       absl::StrCat(Name(answer.by), " answered for grant ", answer.grant, " at ",
                    At(answer.answered), ", asked at ", At(answer.asked)));
}

// Who says that there is no such grant and has stored or served it lately.
bool Judge::KnowsBetter(const Answer& answer) const {
  for (const Write& w : h_.writes) {
    if (w.grant != answer.grant || w.token < 0 || w.at > answer.answered) continue;
    const bool made = w.by == answer.by && w.acknowledged && w.at < answer.asked &&
                      w.at + kRemembered > answer.answered;
    const bool good = AccessExpires(w.token, w.at) > answer.answered + absl::Seconds(1);
    const bool served =
        good && std::any_of(h_.answers.begin(), h_.answers.end(), [&](const Answer& a) {
          return a.by == answer.by && a.grant == w.grant && a.token_grant &&
                 a.generation == w.generation && a.answered < answer.asked;
        });
    if (!made && !served) continue;
    const bool ended = std::any_of(h_.writes.begin(), h_.writes.end(), [&](const Write& e) {
      return e.grant == w.grant && &e > &w && e.token < 0 && e.kind != Wrote::kDeath;
    });
    if (!ended) return true;
  }
  return false;
}

void Judge::CheckRefusal(const Answer& answer) {
  const auto caused = [&](auto is_cause) {
    return std::any_of(h_.writes.begin(), h_.writes.end(), [&](const Write& w) {
      return w.grant == answer.grant && w.at <= answer.answered && is_cause(w);
    });
  };
  const auto untrue = [&](absl::string_view what) {
    Fail(Invariant::kRefusalsAreTrue, absl::StrCat(Name(answer.by), " said ", what, " of grant ",
                                                   answer.grant, " at ", At(answer.answered)));
  };
  const Ending::State state = h_.endings.empty()
                                  ? Ending::State::kActive
                                  : h_.endings[static_cast<size_t>(answer.grant)].state;
  if (answer.in_the_end && state == Ending::State::kActive) {
    Fail(Invariant::kServedInTheEnd,
         absl::StrCat(Name(answer.by), " did not answer for grant ", answer.grant, " at ",
                      At(answer.answered), ": ",
                      answer.refusal ? ReasonName(*answer.refusal) : "deadline"));
  }
  if (!answer.refusal) return;
  const bool whatever = *answer.refusal == Reason::kTokenKeepsBeingRejected ||
                        *answer.refusal == Reason::kMinTtlUnsatisfiable ||
                        *answer.refusal == Reason::kGenerationUnknown;
  const bool kept = Hindered(answer.by.replica, answer.asked - kAftermath, answer.answered) ||
                    (*answer.refusal == Reason::kStoreUnavailable &&
                     Had(Kind::kOneCall, answer.by.replica, answer.asked, answer.answered));
  if (!whatever && !kept && CouldBeServed(answer)) {
    untrue(absl::StrCat(ReasonName(*answer.refusal), ", though a good token was stored,"));
  }
  switch (*answer.refusal) {
    case Reason::kReauthorizationRequired: {
      // Revoked, or logged in again where the provider gave no refresh token.
      const bool ended =
          caused([](const Write& w) { return w.token < 0 && w.kind != Wrote::kDelete; });
      const bool refused =
          std::any_of(h_.presentations.begin(), h_.presentations.end(), [&](const Presentation& p) {
            return h_.Token(p.token).grant == answer.grant &&
                   p.heard == Presentation::Heard::kRefused && p.heard_at <= answer.answered;
          });
      if (!ended && !refused) untrue("REAUTHORIZATION_REQUIRED");
      if (!WasDead(answer)) untrue("REAUTHORIZATION_REQUIRED, which the store did not,");
      break;
    }
    case Reason::kGrantNotFound: {
      const bool ever = caused([&](const Write& w) { return w.at < answer.asked; });
      if (!ever) break;
      const bool deleted = caused([](const Write& w) { return w.kind == Wrote::kDelete; });
      const bool undone = caused([](const Write& w) { return w.undone != kNever; });
      if (!deleted && !undone) untrue("GRANT_NOT_FOUND");
      if (KnowsBetter(answer)) untrue("GRANT_NOT_FOUND, who knew better,");
      break;
    }
    case Reason::kProviderUnavailable:
      if (answer.cause == "rotation_unknown") {
        if (!MayBeUnknown(answer)) untrue("rotation_unknown");
      } else if (!ProviderMayBeAway(answer)) {
        untrue("PROVIDER_UNAVAILABLE");
      }
      [[fallthrough]];
    case Reason::kProviderThrottled:
    case Reason::kStoreUnavailable:
      if (h_.troubles.empty()) untrue(ReasonName(*answer.refusal));
      break;
    case Reason::kTokenKeepsBeingRejected:
    case Reason::kMinTtlUnsatisfiable:
    case Reason::kGenerationUnknown:
      break;
    default:
      untrue(ReasonName(*answer.refusal));
  }
}

}  // namespace tokenbroker::simulation
