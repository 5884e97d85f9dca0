// Promise 2, and what the store may not do.
#include <algorithm>
#include <map>

#include "store/grant_store.h"
#include "tests/simulation/judge.h"

namespace tokenbroker::simulation {
namespace {

using Wrote = Write::Kind;

// By then it is on the disk, whatever the store does: 100 ms, and the disk's own time.
constexpr absl::Duration kSpilled = absl::Milliseconds(500);

bool Ends(Wrote kind) { return kind == Wrote::kRevoke || kind == Wrote::kDelete; }

}  // namespace

void Judge::CheckWrites() {
  for (const LateCommand& late : h_.late) {
    Fail(Invariant::kNothingAfterItsTime,
         absl::StrCat("a command of ", Name(late.by), " is executed at ", At(late.at),
                      ", not to be after ", At(late.not_after)));
  }
  for (size_t i = 0; i < h_.writes.size(); ++i) {
    const Write& later = h_.writes[i];
    CheckOnce(i);
    if (later.kind == Wrote::kDeath) continue;
    CheckChain(i);
    bool ended = false;
    for (size_t j = 0; j < i; ++j) {
      const Write& earlier = h_.writes[j];
      if (earlier.grant != later.grant || earlier.kind == Wrote::kDeath) continue;
      const bool stands = earlier.undone > later.at;
      const bool again = later.kind == Wrote::kRestore || earlier.kind == Wrote::kRestore;
      const bool same = earlier.generation == later.generation && earlier.token != later.token;
      if ((stands && earlier.generation >= later.generation) || (same && !again)) {
        Fail(Invariant::kGenerationsGrow,
             absl::StrCat("generation ", later.generation, " at ", At(later.at), " after ",
                          earlier.generation));
      }
      if (earlier.kind == Wrote::kLogin) ended = false;
      const bool lasts = stands || h_.durable;
      if (Ends(earlier.kind) && earlier.acknowledged && lasts) ended = true;
    }
    if (ended && (later.kind == Wrote::kRefresh || later.kind == Wrote::kRestore) &&
        later.token >= 0) {
      Fail(Invariant::kEndedStaysEnded,
           absl::StrCat("grant ", later.grant, " lives again at ", At(later.at)));
    }
  }
}

// What is repeated is not executed again, and nobody dies after his end.
void Judge::CheckOnce(size_t index) {
  const Write& later = h_.writes[index];
  const Write* before = StoredBefore(index);
  if (later.kind == Wrote::kDeath && before != nullptr && Ends(before->kind)) {
    Fail(Invariant::kEndedStaysEnded,
         absl::StrCat("grant ", later.grant, " dies after its end at ", At(later.at)));
  }
  if (later.kind == Wrote::kDeath) return;
  for (size_t i = 0; i < index; ++i) {
    const Write& earlier = h_.writes[i];
    const bool same = earlier.kind == later.kind && earlier.attempt == later.attempt;
    if (!same || earlier.grant != later.grant || earlier.undone <= later.at) continue;
    Fail(Invariant::kNothingAfterItsTime,
         absl::StrCat("a write of ", At(earlier.at), " is executed again at ", At(later.at)));
  }
}

bool Judge::Superseded(int grant, SteadyTime from, SteadyTime to) const {
  for (const Write& w : h_.writes) {
    if (w.grant != grant || w.at < from || w.at > to) continue;
    if (w.kind == Wrote::kLogin || w.kind == Wrote::kRestore || Ends(w.kind)) return true;
  }
  return false;
}

// What a write may replace.
void Judge::CheckChain(size_t index) {
  const Write& later = h_.writes[index];
  const Write* before = StoredBefore(index);
  if (before == nullptr || before->token < 0 || later.token < 0) return;
  // What a login brought is not replaced by what came of an earlier one.
  const bool chained = h_.Token(before->token).family == h_.Token(later.token).family;
  if (later.kind == Wrote::kRefresh && !chained) {
    Fail(Invariant::kNoRotationLost,
         absl::StrCat("token ", later.token, " replaces a later login's at ", At(later.at)));
  }
  for (const Brought& b : h_.brought) {
    // A login that an earlier process kept on disk yields to what came later.
    const bool late = b.token == later.token && !(b.by == later.by) && before->at > b.at;
    const bool newer = before->kind == Wrote::kLogin && !chained;
    if (later.kind == Wrote::kLogin && late && newer) {
      Fail(Invariant::kNoRotationLost, absl::StrCat("an earlier login's token ", later.token,
                                                    " replaces a later one's at ", At(later.at)));
    }
  }
  if (CameOf(before->token, later.token)) {
    Fail(Invariant::kNoRotationLost,
         absl::StrCat("token ", later.token, " replaces token ", before->token,
                      ", which came of it, at ", At(later.at)));
  }
}

const Write* Judge::StoredBefore(size_t index) const {
  const Write& write = h_.writes[index];
  for (size_t i = index; i-- > 0;) {
    const Write& earlier = h_.writes[i];
    if (earlier.grant == write.grant && earlier.undone > write.at) return &earlier;
  }
  return nullptr;
}

void Judge::CheckEndings() {
  for (const Write& w : h_.writes) CheckEnd(w);
  for (const Presentation& p : h_.presentations) {
    if (p.heard == Presentation::Heard::kTokens && p.successor >= 0) CheckRotation(p);
  }
  for (const Brought& b : h_.brought) CheckBrought(b);
  for (size_t grant = 0; grant < h_.endings.size(); ++grant) {
    const Ending& ending = h_.endings[grant];
    const bool dead = ending.state == Ending::State::kDead;
    if (dead && Presentable(ending.token) &&
        !RevivedUnheard(static_cast<int>(grant), ending.token)) {
      Fail(Invariant::kOnlyTheProviderKills,
           absl::StrCat("grant ", grant, " is dead, token ", ending.token, " is not"));
    }
  }
}

// Whether the user had ended what the token is of, and a login revived it at the provider that was
// never stored.
bool Judge::RevivedUnheard(int grant, int token) const {
  const SteadyTime ended = h_.FamilyOf(token).ended;
  return ended != kNever && std::none_of(h_.writes.begin(), h_.writes.end(), [&](const Write& w) {
           return w.grant == grant && w.kind == Wrote::kLogin && w.at > ended;
         });
}

bool Judge::LossIsExplained(int token, const Process& by, SteadyTime since) const {
  bool kept = false;
  for (const Kept& k : h_.kept) kept = kept || (k.token == token && k.lost == kNever);
  const bool crashed = Had(Kind::kCrash, by.replica, since, h_.end);
  if (crashed && !kept) {
    // Unless it had been stored for good before.
    const bool stored = std::any_of(h_.writes.begin(), h_.writes.end(), [&](const Write& w) {
      return w.token == token && w.acknowledged && h_.durable;
    });
    bool on_disk_lost = false;
    for (const Kept& k : h_.kept) on_disk_lost = on_disk_lost || k.token == token;
    const SteadyTime until = since + kSpilled;
    const bool no_time = Had(Kind::kCrash, by.replica, since, until) ||
                         Had(Kind::kPause, by.replica, since, until) ||
                         Had(Kind::kDisk, by.replica, since, h_.end);
    if (!stored && (on_disk_lost || no_time)) return true;
  }
  // An acknowledged write that a failover un-did, while the replica that could put it back had
  // other worries, or a minute later.
  for (const Write& w : h_.writes) {
    if (w.token != token || w.undone == kNever || h_.durable) continue;
    const SteadyTime settled = w.undone + kLease;
    for (const Kind kind : {Kind::kCrash, Kind::kPause, Kind::kStore, Kind::kCut}) {
      if (Had(kind, by.replica, since, settled + kLease)) return true;
    }
    if (w.undone - w.at > absl::Seconds(50)) return true;
    if (w.kind == Wrote::kLogin && RefreshedWhileSettling(w)) return true;
  }
  return false;
}

// Whether the token that the lost login replaced was refreshed before the login could be put back:
// where nothing rotates nobody waits for the store to settle.
bool Judge::RefreshedWhileSettling(const Write& login) const {
  return h_.rotation == Rotation::kNone &&
         std::any_of(h_.writes.begin(), h_.writes.end(), [&](const Write& w) {
           return w.grant == login.grant && w.kind == Wrote::kRefresh && w.token != login.token &&
                  w.at >= login.undone && w.at <= login.undone + kLease + absl::Seconds(2);
         });
}

// Whether it came of an earlier presentation than `p`, so that the provider takes it no more.
bool Judge::GivenEarlier(int token, const Presentation& p) const {
  for (const Presentation& q : h_.presentations) {
    if (q.successor == token) return h_.last_successor_only && q.sent < p.sent && q.acted < p.acted;
  }
  return false;
}

// What a grant's end must leave behind.
void Judge::CheckEnd(const Write& end) {
  if (!Ends(end.kind) || h_.endings.empty()) return;
  const SteadyTime remembered = end.at + absl::Seconds(50);
  for (const Write& w : h_.writes) {
    if (w.grant == end.grant && w.kind == Wrote::kLogin && w.at > end.at) return;
  }
  const bool helpless = HinderedItself(end.by.replica, end.at - absl::Seconds(1), h_.end);
  // A failover un-did it: who made it puts it back.
  const Ending::State state = h_.endings[static_cast<size_t>(end.grant)].state;
  const bool lives = state == Ending::State::kActive || state == Ending::State::kDead;
  const bool soon = end.undone <= remembered;
  if (end.undone != kNever && end.acknowledged && soon && !helpless && lives) {
    Fail(Invariant::kEndedStaysEnded,
         absl::StrCat("the end of grant ", end.grant, " at ", At(end.at), " was lost for good"));
  }
  if (end.kind != Wrote::kRevoke || end.undone != kNever) return;
  // What its refresh brought after that is told to the provider.
  for (const Presentation& p : h_.presentations) {
    const bool late = p.successor >= 0 && h_.Token(p.successor).grant == end.grant &&
                      p.heard == Presentation::Heard::kTokens && p.heard_at > end.at;
    if (!late || p.heard_at + absl::Seconds(30) > h_.end || IsSpent(p.successor)) continue;
    const bool trouble = HinderedItself(p.by.replica, p.sent, h_.end) ||
                         Had(Kind::kProvider, -1, p.sent, h_.end) ||
                         Had(Kind::kFailover, -1, h_.start, h_.end);
    if (trouble || h_.FamilyOf(p.successor).end != Family::End::kAlive) continue;
    Fail(Invariant::kEndedStaysEnded, absl::StrCat("token ", p.successor, " of grant ", end.grant,
                                                   ", which had ended, was not revoked"));
  }
}

// What a process received is stored, or a login or an end came after it, or the schedule took it.
void Judge::CheckRotation(const Presentation& p) {
  const int token = p.successor;
  const int grant = h_.Token(token).grant;
  if (IsStored(token)) return;
  // Nobody can use it any more: it is its successor that must not be lost.
  if (h_.rotation == Rotation::kSingleUse && IsSpent(token)) return;
  // On its way when the run ended.
  if (p.heard_at + absl::Seconds(2) > h_.end) return;
  const SteadyTime begun = p.sent - kLeaseRenewal;
  for (const Write& w : h_.writes) {
    if (w.grant != grant || w.undone != kNever || w.at < begun) continue;
    // Ended, also by a tombstone that was put back; or another login's.
    if (w.token < 0 || h_.Token(w.token).family != h_.Token(token).family) return;
    // The same token, presented again within its grace or after the patience, brought another,
    // which may have been replaced since.
    const int parent = h_.Token(token).parent;
    for (int t = w.token; t >= 0; t = h_.Token(t).parent) {
      if (h_.Token(t).parent == parent && !GivenEarlier(t, p)) return;
    }
  }
  if (LossIsExplained(token, p.by, p.heard_at)) return;
  Fail(Invariant::kNoRotationLost, absl::StrCat("token ", token, ", received by ", Name(p.by),
                                                " at ", At(p.heard_at), ", is not stored"));
}

// Whether another login had come first, so that whose account it is had to be asked, and the
// provider did not say.
bool Judge::AccountWasNotTold(const Brought& b) const {
  const int grant = h_.Token(b.token).grant;
  return Had(Kind::kProvider, -1, b.at - 3 * h_.request_timeout, b.at + h_.request_timeout) &&
         std::any_of(h_.writes.begin(), h_.writes.end(), [&](const Write& w) {
           return w.grant == grant && w.kind == Wrote::kLogin && w.at <= b.at;
         });
}

// What a login brought is stored, unless another login or an end came after it.
void Judge::CheckBrought(const Brought& b) {
  const RefreshToken& token = h_.Token(b.token);
  if (IsStored(b.token) || b.at + absl::Seconds(2) > h_.end) return;
  for (const Write& w : h_.writes) {
    if (w.grant != token.grant || w.undone != kNever || w.at < b.at) continue;
    const bool other = w.token < 0 || h_.Token(w.token).family != token.family;
    if (other && w.kind != Wrote::kRefresh) return;
  }
  if (LossIsExplained(b.token, b.by, b.at) || AccountWasNotTold(b)) return;
  Fail(Invariant::kNoRotationLost, absl::StrCat("token ", b.token, ", which a login brought to ",
                                                Name(b.by), " at ", At(b.at), ", is not stored"));
}

}  // namespace tokenbroker::simulation
