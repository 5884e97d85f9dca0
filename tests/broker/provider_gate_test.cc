#include "broker/provider_gate.h"

#include <absl/strings/str_cat.h>

#include "tests/support/loop_test.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

class ProviderGateTest : public LoopTest {
 protected:
  ProviderGateTest() {
    config_->name = "spotify";
    config_->client_secrets = {{Secret("new"), "f-new"}, {Secret("old"), "f-old"}};
  }

  absl::optional<Reason> ReasonOfEnter() {
    const absl::optional<Refusal> refusal = RefusalOf(gate_.Enter(*config_));
    if (!refusal) return absl::nullopt;
    return refusal->reason;
  }
  bool Believe(const std::string& subject, StateReason cause = StateReason::kProviderSaysDead) {
    return gate_.BelieveDead(*config_, {"t", "spotify", subject}, cause);
  }
  bool BelieveRotationLost(int user) {
    return Believe(absl::StrCat("user-", user), StateReason::kRotationLost);
  }
  void Succeed(int times) {
    for (int i = 0; i < times; ++i) gate_.Succeeded(*config_, config_->client_secrets[0]);
  }
  void RefuseAllSecrets() {
    for (const ClientSecret& secret : config_->client_secrets) {
      gate_.Misconfigured(*config_, secret, "invalid_client");
    }
  }
  // Becomes true when the probe need not be waited for any more.
  std::shared_ptr<bool> Awaited() {
    auto done = std::make_shared<bool>(false);
    loop_.Spawn(AwaitThenSet(&gate_, clock_.SteadyNow() + absl::Minutes(1), done));
    Settle();
    return done;
  }
  static Task<void> AwaitThenSet(ProviderGate* gate, SteadyTime deadline,
                                 std::shared_ptr<bool> done) {
    co_await gate->AwaitProbe(deadline);
    *done = true;
  }
  StoreTimeMark Mark() { return {clock_.TimeNow(), clock_.SteadyNow()}; }

  Metrics metrics_;
  Jitter jitter_{1};
  std::shared_ptr<ProviderConfig> config_ = std::make_shared<ProviderConfig>();
  ProviderGate gate_{loop_, metrics_, jitter_, "spotify"};
};

TEST_F(ProviderGateTest, PresentsTheNewestSecretFirst) {
  EXPECT_EQ(gate_.Choose(*config_).fingerprint, "f-new");
}

TEST_F(ProviderGateTest, TriesTheOtherSecretBeforeItFreezes) {
  EXPECT_EQ(gate_.Misconfigured(*config_, config_->client_secrets[0], "invalid_client"),
            ProviderGate::Next::kAnotherSecret);
  EXPECT_EQ(gate_.Choose(*config_).fingerprint, "f-old");
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
}

TEST_F(ProviderGateTest, StaysWithTheSecretThatWorks) {
  gate_.Misconfigured(*config_, config_->client_secrets[0], "invalid_client");
  gate_.Succeeded(*config_, config_->client_secrets[1]);
  EXPECT_EQ(gate_.Choose(*config_).fingerprint, "f-old");
}

TEST_F(ProviderGateTest, TriesTheOtherSecretOnlyWhenTheSecretIsWhatWasRefused) {
  for (const char* error : {"unauthorized_client", "invalid_request", "invalid_scope", "http_404",
                            "unregistered_error", "assertion_not_signed"}) {
    ProviderGate gate(loop_, metrics_, jitter_, "spotify");
    EXPECT_EQ(gate.Misconfigured(*config_, config_->client_secrets[0], error),
              ProviderGate::Next::kFrozen)
        << error;
    EXPECT_EQ(gate.Choose(*config_).fingerprint, "f-new") << error;
  }
  EXPECT_EQ(gate_.Misconfigured(*config_, config_->client_secrets[0], "http_401"),
            ProviderGate::Next::kAnotherSecret);
}

TEST_F(ProviderGateTest, FreezesWhenNoSecretIsLeftAndThawsWithANewOne) {
  RefuseAllSecrets();
  EXPECT_TRUE(gate_.IsFrozen(*config_));
  EXPECT_EQ(ReasonOfEnter(), Reason::kProviderMisconfigured);
  config_->client_secrets = {{Secret("mended"), "f-mended"}};
  EXPECT_FALSE(gate_.IsFrozen(*config_));
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
}

TEST_F(ProviderGateTest, AChangeOfTheOlderSecretThawsToo) {
  RefuseAllSecrets();
  config_->client_secrets[1] = {Secret("mended"), "f-mended"};
  EXPECT_FALSE(gate_.IsFrozen(*config_));
  EXPECT_EQ(gate_.Choose(*config_).fingerprint, "f-mended");
}

TEST_F(ProviderGateTest, AFrozenProviderIsProbedOnceAMinute) {
  RefuseAllSecrets();
  Advance(kProbeInterval);
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
  EXPECT_EQ(ReasonOfEnter(), Reason::kProviderMisconfigured);
  Advance(kProbeInterval);
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
}

TEST_F(ProviderGateTest, ProbesTryEverySecretInTurnAndStayProbes) {
  RefuseAllSecrets();
  for (const char* fingerprint : {"f-new", "f-old", "f-new"}) {
    Advance(kProbeInterval);
    EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
    const ClientSecret probed = gate_.Choose(*config_);
    EXPECT_EQ(probed.fingerprint, fingerprint);
    gate_.Misconfigured(*config_, probed, "invalid_client");
    EXPECT_TRUE(gate_.IsFrozen(*config_));
    EXPECT_EQ(ReasonOfEnter(), Reason::kProviderMisconfigured) << "no more than one a minute";
  }
}

TEST_F(ProviderGateTest, ASuccessfulProbeThaws) {
  RefuseAllSecrets();
  gate_.Succeeded(*config_, config_->client_secrets[0]);
  EXPECT_FALSE(gate_.IsFrozen(*config_));
}

TEST_F(ProviderGateTest, APublicClientFreezesToo) {
  config_->client_secrets.clear();
  gate_.Misconfigured(*config_, ClientSecret(), "unauthorized_client");
  EXPECT_TRUE(gate_.IsFrozen(*config_));
}

TEST_F(ProviderGateTest, ObeysRetryAfter) {
  gate_.Troubled(ErrorClass::kQuota, absl::Seconds(17), 1);
  const absl::optional<Refusal> refusal = RefusalOf(gate_.Enter(*config_));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->reason, Reason::kProviderThrottled);
  EXPECT_EQ(refusal->retry_after, absl::Seconds(17));
  Advance(absl::Seconds(17));
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
}

TEST_F(ProviderGateTest, ASuccessDoesNotShortenARetryAfter) {
  gate_.Troubled(ErrorClass::kProviderTrouble, absl::Minutes(1), 1);
  gate_.Succeeded(*config_, config_->client_secrets[0]);
  EXPECT_EQ(ReasonOfEnter(), Reason::kProviderUnavailable);
  Advance(absl::Minutes(1));
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
}

TEST_F(ProviderGateTest, AnOpenCircuitDoesNotShortenARetryAfter) {
  gate_.Troubled(ErrorClass::kQuota, absl::Minutes(30), 1);
  for (int i = 0; i < 5; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  EXPECT_EQ(gate_.ReopensAt(*config_) - clock_.SteadyNow(), absl::Minutes(30));
  EXPECT_EQ(ReasonOfEnter(), Reason::kProviderThrottled);
}

TEST_F(ProviderGateTest, AnAnswerAboutTheClientOrTheGrantClosesTheCircuit) {
  for (int i = 0; i < 5; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  Believe("user-1");
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
  for (int i = 0; i < 5; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  gate_.Misconfigured(*config_, config_->client_secrets[0], "invalid_client");
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt) << "the other secret is tried";
}

TEST_F(ProviderGateTest, OneFailureStopsOneGrantFiveStopTheProvider) {
  for (int i = 0; i < 4; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
  gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  EXPECT_EQ(ReasonOfEnter(), Reason::kProviderUnavailable);
}

TEST_F(ProviderGateTest, AnOpenCircuitLetsOneThroughAtATime) {
  for (int i = 0; i < 5; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  Advance(gate_.ReopensAt(*config_) - clock_.SteadyNow());
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
  EXPECT_EQ(ReasonOfEnter(), Reason::kProviderUnavailable);
  gate_.Succeeded(*config_, config_->client_secrets[0]);
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
}

// ADR 30.
TEST_F(ProviderGateTest, WhoComesDuringAProbeHearsOfItsEnd) {
  for (int i = 0; i < 5; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  Advance(gate_.ReopensAt(*config_) - clock_.SteadyNow());
  EXPECT_TRUE(*Awaited()) << "there is no probe yet";
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
  const auto hears_of_success = Awaited();
  Advance(absl::Seconds(1));
  EXPECT_FALSE(*hears_of_success);
  gate_.Succeeded(*config_, config_->client_secrets[0]);
  Settle();
  EXPECT_TRUE(*hears_of_success);
  EXPECT_TRUE(gate_.MayEnter(*config_).ok());
}

TEST_F(ProviderGateTest, AProbeThatFailsOrTakesTooLongIsNotWaitedForAnyMore) {
  for (int i = 0; i < 5; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  Advance(gate_.ReopensAt(*config_) - clock_.SteadyNow());
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
  const auto hears_of_failure = Awaited();
  gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  Settle();
  EXPECT_TRUE(*hears_of_failure);
  EXPECT_FALSE(gate_.MayEnter(*config_).ok());
  Advance(gate_.ReopensAt(*config_) - clock_.SteadyNow());
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
  const auto hears_nothing = Awaited();
  Advance(absl::Seconds(5));
  EXPECT_TRUE(*hears_nothing);
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt) << "the next probe";
}

// As when a provider with many requests in flight goes down: all of them fail at once.
TEST_F(ProviderGateTest, FailuresOfOneMomentPauseTheProviderOnce) {
  for (int i = 0; i < 50; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  EXPECT_LE(gate_.ReopensAt(*config_) - clock_.SteadyNow(), absl::Seconds(1));
  Advance(gate_.ReopensAt(*config_) - clock_.SteadyNow());
  EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
  for (int i = 0; i < 50; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  EXPECT_LE(gate_.ReopensAt(*config_) - clock_.SteadyNow(), absl::Seconds(2)) << "one probe failed";
}

TEST_F(ProviderGateTest, AnOpenCircuitIsProbedLessAndLessOftenAndEveryHalfMinuteStill) {
  for (int i = 0; i < 5; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  absl::Duration longest;
  for (int i = 0; i < 40; ++i) {
    Advance(gate_.ReopensAt(*config_) - clock_.SteadyNow());
    EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
    gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
    const absl::Duration pause = gate_.ReopensAt(*config_) - clock_.SteadyNow();
    EXPECT_GE(pause, absl::Milliseconds(250));
    EXPECT_LE(pause, absl::Seconds(30));
    longest = std::max(longest, pause);
  }
  EXPECT_GT(longest, absl::Seconds(10));
}

TEST_F(ProviderGateTest, WhoHearsOfAnOpenCircuitLetsOneThroughAtATimeToo) {
  for (int i = 0; i < 5; ++i) gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, 1);
  ProviderGate other(loop_, metrics_, jitter_, "spotify");
  other.Adopt(*config_, gate_.State(Mark()), Mark());
  EXPECT_EQ(other.ReopensAt(*config_), gate_.ReopensAt(*config_));
  Advance(other.ReopensAt(*config_) - clock_.SteadyNow());
  EXPECT_TRUE(other.Enter(*config_).ok());
  EXPECT_FALSE(other.Enter(*config_).ok());
}

TEST_F(ProviderGateTest, BackoffGrowsAndIsBounded) {
  absl::Duration longest;
  for (int failures = 1; failures <= 40; ++failures) {
    const absl::Duration wait =
        gate_.Troubled(ErrorClass::kProviderTrouble, absl::nullopt, failures);
    EXPECT_GE(wait, absl::Milliseconds(250));
    EXPECT_LE(wait, absl::Minutes(5));
    longest = std::max(longest, wait);
  }
  EXPECT_GT(longest, absl::Minutes(1));
}

TEST_F(ProviderGateTest, TwentyDeadGrantsAreBelievedTheTwentyFirstIsSuspicious) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(Believe(absl::StrCat("user-", i)));
  }
  EXPECT_TRUE(Believe("user-0")) << "the same grant again";
  EXPECT_FALSE(Believe("user-20"));
  EXPECT_TRUE(gate_.IsFrozen(*config_));
}

TEST_F(ProviderGateTest, FewDeadAmongManyGoodAreNoSuspicion) {
  Succeed(1000);
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(Believe(absl::StrCat("user-", i)));
  }
  EXPECT_FALSE(gate_.IsFrozen(*config_));
}

TEST_F(ProviderGateTest, LostRotationsExplainTheirRefusals) {
  Succeed(50);
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(BelieveRotationLost(i)) << i;
  EXPECT_TRUE(Believe("user-40")) << "one that nothing explains";
  EXPECT_FALSE(gate_.IsFrozen(*config_));
}

TEST_F(ProviderGateTest, RefusalsThatNothingExplainsAreSuspiciousAmongLostRotationsToo) {
  Succeed(200);
  for (int i = 0; i < 40; ++i) BelieveRotationLost(i);
  for (int i = 40; i < 60; ++i) EXPECT_TRUE(Believe(absl::StrCat("user-", i)));
  EXPECT_FALSE(Believe("user-60"));
}

TEST_F(ProviderGateTest, WhenMostAreRefusedLostRotationsExplainNothing) {
  Succeed(20);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(BelieveRotationLost(i));
  EXPECT_FALSE(BelieveRotationLost(20));
  EXPECT_TRUE(gate_.IsFrozen(*config_));
}

TEST_F(ProviderGateTest, SuspicionForgetsAfterFiveMinutes) {
  for (int i = 0; i < 20; ++i) {
    Believe(absl::StrCat("user-", i));
  }
  Advance(absl::Minutes(6));
  EXPECT_TRUE(Believe("user-20"));
}

TEST_F(ProviderGateTest, SuspicionSpansFullFiveMinutes) {
  Advance(absl::Seconds(50));
  for (int i = 0; i < 20; ++i) {
    Believe(absl::StrCat("user-", i));
  }
  Advance(absl::Minutes(5) - absl::Seconds(1));
  EXPECT_FALSE(Believe("user-20"));
}

TEST_F(ProviderGateTest, WhileTheConfigurationIsSuspectedNobodyIsCondemned) {
  for (int i = 0; i <= 20; ++i) {
    Believe(absl::StrCat("user-", i));
  }
  for (int i = 21; i < 50; ++i) {
    Advance(kProbeInterval);
    EXPECT_EQ(ReasonOfEnter(), absl::nullopt);
    EXPECT_FALSE(Believe(absl::StrCat("user-", i)));
    EXPECT_EQ(ReasonOfEnter(), Reason::kProviderMisconfigured);
  }
  gate_.Succeeded(*config_, config_->client_secrets[0]);
  EXPECT_TRUE(Believe("user-50"));
}

Task<bool> Admit(ProviderGate* gate, std::shared_ptr<const ProviderConfig> config,
                 std::vector<Semaphore::Permit>* held, SteadyTime deadline) {
  Semaphore::Permit permit = co_await gate->Admit(config, deadline);
  const bool admitted = static_cast<bool>(permit);
  held->push_back(std::move(permit));
  co_return admitted;
}

TEST_F(ProviderGateTest, NoMoreThanMaxInFlightAreAdmitted) {
  config_->max_in_flight = 2;
  std::vector<Semaphore::Permit> held;
  const SteadyTime soon = clock_.SteadyNow() + absl::Seconds(1);
  EXPECT_TRUE(Run(Admit(&gate_, config_, &held, soon)));
  EXPECT_TRUE(Run(Admit(&gate_, config_, &held, soon)));
  EXPECT_EQ(gate_.FreeSlots(*config_, absl::Hours(1)), 0);
  EXPECT_FALSE(Run(Admit(&gate_, config_, &held, soon)));
}

TEST_F(ProviderGateTest, RequestsPerSecondArePaced) {
  config_->requests_per_second = 2;
  std::vector<Semaphore::Permit> held;
  const SteadyTime start = clock_.SteadyNow();
  const SteadyTime late = start + absl::Hours(1);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Run(Admit(&gate_, config_, &held, late)));
  EXPECT_EQ(clock_.SteadyNow() - start, absl::Seconds(2));
}

TEST_F(ProviderGateTest, EachReplicaTakesItsShareOfTheFleetsLimits) {
  config_->requests_per_second = 4;
  config_->max_in_flight = 5;
  gate_.SetReplicas(2);
  EXPECT_EQ(gate_.FreeSlots(*config_, absl::Seconds(1)), 2);
  EXPECT_EQ(gate_.FreeSlots(*config_, absl::Hours(1)), 2) << "half of max_in_flight";
  gate_.SetReplicas(100);
  EXPECT_EQ(gate_.FreeSlots(*config_, absl::Hours(1)), 1) << "never none at all";
}

TEST_F(ProviderGateTest, SlotsThatComeTooLateAreNotFree) {
  config_->requests_per_second = 0.1;
  EXPECT_EQ(gate_.FreeSlots(*config_, absl::Seconds(15)), 2);
  std::vector<Semaphore::Permit> held;
  const SteadyTime late = clock_.SteadyNow() + absl::Hours(1);
  EXPECT_TRUE(Run(Admit(&gate_, config_, &held, late)));
  EXPECT_EQ(gate_.FreeSlots(*config_, absl::Seconds(15)), 1);
  EXPECT_EQ(gate_.FreeSlots(*config_, absl::Seconds(10)), 0);
  Advance(absl::Seconds(10));
  EXPECT_EQ(gate_.FreeSlots(*config_, absl::Seconds(15)), 2);
}

TEST_F(ProviderGateTest, ASecretThatWasRefusedLongAgoIsTriedWhenTheWorkingOneFails) {
  const std::vector<ClientSecret>& secrets = config_->client_secrets;
  gate_.Misconfigured(*config_, secrets[0], "invalid_client");
  gate_.Succeeded(*config_, secrets[1]);
  EXPECT_EQ(gate_.Misconfigured(*config_, secrets[1], "invalid_client"),
            ProviderGate::Next::kAnotherSecret);
  EXPECT_EQ(gate_.Choose(*config_).fingerprint, "f-new");
  EXPECT_EQ(gate_.Misconfigured(*config_, secrets[0], "invalid_client"),
            ProviderGate::Next::kFrozen);
}

TEST_F(ProviderGateTest, WhatItDidNotLearnItDoesNotOverwrite) {
  using Change = ProviderChange;
  gate_.Troubled(ErrorClass::kQuota, absl::Seconds(30), 1);
  ASSERT_TRUE(gate_.TakeChanged());
  EXPECT_EQ(gate_.TakenChange(Mark()).freeze, Change::Freeze::kKeep);
  EXPECT_EQ(gate_.TakenChange(Mark()).pause, Change::Pause::kLonger);
  RefuseAllSecrets();
  ASSERT_TRUE(gate_.TakeChanged());
  EXPECT_EQ(gate_.TakenChange(Mark()).freeze, Change::Freeze::kSet);
}

TEST_F(ProviderGateTest, AnotherReplicaKnowsWhatThisOneLearned) {
  RefuseAllSecrets();
  gate_.Troubled(ErrorClass::kQuota, absl::Seconds(30), 1);
  EXPECT_TRUE(gate_.TakeChanged());
  EXPECT_FALSE(gate_.TakeChanged());
  ProviderGate other(loop_, metrics_, jitter_, "spotify");
  other.Adopt(*config_, gate_.State(Mark()), Mark());
  EXPECT_TRUE(other.IsFrozen(*config_));
  EXPECT_EQ(other.ReopensAt(*config_) - clock_.SteadyNow(), kProbeInterval);
}

TEST_F(ProviderGateTest, WhatIsNotPublishedYetIsNotOverwritten) {
  RefuseAllSecrets();
  gate_.Adopt(*config_, ProviderState(), Mark());
  EXPECT_TRUE(gate_.IsFrozen(*config_));
  gate_.TakeChanged();
  gate_.Adopt(*config_, ProviderState(), Mark());
  EXPECT_FALSE(gate_.IsFrozen(*config_));
}

TEST_F(ProviderGateTest, WhatTwoReplicasLearnAtOnceIsKept) {
  ProviderGate other(loop_, metrics_, jitter_, "spotify");
  other.Troubled(ErrorClass::kQuota, absl::Minutes(30), 1);
  RefuseAllSecrets();
  other.Adopt(*config_, gate_.State(Mark()), Mark());
  EXPECT_TRUE(other.IsFrozen(*config_));
  EXPECT_TRUE(other.TakeChanged()) << "what it learned itself is still to be told";
  gate_.Adopt(*config_, other.State(Mark()), Mark());
  EXPECT_EQ(gate_.ReopensAt(*config_) - clock_.SteadyNow(), absl::Minutes(30));
}

TEST_F(ProviderGateTest, AReplicaWithAnotherSecretLeavesTheFreezeToThoseWhomItBinds) {
  prometheus::Gauge& frozen = metrics_.Gauge(
      "tokenbroker_provider_frozen",
      "1 while a provider's refreshes are stopped because it refuses the broker's own "
      "registration.",
      {{"provider", "spotify"}});
  RefuseAllSecrets();
  gate_.TakeChanged();
  EXPECT_EQ(frozen.Value(), 1);
  ProviderConfig mended = *config_;
  mended.client_secrets = {{Secret("mended"), "f-mended"}};
  EXPECT_TRUE(gate_.Enter(mended).ok());
  EXPECT_EQ(frozen.Value(), 0);
  gate_.Succeeded(mended, mended.client_secrets[0]);
  EXPECT_FALSE(gate_.TakeChanged()) << "it would thaw replicas whose secret is refused";
  gate_.Adopt(mended, gate_.State(Mark()), Mark());
  EXPECT_EQ(frozen.Value(), 0);
  EXPECT_TRUE(gate_.IsFrozen(*config_));
}

}  // namespace
}  // namespace tokenbroker
