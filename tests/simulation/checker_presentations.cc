// Promise 1: who may present a refresh token, and when.
#include <algorithm>

#include "store/grant_store.h"
#include "tests/simulation/judge.h"

namespace tokenbroker::simulation {
namespace {

using Heard = Presentation::Heard;

// How long after begin_refresh was sent a token may still be presented, and a little.
const absl::Duration kBegunBefore = kLeaseRenewal + absl::Milliseconds(100);
// For how long a process is sure to remember what it stored.
constexpr absl::Duration kRemembered = absl::Seconds(50);
// By so much a process may take a token for older, the store's clock having been read slowly.
constexpr absl::Duration kSkew = absl::Milliseconds(1200);
// How long a refresh may take to begin.
constexpr absl::Duration kLongestFlight = absl::Seconds(33);
constexpr absl::Duration kPatienceAfterTimeout = absl::Seconds(30);
// Below this a begin that too few replicas confirmed is sent all the same (store_link's WAIT).
constexpr absl::Duration kSentAnyway = absl::Seconds(6);

Heard KnownAt(const Presentation& p, SteadyTime t) {
  return p.heard_at <= t ? p.heard : Heard::kNothing;
}

}  // namespace

void Judge::CheckPresentations() {
  for (size_t i = 0; i < h_.presentations.size(); ++i) {
    const Presentation& second = h_.presentations[i];
    if (second.heard == Heard::kNotSent) continue;
    CheckStored(second);
    CheckKnowledge(second);
    CheckMayBeKept(second);
    CheckAge(second);
    for (size_t j = 0; j < i; ++j) {
      const Presentation& first = h_.presentations[j];
      if (first.token != second.token || first.heard == Heard::kNotSent) continue;
      CheckPair(first, second);
      CheckInHand(first, second);
    }
  }
  for (size_t i = 0; i < h_.codes.size(); ++i) CheckCode(i);
}

void Judge::CheckCode(size_t code) {
  const std::vector<SteadyTime>& presented = h_.codes[code];
  for (size_t i = 1; i < presented.size(); ++i) {
    // A failover un-did that it was handed out.
    const SteadyTime first = presented[i - 1] - kBegunBefore;
    if (!h_.durable && Had(Kind::kFailover, -1, first, presented[i])) continue;
    Fail(Invariant::kOneExchange,
         absl::StrCat("code ", code, " was presented again at ", At(presented[i])));
  }
}

// `first` was sent before `second`, of the same token.
void Judge::CheckPair(const Presentation& first, const Presentation& second) {
  const Heard known = KnownAt(first, second.sent);
  if (known != Heard::kNothing && known != Heard::kLostAnswer) return;
  // Then it is known what became of both.
  if (WasSettled(first.token, first.sent, second.sent)) return;
  const RefreshToken& token = h_.Token(first.token);
  const absl::Duration between = second.sent - first.sent;
  const int holder = first.by.replica;
  // The begin itself was lost; where nothing is rotated no replica is waited for.
  const bool unconfirmed = !h_.durable || h_.rotation == Rotation::kNone ||
                           token.access_expires < first.sent + kSentAnyway;
  if (unconfirmed && LostByFailover(first)) return;

  const bool lease_over = between >= kLease - kBegunBefore;
  const bool missed_renewals = known == Heard::kLostAnswer ||
                               (lease_over && Hindered(holder, first.sent - kLease, second.sent));
  const absl::Duration may_last = h_.request_timeout - kBegunBefore;
  const bool ended = known == Heard::kLostAnswer || between > h_.request_timeout + kLease;
  // A lease that seems to end later than it can is none, and the grace is over when the store says.
  const bool unleased = Had(Kind::kClock, -1, first.sent - kBegunBefore, second.sent);
  bool allowed = missed_renewals || ended || unleased;
  const bool in_grace = h_.rotation == Rotation::kGrace &&
                        (unleased || between + may_last <= h_.grace + absl::Seconds(1));
  if (h_.rotation != Rotation::kNone && !in_grace) {
    const bool patient = between >= may_last + kPatienceAfterTimeout;
    // A login may have come between the begin and the sending.
    const SteadyTime expires = std::min(AccessExpires(first.token, second.sent),
                                        AccessExpires(first.token, second.sent - kBegunBefore));
    const bool expired = expires == kNever || second.sent + absl::Seconds(1) >= expires;
    allowed = patient && expired;
  }
  if (allowed) return;
  Fail(Invariant::kOnePresentation,
       absl::StrCat("token ", first.token, " sent by ", Name(first.by), " at ", At(first.sent),
                    " and again by ", Name(second.by), " at ", At(second.sent)));
}

// Its holder puts it back by renewing, while the store settles; unless it does not hold it any
// more.
bool Judge::LostByFailover(const Presentation& first) const {
  for (const Trouble& t : h_.troubles) {
    if (t.kind != Kind::kFailover) continue;
    // What was begun before is known to those who took over.
    if (t.from > first.sent || t.to < first.sent - kBegunBefore) continue;
    const SteadyTime renewed = t.to - kLease + absl::Milliseconds(1500);
    if (h_.rotation == Rotation::kNone || first.heard_at <= renewed) return true;
    if (HinderedItself(first.by.replica, first.sent - kLease, renewed)) return true;
    // Or the next server was lost as soon.
    for (const Trouble& next : h_.troubles) {
      if (next.kind == Kind::kFailover && next.from > t.from && next.from <= t.to) return true;
    }
  }
  return false;
}

// Nobody presents a token whose successor he has, or has served and could serve still.
void Judge::CheckKnowledge(const Presentation& p) {
  if (h_.rotation == Rotation::kNone) return;
  const int grant = h_.Token(p.token).grant;
  const SteadyTime begun = p.sent - kBegunBefore;
  const auto fail = [&](int successor) {
    Fail(Invariant::kNoneAfterItsSuccessor,
         absl::StrCat("token ", p.token, " sent by ", Name(p.by), " at ", At(p.sent),
                      ", who knew token ", successor));
  };
  // The store lost it when it was out of everybody's memory.
  const auto forgotten = [&](int token, SteadyTime since) {
    const bool acknowledged = std::any_of(h_.writes.begin(), h_.writes.end(), [&](const Write& w) {
      return w.token == token && w.acknowledged && w.at <= p.sent;
    });
    return acknowledged && since + kRemembered < p.sent && Had(Kind::kFailover, -1, since, p.sent);
  };
  for (const Presentation& q : h_.presentations) {
    if (q.token != p.token || q.successor < 0 || q.heard != Heard::kTokens) continue;
    const bool has = q.by == p.by && q.heard_at < begun;
    if (has && !forgotten(q.successor, q.heard_at) && !Superseded(grant, q.heard_at, p.sent)) {
      fail(q.successor);
    }
  }
  for (const Kept& k : h_.kept) {
    const bool there = k.by.replica == p.by.replica && k.at < begun && k.lost > p.sent;
    if (!there || h_.Token(k.token).parent != p.token) continue;
    if (!Superseded(grant, k.at, p.sent) && !Had(Kind::kFailover, -1, k.at, p.sent)) fail(k.token);
  }
  for (const Answer& a : h_.answers) {
    if (!(a.by == p.by) || a.grant != grant || !a.token_grant || a.answered >= begun) continue;
    for (const Write& w : h_.writes) {
      if (w.grant != grant || w.generation != a.generation || !CameOf(w.token, p.token)) continue;
      const bool good = AccessExpires(w.token, p.sent) > p.sent + absl::Seconds(1);
      if (good && !Superseded(grant, a.answered, p.sent)) fail(w.token);
    }
  }
}

// The access token that came with it is not just a moment old.
void Judge::CheckAge(const Presentation& p) {
  const RefreshToken& token = h_.Token(p.token);
  // When a login's was made is not known so well.
  const SteadyTime issued = token.access_expires - h_.token_life;
  if (h_.rotation == Rotation::kNone || token.parent < 0) return;
  // Of what was put back after a failover it is the older record that was due; and a login's that
  // came between stays.
  if (Had(Kind::kFailover, -1, issued, p.sent)) return;
  for (const Write& w : h_.writes) {
    const bool login = w.kind == Write::Kind::kLogin && w.grant == token.grant;
    if (login && w.at >= issued && w.at <= p.sent) return;
  }
  const absl::Duration age = p.sent - issued;
  if (age >= std::min(absl::Seconds(30), h_.token_life / 10) - kSkew) return;
  Fail(Invariant::kNotTooOften,
       absl::StrCat("token ", p.token, " sent by ", Name(p.by), " at ", At(p.sent), " is ",
                    absl::FormatDuration(age), " old"));
}

// What replaces it could be stored, or kept on disk: whether it can is asked when a refresh begins.
void Judge::CheckMayBeKept(const Presentation& p) {
  if (h_.rotation == Rotation::kNone) return;
  for (const Trouble& t : h_.troubles) {
    const bool full = t.kind == Kind::kDisk && t.replica == p.by.replica &&
                      t.from + kLongestFlight <= p.sent && p.sent <= t.to;
    if (!full) continue;
    Fail(Invariant::kNoRotationLost,
         absl::StrCat("token ", p.token, " sent by ", Name(p.by), " at ", At(p.sent),
                      ", which could not have kept its successor"));
  }
}

// Whether tokens were stored after the refusal, for the same refresh token, which stays good.
bool Judge::AnotherAnswerCame(const Write& death, SteadyTime until) const {
  return std::any_of(h_.writes.begin(), h_.writes.end(), [&](const Write& w) {
    return w.grant == death.grant && w.kind == Write::Kind::kRefresh && w.token == death.token &&
           w.at > death.at && w.at <= until;
  });
}

// It was the stored one, of an active grant, when leave to present it was given.
void Judge::CheckStored(const Presentation& p) {
  const int grant = h_.Token(p.token).grant;
  const SteadyTime begun = p.sent - kBegunBefore;
  for (const Write& w : h_.writes) {
    const bool died = w.kind == Write::Kind::kDeath && w.token == p.token && w.undone == kNever;
    if (!died || w.at >= begun || AnotherAnswerCame(w, p.sent)) continue;
    Fail(Invariant::kNoneAfterItsSuccessor,
         absl::StrCat("token ", p.token, " sent by ", Name(p.by), " at ", At(p.sent),
                      ", of which its grant had died"));
    return;
  }
  const Write* at_begin = StoredAt(grant, begun);
  if (at_begin != nullptr && at_begin->token == p.token && at_begin->kind != Write::Kind::kDeath) {
    return;
  }
  for (const Write& w : h_.writes) {
    if (w.grant != grant || w.token != p.token || w.kind == Write::Kind::kDeath) continue;
    if (w.at >= begun && w.at <= p.sent) return;
  }
  // A failover may have brought it back just then.
  if (Had(Kind::kFailover, -1, begun, p.sent)) return;
  Fail(Invariant::kNoneAfterItsSuccessor,
       absl::StrCat("token ", p.token, " sent by ", Name(p.by), " at ", At(p.sent),
                    " was not stored any more"));
}

// Whoever had the successor could have stored it.
void Judge::CheckInHand(const Presentation& first, const Presentation& second) {
  if (h_.rotation == Rotation::kNone || KnownAt(first, second.sent) != Heard::kTokens) return;
  if (first.successor < 0 || second.sent <= first.heard_at + kBegunBefore) return;
  if (HinderedItself(first.by.replica, first.sent - kLease, second.sent)) return;
  // The store lost it long after that, or it was somebody else's by then.
  if (first.heard_at + kRemembered < second.sent &&
      Had(Kind::kFailover, -1, first.sent, second.sent)) {
    return;
  }
  for (const Presentation& p : h_.presentations) {
    if (p.token == first.successor && p.sent < second.sent) return;
  }
  if (Superseded(h_.Token(first.token).grant, first.sent, second.sent)) return;
  Fail(Invariant::kNoneAfterItsSuccessor,
       absl::StrCat("token ", first.token, " sent by ", Name(second.by), " at ", At(second.sent),
                    ", though ", Name(first.by), " had its successor since ", At(first.heard_at)));
}

}  // namespace tokenbroker::simulation
