#include "tests/store/grant_store_contract.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(GrantStoreContract, FailNotSentClearsTheIntent) {
  const Grant grant = LogIn();
  EXPECT_EQ(Fail(Go(grant.generation, "a"), "a", Delivery::kNotSent).outcome, Failed::kOk);
  Go(grant.generation, "b");
}

TEST_P(GrantStoreContract, FailAnsweredClearsTheIntent) {
  const Grant grant = LogIn();
  Fail(Go(grant.generation, "a"), "a", Delivery::kAnswered);
  Go(grant.generation, "b");
}

TEST_P(GrantStoreContract, FailLostAnswerKeepsTheIntent) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Advance(absl::Seconds(1));
  EXPECT_EQ(Fail(begun, "a", Delivery::kLostAnswer).outcome, Failed::kOk);
  const BeginRefreshAnswer answer = Begin(grant.generation, "b");
  EXPECT_EQ(answer.outcome, Begun::kUnknown);
  EXPECT_EQ(answer.unknown_attempt, "a");
  EXPECT_EQ(answer.intent_at, begun.intent_at);
}

TEST_P(GrantStoreContract, AFailedAnswerSettlesNoEarlierPresentation) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  Fail(Go(grant.generation, "b", DespiteOf("a")), "b", Delivery::kAnswered);
  const BeginRefreshAnswer answer = Begin(grant.generation, "c");
  EXPECT_EQ(answer.outcome, Begun::kUnknown);
  EXPECT_EQ(answer.unknown_attempt, "b");
  EXPECT_EQ(answer.intent_at, first.intent_at);
}

TEST_P(GrantStoreContract, ARequestThatWasNotSentSettlesNoEarlierPresentation) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  LetTheLeaseExpire();
  Fail(Go(grant.generation, "b", DespiteOf("a")), "b", Delivery::kNotSent);
  EXPECT_EQ(Begin(grant.generation, "c").outcome, Begun::kUnknown);
}

// ADR 33
TEST_P(GrantStoreContract, AnAnswerEndsTheBackoffOfThoseWhoDeferredToIt) {
  const Grant grant = LogIn();
  for (const Delivery known : {Delivery::kNotSent, Delivery::kAnswered}) {
    const Attempt attempt = known == Delivery::kNotSent ? "a" : "b";
    const BeginRefreshAnswer begun = Go(grant.generation, attempt);
    LetTheLeaseExpire();
    Fail(begun, attempt, Delivery::kLostAnswer, ErrorClass::kRotationUnknown,
         Now() + absl::Hours(1));
    Fail(begun, attempt, known);
  }
  Go(grant.generation, "c");
}

// ADR 29: the patience counts from the last attempt whose holder may still come back.
TEST_P(GrantStoreContract, AnAttemptWhoseOutcomeIsKnownAddsNoPatience) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  for (const Delivery known : {Delivery::kNotSent, Delivery::kAnswered}) {
    Advance(absl::Minutes(1));
    const BeginRefreshAnswer orphan = Begin(grant.generation, "who is it");
    const Attempt next = orphan.unknown_attempt + "+";
    Fail(Go(grant.generation, next, DespiteOf(orphan.unknown_attempt)), next, known);
    const BeginRefreshAnswer answer = Begin(grant.generation, "c");
    EXPECT_EQ(answer.outcome, Begun::kUnknown);
    EXPECT_EQ(answer.unknown_attempt, next);
    EXPECT_EQ(answer.begun_at, first.begun_at);
  }
}

TEST_P(GrantStoreContract, AnAttemptWhoseAnswerWasLostIsWaitedForItself) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  Advance(absl::Minutes(1));
  const BeginRefreshAnswer second = Go(grant.generation, "b", DespiteOf("a"));
  Fail(second, "b", Delivery::kLostAnswer);
  const BeginRefreshAnswer answer = Begin(grant.generation, "c");
  EXPECT_EQ(answer.begun_at, second.begun_at);
  EXPECT_EQ(answer.intent_at, first.intent_at);
  Advance(absl::Minutes(1));
  Fail(Go(grant.generation, "c", DespiteOf("b")), "c", Delivery::kNotSent);
  EXPECT_EQ(Begin(grant.generation, "d").begun_at, second.begun_at);
}

TEST_P(GrantStoreContract, ABeginDespiteAnOrphanThatWasSettledMeanwhileLeavesNothingUnknown) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  Fail(first, "a", Delivery::kAnswered);
  Fail(Go(grant.generation, "b", DespiteOf("a")), "b", Delivery::kAnswered);
  Go(grant.generation, "c");
}

TEST_P(GrantStoreContract, AnInvalidGrantSettlesEveryEarlierPresentation) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  LetTheLeaseExpire();
  Fail(Go(grant.generation, "b", DespiteOf("a")), "b", Delivery::kAnswered, ErrorClass::kGrantDead);
  Fail(Go(grant.generation, "c", {Despite::What::kState, ""}), "c", Delivery::kNotSent);
  EXPECT_EQ(Begin(grant.generation, "d").outcome, Begun::kState);
}

TEST_P(GrantStoreContract, AnInvalidGrantForgetsWhenItsTokenWasFirstPresented) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  LetTheLeaseExpire();
  Fail(Go(grant.generation, "b", DespiteOf("a")), "b", Delivery::kAnswered, ErrorClass::kGrantDead);
  EXPECT_EQ(Go(grant.generation, "c", {Despite::What::kState, ""}).intent_at, Now());
}

TEST_P(GrantStoreContract, ADeadGrantIsInNoBackoff) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Fail(begun, "a", Delivery::kLostAnswer, ErrorClass::kRotationUnknown, Now() + absl::Hours(1));
  Fail(begun, "a", Delivery::kAnswered, ErrorClass::kGrantDead);
  Go(grant.generation, "b", {Despite::What::kState, ""});
}

TEST_P(GrantStoreContract, FailEndsTheLease) {
  const Grant grant = LogIn();
  Fail(Go(grant.generation, "a"), "a", Delivery::kLostAnswer);
  Go(grant.generation, "b", DespiteOf("a"));
}

TEST_P(GrantStoreContract, FailOfAnotherAttemptIsNotYours) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  EXPECT_EQ(Fail(begun, "b", Delivery::kNotSent).outcome, Failed::kNotYours);
  EXPECT_EQ(Begin(grant.generation, "c").outcome, Begun::kBusy);
}

TEST_P(GrantStoreContract, FailAfterALoginIsNotYours) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Advance(absl::Seconds(1));
  LogIn("rt-of-a-later-login");
  EXPECT_EQ(Fail(begun, "a", Delivery::kAnswered, ErrorClass::kGrantDead).outcome,
            Failed::kNotYours);
  EXPECT_EQ(Stored().state, GrantState::kActive);
}

TEST_P(GrantStoreContract, FailOfAMissingOrDeletedGrantIsGone) {
  store_->Remember(key_);
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  PutOf(PutKind::kDelete, "delete", 0, grant);
  EXPECT_EQ(Fail(begun, "a", Delivery::kNotSent).outcome, Failed::kGone);
  store_->Rollback(key_);
  EXPECT_EQ(Fail(begun, "a", Delivery::kNotSent).outcome, Failed::kGone);
}

TEST_P(GrantStoreContract, FailAfterARotationIsGivenTheNewerAndLeavesNothingBehind) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer second = Go(grant.generation, "b", DespiteOf("a"));
  const int64_t generation = Commit(first, "a", "rt-2").generation;
  const FailAnswer answer =
      Fail(second, "b", Delivery::kAnswered, ErrorClass::kGrantDead, Now() + absl::Hours(1));
  EXPECT_EQ(answer.outcome, Failed::kNewer);
  EXPECT_EQ(answer.grant->refresh_token.Expose(), "rt-2");
  EXPECT_EQ(Stored().state, GrantState::kActive);
  EXPECT_EQ(Begin(generation, "c").outcome, Begun::kGo) << "ADR 33";
}

TEST_P(GrantStoreContract, WhoGivesUpOnACommittedAttemptChangesNothing) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  const int64_t generation = Commit(begun, "a", "rt-1").generation;
  const FailAnswer answer =
      Fail(begun, "a", Delivery::kLostAnswer, ErrorClass::kRotationUnknown, Now() + absl::Hours(1));
  EXPECT_EQ(answer.outcome, Failed::kNewer);
  EXPECT_EQ(answer.grant->generation, generation);
  Go(generation, "b");
}

TEST_P(GrantStoreContract, ADeadGrantKeepsItsTokenAndIsNeverDue) {
  const Grant grant = LogIn();
  Fail(Go(grant.generation, "a"), "a", Delivery::kAnswered, ErrorClass::kGrantDead);
  const Grant stored = Stored();
  EXPECT_EQ(stored.state, GrantState::kReauthorizationRequired);
  EXPECT_EQ(stored.state_reason, StateReason::kProviderSaysDead);
  EXPECT_EQ(stored.last_error, "invalid_grant");
  EXPECT_EQ(stored.refresh_token.Expose(), "rt-1");
  EXPECT_EQ(stored.access_token.Expose(), "at-of-rt-1");
  EXPECT_EQ(stored.generation, grant.generation);
  Advance(absl::Hours(24 * 365));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(GrantStoreContract, ProviderTroubleQuotaAndUnknownRotationsPutIntoBackoff) {
  const Grant grant = LogIn();
  int n = 0;
  for (const ErrorClass error_class :
       {ErrorClass::kProviderTrouble, ErrorClass::kQuota, ErrorClass::kRotationUnknown}) {
    const Attempt attempt = "a" + std::to_string(++n);
    const absl::Time until = Now() + absl::Minutes(5);
    Fail(Go(grant.generation, attempt), attempt, Delivery::kNotSent, error_class, until);
    const BeginRefreshAnswer answer = Begin(grant.generation, "b");
    EXPECT_EQ(answer.outcome, Begun::kBackoff);
    EXPECT_EQ(answer.backoff_class, error_class);
    Advance(absl::Minutes(5));
  }
  EXPECT_EQ(Stored().state, GrantState::kActive);
}

TEST_P(GrantStoreContract, OurOwnMistakeChangesNeitherStateNorBackoff) {
  const Grant grant = LogIn();
  const absl::Time until = Now() + absl::Minutes(5);
  Fail(Go(grant.generation, "a"), "a", Delivery::kAnswered, ErrorClass::kOurConfiguration, until);
  EXPECT_EQ(Stored().state, GrantState::kActive);
  Go(grant.generation, "b");
}

TEST_P(GrantStoreContract, FailMovesTheDueEntry) {
  const Grant grant = LogIn();
  Advance(absl::Minutes(50));
  ASSERT_THAT(Claim(), ElementsAre(key_));
  const absl::Time until = Now() + absl::Minutes(2);
  Fail(Go(grant.generation, "a"), "a", Delivery::kAnswered, ErrorClass::kProviderTrouble, until);
  Advance(absl::Minutes(2) - absl::Milliseconds(1));
  EXPECT_THAT(Claim(), IsEmpty());
  Advance(absl::Milliseconds(1));
  EXPECT_THAT(Claim(), ElementsAre(key_));
}

TEST_P(GrantStoreContract, WhoDefersAnUnknownRotationMakesItsDueEntryWait) {
  const Grant grant = LogIn();
  Advance(absl::Minutes(50));
  const BeginRefreshAnswer dead_holder = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer unknown = Begin(grant.generation, "b");
  ASSERT_EQ(unknown.outcome, Begun::kUnknown);
  const absl::Time patience = *grant.expires_at;
  Fail(dead_holder, unknown.unknown_attempt, Delivery::kLostAnswer, ErrorClass::kRotationUnknown,
       patience);
  const BeginRefreshAnswer waiting = Begin(grant.generation, "b");
  EXPECT_EQ(waiting.outcome, Begun::kBackoff);
  EXPECT_EQ(waiting.until, patience);
  EXPECT_EQ(waiting.backoff_class, ErrorClass::kRotationUnknown);
  EXPECT_THAT(Claim(), IsEmpty());
  Advance(patience - Now());
  EXPECT_THAT(Claim(), ElementsAre(key_));
  EXPECT_EQ(Begin(grant.generation, "b").unknown_attempt, "a");
  Go(grant.generation, "b", DespiteOf("a"));
}

TEST_P(GrantStoreContract, RepeatingAFailChangesNothingMore) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Inject(StoreVerb::kFail, {StoreFault::What::kLostAcknowledgement});
  EXPECT_EQ(Fail(begun, "a", Delivery::kNotSent).outcome, Failed::kUnavailable);
  EXPECT_EQ(Fail(begun, "a", Delivery::kNotSent).outcome, Failed::kOk);
  Go(grant.generation, "b");
}

TEST_P(GrantStoreContract, ABeginThatWasExecutedLateIsEndedByALaterFail) {
  const Grant grant = LogIn();
  store_->Inject(StoreVerb::kBeginRefresh, {StoreFault::What::kExecutedLate, absl::Seconds(5)});
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kUnavailable);
  BeginRefreshAnswer assumed;
  assumed.grant = grant;
  EXPECT_EQ(Fail(assumed, "a", Delivery::kNotSent).outcome, Failed::kNotYours);
  Advance(absl::Seconds(11));
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kUnknown);
  EXPECT_EQ(Fail(assumed, "a", Delivery::kNotSent).outcome, Failed::kOk);
  Go(grant.generation, "b");
}

}  // namespace
}  // namespace tokenbroker
