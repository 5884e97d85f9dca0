#include "tests/simulation/checker.h"

#include "tests/simulation/judge.h"

namespace tokenbroker::simulation {

absl::string_view InvariantName(Invariant invariant) {
  switch (invariant) {
    case Invariant::kOnePresentation:
      return "one_presentation";
    case Invariant::kNoneAfterItsSuccessor:
      return "none_after_its_successor";
    case Invariant::kGenerationsGrow:
      return "generations_grow";
    case Invariant::kAnswersDoNotGoBack:
      return "answers_do_not_go_back";
    case Invariant::kOnlyTheProviderKills:
      return "only_the_provider_kills";
    case Invariant::kNoMixUp:
      return "no_mix_up";
    case Invariant::kNoRotationLost:
      return "no_rotation_lost";
    case Invariant::kEndedStaysEnded:
      return "ended_stays_ended";
    case Invariant::kOneExchange:
      return "one_exchange";
    case Invariant::kRefusalsAreTrue:
      return "refusals_are_true";
    case Invariant::kNothingAfterItsTime:
      return "nothing_after_its_time";
    case Invariant::kNoIdleWaiting:
      return "no_idle_waiting";
    case Invariant::kNotTooOften:
      return "not_too_often";
    case Invariant::kServedInTheEnd:
      return "served_in_the_end";
  }
  return "";
}

std::vector<Violation> Check(const History& history) {
  Judge judge(history);
  judge.CheckPresentations();
  judge.CheckWrites();
  judge.CheckEndings();
  judge.CheckAnswers();
  return judge.Take();
}

bool Judge::Had(Kind kind, int replica, SteadyTime from, SteadyTime to) const {
  for (const Trouble& t : h_.troubles) {
    const bool same = t.replica == -1 || replica == -1 || t.replica == replica;
    if (t.kind == kind && same && t.from <= to && t.to >= from) return true;
  }
  return false;
}

bool Judge::Hindered(int replica, SteadyTime from, SteadyTime to) const {
  for (const Kind kind : {Kind::kCrash, Kind::kPause, Kind::kStore, Kind::kFailover, Kind::kCut}) {
    if (Had(kind, replica, from, to)) return true;
  }
  return false;
}

bool Judge::HinderedItself(int replica, SteadyTime from, SteadyTime to) const {
  for (const Kind kind : {Kind::kCrash, Kind::kPause, Kind::kStore, Kind::kCut}) {
    if (Had(kind, replica, from, to)) return true;
  }
  return false;
}

const Write* Judge::StoredAt(int grant, SteadyTime t) const {
  const Write* last = nullptr;
  for (const Write& w : h_.writes) {
    if (w.grant == grant && w.at <= t && w.undone > t) last = &w;
  }
  return last;
}

bool Judge::Presentable(int token) const {
  if (token < 0 || h_.FamilyOf(token).end != Family::End::kAlive) return false;
  if (h_.last_successor_only && h_.IsSuperseded(token)) return false;
  return h_.rotation == Rotation::kNone || !IsSpent(token);
}

bool Judge::IsSpent(int token) const {
  for (const Presentation& p : h_.presentations) {
    if (p.token == token && p.successor >= 0) return true;
  }
  return false;
}

bool Judge::WasSettled(int token, SteadyTime from, SteadyTime to) const {
  for (const Presentation& p : h_.presentations) {
    if (p.token != token || p.sent < from || p.heard_at > to) continue;
    const bool kept = p.heard == Presentation::Heard::kTokens && p.successor < 0;
    if (kept || p.heard == Presentation::Heard::kRefused) return true;
  }
  return false;
}

SteadyTime Judge::AccessExpires(int token, SteadyTime t) const {
  SteadyTime expires = h_.Token(token).access_expires;
  for (const Write& w : h_.writes) {
    if (w.token == token && w.at <= t && w.undone > t && w.access_expires) {
      expires = *w.access_expires;
    }
  }
  return expires;
}

bool Judge::IsStored(int token) const {
  for (const Write& w : h_.writes) {
    if (w.undone == kNever && (w.token == token || CameOf(w.token, token))) return true;
  }
  return false;
}

bool Judge::CameOf(int token, int ancestor) const {
  if (token < 0) return false;
  for (int t = h_.Token(token).parent; t >= 0; t = h_.Token(t).parent) {
    if (t == ancestor) return true;
  }
  return false;
}

}  // namespace tokenbroker::simulation
