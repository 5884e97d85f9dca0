// What the parts of the checker share: a run's history, questions to it, and the violations found.
#pragma once

#include <absl/strings/str_cat.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/checker.h"

namespace tokenbroker::simulation {

class Judge {
 public:
  explicit Judge(const History& history) : h_(history) {}

  std::vector<Violation> Take() { return std::move(violations_); }

  // checker_presentations.cc
  void CheckPresentations();
  // checker_store.cc
  void CheckWrites();
  void CheckEndings();
  // checker_answers.cc
  void CheckAnswers();

 private:
  using Kind = Trouble::Kind;

  void CheckCode(size_t code);
  void CheckPair(const Presentation& first, const Presentation& second);
  void CheckStored(const Presentation& p);
  bool AnotherAnswerCame(const Write& death, SteadyTime until) const;
  void CheckKnowledge(const Presentation& p);
  void CheckAge(const Presentation& p);
  void CheckMayBeKept(const Presentation& p);
  void CheckInHand(const Presentation& first, const Presentation& second);
  void CheckOnce(size_t index);
  bool RefreshedWhileSettling(const Write& login) const;
  bool RevivedUnheard(int grant, int token) const;
  bool AccountWasNotTold(const Brought& b) const;
  void CheckChain(size_t index);
  void CheckRotation(const Presentation& p);
  void CheckBrought(const Brought& b);
  void CheckEnd(const Write& end);
  bool GivenEarlier(int token, const Presentation& p) const;
  void CheckGoingBack(const Answer& answer, int64_t* best);
  void CheckStaleness(const Answer& answer);
  void CheckRefusal(const Answer& answer);
  bool WasDead(const Answer& answer) const;
  void CheckWaiting(const Answer& answer);
  bool ProviderMayBeAway(const Answer& answer) const;
  bool MayBeUnknown(const Answer& answer) const;
  bool CouldBeServed(const Answer& answer) const;
  bool KnowsBetter(const Answer& answer) const;

  // Whether the schedule stood in the replica's way at any time between; -1: in anybody's.
  bool Hindered(int replica, SteadyTime from, SteadyTime to) const;
  // The same, but for failovers.
  bool HinderedItself(int replica, SteadyTime from, SteadyTime to) const;
  // Whether a failover may have lost the lease and the intent of `first`.
  bool LostByFailover(const Presentation& first) const;
  // Whether another login or an end was stored between.
  bool Superseded(int grant, SteadyTime from, SteadyTime to) const;
  bool Had(Kind kind, int replica, SteadyTime from, SteadyTime to) const;
  // What was stored at `t`; nullptr: nothing.
  const Write* StoredAt(int grant, SteadyTime t) const;
  // What stood when the write was made; nullptr: nothing.
  const Write* StoredBefore(size_t index) const;
  bool Presentable(int token) const;
  // Whether the provider has given another for it.
  bool IsSpent(int token) const;
  // Whether somebody heard between the two that the provider does not take it, or gave no other.
  bool WasSettled(int token, SteadyTime from, SteadyTime to) const;
  // When the access token dies that is stored with the refresh token at `t`.
  SteadyTime AccessExpires(int token, SteadyTime t) const;
  // Whether the token, or one that came of it, is or was stored by a write that stands.
  bool IsStored(int token) const;
  // Whether `token` came of `ancestor`, which is another.
  bool CameOf(int token, int ancestor) const;
  // Whether the schedule took the token that the process had since then.
  bool LossIsExplained(int token, const Process& by, SteadyTime since) const;

  void Fail(Invariant invariant, std::string what) {
    violations_.push_back({invariant, std::move(what)});
  }
  std::string At(SteadyTime t) const {
    return absl::StrCat("t=", absl::ToDoubleSeconds(t - h_.start));
  }
  static std::string Name(const Process& p) {
    return absl::StrCat("replica ", p.replica, "#", p.incarnation);
  }

  const History& h_;
  std::vector<Violation> violations_;
};

}  // namespace tokenbroker::simulation
