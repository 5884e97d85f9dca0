#include "tests/store/grant_store_contract.h"

namespace tokenbroker {
namespace {

Task<bool> LetsTheLoopTurn(GrantStore* store, GrantKey key, Loop* loop) {
  auto turned = std::make_shared<bool>(false);
  loop->Post([turned] { *turned = true; });
  co_await store->Load(key);
  co_return *turned;
}

TEST_P(GrantStoreContract, NoCallCompletesInline) {
  EXPECT_TRUE(Do(LetsTheLoopTurn(&grants(), key_, &loop_)));
}

TEST_P(GrantStoreContract, LoadOfAnUnknownGrantIsNotFound) {
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_P(GrantStoreContract, EveryAnswerTellsWhatTheStoresClockRead) {
  store_->JumpClock(absl::Minutes(7));
  const LoadAnswer answer = Load();
  EXPECT_EQ(answer.time.store_time, Now());
  EXPECT_EQ(answer.time.steady, clock_.SteadyNow());
}

TEST_P(GrantStoreContract, AMissingStoreIsNeverAMissingGrant) {
  LogIn();
  store_->BeginNoStore();
  const Grant grant = SampleGrant();
  BeginRefreshAnswer begun;
  begun.grant = grant;
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNoStore);
  EXPECT_EQ(Begin(1, "a").outcome, Begun::kNoStore);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kNoStore);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kNoStore);
  EXPECT_EQ(Fail(begun, "a", Delivery::kNotSent).outcome, Failed::kNoStore);
  EXPECT_EQ(PutOf(PutKind::kRevoke, "a", 0, grant).outcome, Put::kNoStore);
  EXPECT_EQ(Do(grants().ClaimDue("spotify", 1, kClaimPush)).outcome,
            ClaimAnswer::Outcome::kNoStore);
  EXPECT_EQ(Do(grants().List({}, 10, "")).outcome, ListAnswer::Outcome::kNoStore);
  EXPECT_EQ(Do(grants().GetProviderState("spotify")).outcome,
            ProviderStateAnswer::Outcome::kNoStore);
  EXPECT_EQ(Do(grants().SetProviderState("spotify", {})).outcome,
            ProviderStateAnswer::Outcome::kNoStore);
  EXPECT_FALSE(Do(grants().Touch({{key_, Now()}})));
}

TEST_P(GrantStoreContract, BeginTakesTheLeaseAndHandsOutTheGrant) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer answer = Go(grant.generation, "a");
  EXPECT_EQ(answer.grant->generation, grant.generation);
  EXPECT_EQ(answer.grant->refresh_token.Expose(), "rt-1");
  EXPECT_EQ(answer.until, Now() + kLease);
  EXPECT_EQ(answer.intent_at, Now());
  EXPECT_EQ(answer.begun_at, Now());
}

TEST_P(GrantStoreContract, BeginReservesAtLeastTheStoresClock) {
  const Grant grant = LogIn();
  Advance(absl::Minutes(1));
  EXPECT_EQ(Go(grant.generation, "a").next, NowMs());
}

TEST_P(GrantStoreContract, BeginReservesAboveTheGenerationThoughTheClockWentBack) {
  const Grant grant = LogIn();
  store_->JumpClock(-absl::Hours(1));
  EXPECT_EQ(Go(grant.generation, "a").next, grant.generation + 1);
}

TEST_P(GrantStoreContract, EveryBeginReservesAboveTheOneBefore) {
  const Grant grant = LogIn();
  store_->JumpClock(-absl::Hours(1));
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  Fail(first, "a", Delivery::kNotSent);
  EXPECT_EQ(Go(grant.generation, "b").next, first.next + 1);
}

TEST_P(GrantStoreContract, BeginReservesAboveWhatTheCallerKnowsAfterARollback) {
  const Grant grant = LogIn();
  const int64_t known = grant.generation + 1'000'000;
  const Despite rollback{Despite::What::kRollback, ""};
  EXPECT_EQ(Go(known, "a", rollback).next, known + 1);
}

TEST_P(GrantStoreContract, ASecondReplicaIsBusyUntilTheLeaseEnds) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  Advance(kLease - absl::Milliseconds(1));
  const BeginRefreshAnswer second = Begin(grant.generation, "b");
  EXPECT_EQ(second.outcome, Begun::kBusy);
  EXPECT_EQ(second.until, first.until);
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kUnknown);
}

TEST_P(GrantStoreContract, RepeatingBeginWithTheSameAttemptSaysGoAgain) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  Advance(absl::Seconds(1));
  const BeginRefreshAnswer again = Go(grant.generation, "a");
  EXPECT_EQ(again.next, first.next);
  EXPECT_EQ(again.intent_at, first.intent_at);
  EXPECT_EQ(again.begun_at, first.begun_at);
  EXPECT_EQ(again.grant->generation, grant.generation);
}

TEST_P(GrantStoreContract, ABeginWhoseAnswerWasLostIsRepeated) {
  const Grant grant = LogIn();
  store_->Inject(StoreVerb::kBeginRefresh, {StoreFault::What::kLostAcknowledgement});
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kUnavailable);
  Go(grant.generation, "a");
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kBusy);
}

TEST_P(GrantStoreContract, ABeginAfterNotAfterChangesNothing) {
  const Grant grant = LogIn();
  BeginRefreshRequest request;
  request.key = key_;
  request.known_generation = grant.generation;
  request.attempt = "late";
  request.not_after = clock_.SteadyNow() - absl::Milliseconds(1);
  EXPECT_EQ(Do(grants().BeginRefresh(request)).outcome, Begun::kExpired);
  Go(grant.generation, "b");
}

TEST_P(GrantStoreContract, AStoppedStoreThatExecutesABeginTooLateChangesNothing) {
  const Grant grant = LogIn();
  store_->Inject(StoreVerb::kBeginRefresh, {StoreFault::What::kExecutedLate, absl::Seconds(11)});
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kUnavailable);
  Advance(absl::Seconds(12));
  Go(grant.generation, "b");
}

TEST_P(GrantStoreContract, ABeginThatArrivesAfterItsAttemptEndedIsExpired) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Fail(begun, "a", Delivery::kLostAnswer);
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kExpired);
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kUnknown);
}

TEST_P(GrantStoreContract, BeginOfAnUnknownOrDeletedGrantIsGone) {
  EXPECT_EQ(Begin(1, "a").outcome, Begun::kGone);
  const Grant grant = LogIn();
  PutOf(PutKind::kDelete, "delete", 0, grant);
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kGone);
}

TEST_P(GrantStoreContract, BeginOfADeadGrantSaysItsState) {
  const Grant grant = LogIn();
  Fail(Go(grant.generation, "a"), "a", Delivery::kAnswered, ErrorClass::kGrantDead);
  const BeginRefreshAnswer answer = Begin(grant.generation, "b");
  EXPECT_EQ(answer.outcome, Begun::kState);
  EXPECT_EQ(answer.grant->state, GrantState::kReauthorizationRequired);
  EXPECT_EQ(answer.grant->state_reason, StateReason::kProviderSaysDead);
}

TEST_P(GrantStoreContract, AnAdministratorMayRetryADeadGrant) {
  const Grant grant = LogIn();
  Fail(Go(grant.generation, "a"), "a", Delivery::kAnswered, ErrorClass::kGrantDead);
  const BeginRefreshAnswer retry = Go(grant.generation, "b", {Despite::What::kState, ""});
  EXPECT_EQ(retry.grant->refresh_token.Expose(), "rt-1");
  EXPECT_EQ(Commit(retry, "b", "rt-2").outcome, Committed::kStored);
}

TEST_P(GrantStoreContract, NobodyMayRetryARevokedGrant) {
  const Grant grant = LogIn();
  const int64_t revoked = PutOf(PutKind::kRevoke, "revoke", 0, grant).generation;
  EXPECT_EQ(Begin(revoked, "a").outcome, Begun::kState);
  EXPECT_EQ(Begin(revoked, "a", {Despite::What::kState, ""}).outcome, Begun::kState);
}

TEST_P(GrantStoreContract, BeginWithAnOldGenerationIsGivenTheNewerRecord) {
  const Grant grant = LogIn();
  Commit(Go(grant.generation, "a"), "a", "rt-2");
  const BeginRefreshAnswer answer = Begin(grant.generation, "b");
  EXPECT_EQ(answer.outcome, Begun::kNewer);
  EXPECT_EQ(answer.grant->refresh_token.Expose(), "rt-2");
}

TEST_P(GrantStoreContract, BeginAgainstARolledBackStoreIsToldSo) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  const int64_t newer = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  store_->Rollback(key_);
  const BeginRefreshAnswer answer = Begin(newer, "b");
  EXPECT_EQ(answer.outcome, Begun::kOlder);
  EXPECT_EQ(answer.grant->generation, grant.generation);
  Go(newer, "b", {Despite::What::kRollback, ""});
}

TEST_P(GrantStoreContract, ATokenThatIsPresentedDespiteARollbackCountsAsPresentedBefore) {
  const Grant grant = LogIn();
  const int64_t known = grant.generation + 1;
  const BeginRefreshAnswer begun = Go(known, "a", {Despite::What::kRollback, ""});
  Fail(begun, "a", Delivery::kAnswered);
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kUnknown);
}

// A replica was told of a rollback and waits for the lease; what was lost is put back meanwhile.
TEST_P(GrantStoreContract, ARollbackThatWasMendedExcusesNoOrphan) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  const int64_t known = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  const Grant committed = Stored();
  store_->Rollback(key_);
  ASSERT_EQ(Begin(known, "b").outcome, Begun::kOlder);
  PutOf(PutKind::kRestore, "a", known, committed);
  Go(known, "c");
  EXPECT_EQ(Begin(known, "b", {Despite::What::kRollback, ""}).outcome, Begun::kBusy);
  LetTheLeaseExpire();
  const BeginRefreshAnswer answer = Begin(known, "b", {Despite::What::kRollback, ""});
  EXPECT_EQ(answer.outcome, Begun::kUnknown);
  EXPECT_EQ(answer.unknown_attempt, "c");
}

// Another replica, which knows the older token only, began since the store went back.
TEST_P(GrantStoreContract, ARollbackExcusesNoOrphan) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  const int64_t known = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  store_->Rollback(key_);
  const BeginRefreshAnswer begun = Go(grant.generation, "c");
  EXPECT_EQ(Begin(known, "b", {Despite::What::kRollback, ""}).outcome, Begun::kBusy);
  LetTheLeaseExpire();
  const BeginRefreshAnswer answer = Begin(known, "b", {Despite::What::kRollback, ""});
  EXPECT_EQ(answer.outcome, Begun::kUnknown);
  EXPECT_EQ(answer.unknown_attempt, "c");
  EXPECT_EQ(answer.begun_at, begun.begun_at);
  EXPECT_EQ(answer.grant->generation, grant.generation);
}

TEST_P(GrantStoreContract, ABeginDespiteARollbackMayNameAnOrphanToo) {
  const Grant grant = LogIn();
  const int64_t known = grant.generation + 1'000'000;
  const BeginRefreshAnswer orphan = Go(grant.generation, "c");
  LetTheLeaseExpire();
  EXPECT_EQ(Begin(known, "b", DespiteOf("c")).outcome, Begun::kOlder);
  EXPECT_EQ(Begin(known, "b", {Despite::What::kRollback, "x"}).outcome, Begun::kUnknown);
  const BeginRefreshAnswer begun = Go(known, "b", {Despite::What::kRollback, "c"});
  EXPECT_EQ(begun.intent_at, orphan.intent_at);
  EXPECT_EQ(begun.next, known + 1);
  Fail(begun, "b", Delivery::kAnswered);
  EXPECT_EQ(Begin(grant.generation, "d").outcome, Begun::kUnknown);
}

TEST_P(GrantStoreContract, ARollbackThatWasMendedLeavesNothingUnknown) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a", {Despite::What::kRollback, ""});
  Fail(begun, "a", Delivery::kAnswered);
  Go(grant.generation, "b");
}

// The grant that an administrator retries was revived in the meantime.
TEST_P(GrantStoreContract, ARetryOfAGrantThatIsNotDeadExcusesNoOrphan) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  LetTheLeaseExpire();
  EXPECT_EQ(Begin(grant.generation, "b", {Despite::What::kState, ""}).outcome, Begun::kUnknown);
}

TEST_P(GrantStoreContract, BeginInBackoffIsToldUntilWhenAndWhy) {
  const Grant grant = LogIn();
  const absl::Time until = Now() + absl::Minutes(1);
  Fail(Go(grant.generation, "a"), "a", Delivery::kAnswered, ErrorClass::kQuota, until);
  const BeginRefreshAnswer answer = Begin(grant.generation, "b");
  EXPECT_EQ(answer.outcome, Begun::kBackoff);
  EXPECT_EQ(answer.until, until);
  EXPECT_EQ(answer.backoff_class, ErrorClass::kQuota);
}

TEST_P(GrantStoreContract, BackoffBindsCallersUntilItEnds) {
  const Grant grant = LogIn();
  const absl::Time until = Now() + absl::Minutes(1);
  Fail(Go(grant.generation, "a"), "a", Delivery::kAnswered, ErrorClass::kProviderTrouble, until);
  Advance(absl::Minutes(1) - absl::Milliseconds(1));
  EXPECT_EQ(Begin(grant.generation, "b", {}, Demand::kCaller).outcome, Begun::kBackoff);
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(Begin(grant.generation, "b", {}, Demand::kCaller).outcome, Begun::kGo);
}

TEST_P(GrantStoreContract, AnIntentWithoutItsHolderIsUnknown) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer answer = Begin(grant.generation, "b");
  EXPECT_EQ(answer.outcome, Begun::kUnknown);
  EXPECT_EQ(answer.unknown_attempt, "a");
  EXPECT_EQ(answer.intent_at, begun.intent_at);
  EXPECT_EQ(answer.begun_at, begun.begun_at);
}

TEST_P(GrantStoreContract, BeginDespiteAnOrphanKeepsTheTimeOfTheFirstPresentation) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer second = Go(grant.generation, "b", DespiteOf("a"));
  EXPECT_EQ(second.intent_at, first.intent_at);
  EXPECT_EQ(second.begun_at, Now());
  LetTheLeaseExpire();
  const BeginRefreshAnswer third = Go(grant.generation, "c", DespiteOf("b"));
  EXPECT_EQ(third.intent_at, first.intent_at);
}

TEST_P(GrantStoreContract, BeginDespiteAnotherOrphanIsStillUnknown) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  LetTheLeaseExpire();
  EXPECT_EQ(Begin(grant.generation, "b", DespiteOf("x")).outcome, Begun::kUnknown);
}

TEST_P(GrantStoreContract, AnOrphanIsNoExcuseWhileItsLeaseIsHeld) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  EXPECT_EQ(Begin(grant.generation, "b", DespiteOf("a")).outcome, Begun::kBusy);
}

TEST_P(GrantStoreContract, NothingBeginsWhileTheStoreSettles) {
  const Grant grant = LogIn();
  store_->BeginSettling();
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kSettling);
  store_->EndSettling();
  Go(grant.generation, "b");
}

TEST_P(GrantStoreContract, WhereAReplayIsHarmlessNobodyWaitsForAStoreToSettle) {
  const Grant grant = LogIn();
  store_->BeginSettling();
  BeginRefreshRequest request;
  request.key = key_;
  request.known_generation = grant.generation;
  request.attempt = "a";
  request.not_after = Soon();
  request.replay = Replay::kHarmless;
  EXPECT_EQ(Do(grants().BeginRefresh(request)).outcome, Begun::kGo);
}

TEST_P(GrantStoreContract, AGrantThatWeCannotReadIsNotBegun) {
  const Grant grant = LogIn();
  store_->MakeUnreadable(key_);
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kUnreadable);
}

TEST_P(GrantStoreContract, ALeaseMoreThanOneLeaseAheadCountsAsExpired) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  store_->JumpClock(-absl::Seconds(1));
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kUnknown);
}

TEST_P(GrantStoreContract, OnlyABeginOnDemandIsAUse) {
  const Grant grant = LogIn();
  Advance(absl::Minutes(1));
  const BeginRefreshAnswer background = Go(grant.generation, "a");
  EXPECT_EQ(Stored().last_used_at, grant.last_used_at);
  Fail(background, "a", Delivery::kNotSent);
  Begin(grant.generation, "b", {}, Demand::kCaller);
  EXPECT_EQ(Stored().last_used_at, Now());
}

TEST_P(GrantStoreContract, ARefusedBeginReservesNothing) {
  const Grant grant = LogIn();
  store_->JumpClock(-absl::Hours(1));
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  for (int i = 0; i < 5; ++i) Begin(grant.generation, "b" + std::to_string(i));
  Fail(first, "a", Delivery::kNotSent);
  EXPECT_EQ(Go(grant.generation, "c").next, first.next + 1);
}

}  // namespace
}  // namespace tokenbroker
