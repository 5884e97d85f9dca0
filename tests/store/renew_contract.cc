#include "tests/store/grant_store_contract.h"

namespace tokenbroker {
namespace {

TEST_P(GrantStoreContract, RenewExtendsTheLease) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  for (int i = 0; i < 5; ++i) {
    Advance(kLeaseRenewal);
    const RenewAnswer answer = Renew(begun, "a");
    EXPECT_EQ(answer.outcome, Renewed::kOk);
    EXPECT_EQ(answer.until, Now() + kLease);
  }
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kBusy);
}

TEST_P(GrantStoreContract, ALapsedLeaseIsRenewedWhileNobodyTookIt) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Advance(absl::Minutes(1));
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kOk);
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kBusy);
}

TEST_P(GrantStoreContract, ARenewalAfterNotAfterIsExpired) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  RenewRequest request;
  request.key = key_;
  request.attempt = "a";
  request.not_after = clock_.SteadyNow() - absl::Milliseconds(1);
  EXPECT_EQ(Do(grants().Renew(request)).outcome, Renewed::kExpired);
}

TEST_P(GrantStoreContract, ARenewalIsTakenOnceAnotherAttemptWasBegun) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer other = Go(grant.generation, "b", DespiteOf("a"));
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kTaken);
  Fail(other, "b", Delivery::kLostAnswer);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kTaken);
}

TEST_P(GrantStoreContract, ARenewalHasEndedAfterCommitAndAfterFail) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer failed = Go(grant.generation, "a");
  Fail(failed, "a", Delivery::kNotSent);
  EXPECT_EQ(Renew(failed, "a").outcome, Renewed::kEnded);
  const BeginRefreshAnswer committed = Go(grant.generation, "b");
  Commit(committed, "b", "rt-2");
  EXPECT_EQ(Renew(committed, "b").outcome, Renewed::kEnded);
}

TEST_P(GrantStoreContract, ARenewalOfADeletedGrantIsGoneAndOfARevokedOneTaken) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kTaken);
  PutOf(PutKind::kDelete, "delete", 0, grant);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kGone);
}

TEST_P(GrantStoreContract, RenewRecreatesTheLeaseAndIntentThatAFailoverLost) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Rollback(key_);
  Advance(kLeaseRenewal);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kOk);
  EXPECT_EQ(Begin(grant.generation, "b").outcome, Begun::kBusy);
  LetTheLeaseExpire();
  const BeginRefreshAnswer orphan = Begin(grant.generation, "b");
  EXPECT_EQ(orphan.outcome, Begun::kUnknown);
  EXPECT_EQ(orphan.unknown_attempt, "a");
  EXPECT_EQ(orphan.intent_at, begun.intent_at);
  EXPECT_EQ(orphan.begun_at, begun.begun_at) << "for no longer than before it is waited for";
  EXPECT_GT(Go(grant.generation, "b", DespiteOf("a")).next, begun.next);
}

TEST_P(GrantStoreContract, RenewRecreatesThatAnOlderPresentationIsUnknown) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  LetTheLeaseExpire();
  store_->Remember(key_);
  const BeginRefreshAnswer begun = Go(grant.generation, "b", DespiteOf("a"));
  store_->Rollback(key_);
  ASSERT_EQ(Renew(begun, "b").outcome, Renewed::kOk);
  Fail(begun, "b", Delivery::kAnswered);
  EXPECT_EQ(Begin(grant.generation, "c").outcome, Begun::kUnknown);
}

TEST_P(GrantStoreContract, RenewRecreatesNothingOnceAnotherTokenIsStored) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Advance(absl::Seconds(1));
  const Grant login = LogIn("rt-of-another-login");
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kTaken);
  Go(login.generation, "b");
}

TEST_P(GrantStoreContract, RenewRecreatesNothingWhereAnOlderTokenIsStoredAgain) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  const int64_t rotated = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  const BeginRefreshAnswer begun = Go(rotated, "b");
  store_->Rollback(key_);
  EXPECT_EQ(Renew(begun, "b").outcome, Renewed::kTaken);
}

// A failover un-did both, and the login was put back first: the presentation is still under way.
TEST_P(GrantStoreContract, RenewRecreatesTheIntentBelowALoginThatInherited) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Inherit(grant, begun.next + 1);
  const Grant login = Stored();
  store_->Rollback(key_);
  ASSERT_EQ(PutOf(PutKind::kRestore, "inherits", login.generation, login).outcome, Put::kStored);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kOk);
  LetTheLeaseExpire();
  const BeginRefreshAnswer orphan = Begin(login.generation, "b");
  EXPECT_EQ(orphan.outcome, Begun::kUnknown);
  EXPECT_EQ(orphan.unknown_attempt, "a");
}

TEST_P(GrantStoreContract, RenewRecreatesNothingOnceAnotherWasBegunAfterALoginThatInherited) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Rollback(key_);
  const int64_t login = Inherit(grant, begun.next + 1);
  ASSERT_EQ(Commit(Go(login, "b"), "b", "rt-1").outcome, Committed::kStored);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kTaken);
}

TEST_P(GrantStoreContract, RenewReservesItsNumberAgainThoughTheClockWentBack) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  Advance(absl::Minutes(1));
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Rollback(key_);
  store_->JumpClock(-absl::Hours(1));
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kOk);
  LetTheLeaseExpire();
  EXPECT_EQ(Go(grant.generation, "b", DespiteOf("a")).next, begun.next + 1);
}

TEST_P(GrantStoreContract, RenewRecreatesNothingOverALeaseWhoseNumberIsLower) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  Advance(absl::Minutes(1));
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Rollback(key_);
  store_->JumpClock(-absl::Hours(1));
  ASSERT_LT(Go(grant.generation, "b").next, begun.next);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kTaken);
}

TEST_P(GrantStoreContract, RenewRecreatesNothingOverSomeoneElsesLease) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Rollback(key_);
  Go(grant.generation, "b");
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kTaken);
}

}  // namespace
}  // namespace tokenbroker
