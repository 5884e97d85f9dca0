// Promise 1: who may present a refresh token, and when.
#include <algorithm>

#include "store/grant_store.h"
#include "tests/simulation/judge.h"

namespace tokenbroker::simulation {
namespace {

using Heard = Presentation::Heard;

// How long after begin_refresh was sent a token may still be presented, and a little.
const absl::Duration kBegunBefore = kLeaseRenewal + absl::Milliseconds(100);
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
  if (WasRefused(first.token, first.sent, second.sent)) return;
  const RefreshToken& token = h_.Token(first.token);
  const absl::Duration between = second.sent - first.sent;
  const int holder = first.by.replica;
  // The begin itself was lost; where nothing is rotated no replica is waited for.
  const bool unconfirmed = !h_.durable || h_.rotation == Rotation::kNone ||
                           token.access_expires < first.sent + kSentAnyway;
  if (unconfirmed && Had(Kind::kFailover, -1, first.sent - kBegunBefore, second.sent)) return;

  const bool lease_over = between >= kLease - kBegunBefore;
  const bool missed_renewals = known == Heard::kLostAnswer ||
                               (lease_over && Hindered(holder, first.sent - kLease, second.sent));
  const absl::Duration may_last = h_.request_timeout - kBegunBefore;
  const bool ended = known == Heard::kLostAnswer || between > h_.request_timeout + kLease;
  bool allowed = missed_renewals || ended;
  const bool in_grace =
      h_.rotation == Rotation::kGrace && between + may_last <= h_.grace + absl::Seconds(1);
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

// It was the stored one, of an active grant, when leave to present it was given.
void Judge::CheckStored(const Presentation& p) {
  const int grant = h_.Token(p.token).grant;
  const SteadyTime begun = p.sent - kBegunBefore;
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
  if (second.sent <= first.heard_at + kBegunBefore) return;
  if (Hindered(first.by.replica, first.sent - kLease, second.sent)) return;
  Fail(Invariant::kNoneAfterItsSuccessor,
       absl::StrCat("token ", first.token, " sent by ", Name(second.by), " at ", At(second.sent),
                    ", though ", Name(first.by), " had its successor since ", At(first.heard_at)));
}

}  // namespace tokenbroker::simulation
