// What callers are told.
#include <algorithm>
#include <map>
#include <tuple>

#include "tests/simulation/judge.h"

namespace tokenbroker::simulation {
namespace {

using Wrote = Write::Kind;

// For how long a change may be news to a replica that nothing keeps from hearing it.
constexpr absl::Duration kNews = absl::Seconds(2);
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
  if (Hindered(answer.by.replica, answer.asked - kAftermath, answer.answered)) return;
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
      break;
    }
    case Reason::kGrantNotFound: {
      const bool deleted = caused([](const Write& w) { return w.kind == Wrote::kDelete; });
      const bool undone = caused([](const Write& w) { return w.undone != kNever; });
      if (!deleted && !undone) untrue("GRANT_NOT_FOUND");
      break;
    }
    case Reason::kProviderUnavailable:
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
