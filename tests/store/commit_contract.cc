#include "tests/store/grant_store_contract.h"

namespace tokenbroker {
namespace {

TEST_P(GrantStoreContract, CommitStoresTheSuccessor) {
  const Grant grant = LogIn();
  Advance(absl::Minutes(50));
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Advance(absl::Seconds(1));
  const CommitAnswer answer = Commit(begun, "a", "rt-2");
  EXPECT_EQ(answer.outcome, Committed::kStored);
  EXPECT_EQ(answer.generation, begun.next);
  const Grant stored = Stored();
  EXPECT_EQ(stored.generation, begun.next);
  EXPECT_EQ(stored.refresh_token_generation, begun.next);
  EXPECT_EQ(stored.access_token.Expose(), "at-of-rt-2");
  EXPECT_EQ(stored.refresh_token.Expose(), "rt-2");
  EXPECT_EQ(stored.expires_at, Refreshed(grant, "rt-2").expires_at);
  EXPECT_EQ(stored.last_refresh_at, Now());
}

TEST_P(GrantStoreContract, CommitKeepsWhatOnlyALoginMayChange) {
  const Grant grant = LogIn();
  CommitRequest request = CommitOf(Go(grant.generation, "a"), "a", "rt-2");
  request.record.owner = "somebody else";
  request.record.created_at = Now() + absl::Hours(1);
  request.record.authorized_at = Now() + absl::Hours(1);
  request.record.login_generation = 1;
  EXPECT_EQ(Do(grants().Commit(request)).outcome, Committed::kStored);
  const Grant stored = Stored();
  EXPECT_EQ(stored.owner, grant.owner);
  EXPECT_EQ(stored.created_at, grant.created_at);
  EXPECT_EQ(stored.authorized_at, grant.authorized_at);
  EXPECT_EQ(stored.login_generation, grant.login_generation);
}

TEST_P(GrantStoreContract, CommitWithoutRotationKeepsTheRefreshToken) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  CommitRequest request = CommitOf(begun, "a", "rt-1");
  request.record.refresh_token = Secret();
  EXPECT_EQ(Do(grants().Commit(request)).outcome, Committed::kStored);
  const Grant stored = Stored();
  EXPECT_EQ(stored.generation, begun.next);
  EXPECT_EQ(stored.refresh_token.Expose(), "rt-1");
  EXPECT_EQ(stored.refresh_token_generation, grant.refresh_token_generation);
}

TEST_P(GrantStoreContract, CommitDoesNotAskTheLease) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  LetTheLeaseExpire();
  Go(grant.generation, "b", DespiteOf("a"));
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
}

TEST_P(GrantStoreContract, RepeatingACommitSaysAlready) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Commit(begun, "a", "rt-2");
  const CommitAnswer again = Commit(begun, "a", "rt-2");
  EXPECT_EQ(again.outcome, Committed::kAlready);
  EXPECT_EQ(again.generation, begun.next);
}

// ADR 27: whoever repeats it must not take it for lost, nor what a failover takes for kept.
TEST_P(GrantStoreContract, RepeatingACommitWhoseTokenALoginInheritedSaysAlready) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  ASSERT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  Grant login = SampleGrant();
  login.refresh_token = Secret();
  ASSERT_EQ(PutOf(PutKind::kLogin, "login", begun.next + 5, login, begun.next).outcome,
            Put::kStored);
  const CommitAnswer again = Commit(begun, "a", "rt-2");
  EXPECT_EQ(again.outcome, Committed::kAlready);
  EXPECT_EQ(again.generation, begun.next + 5) << "which is not its own";
  EXPECT_EQ(Stored().generation, begun.next + 5);
}

TEST_P(GrantStoreContract, RepeatingACommitWhoseTokenWasReplacedSaysLost) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  ASSERT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  ASSERT_EQ(Commit(Go(begun.next, "b"), "b", "rt-3").outcome, Committed::kStored);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kLost);
}

TEST_P(GrantStoreContract, ACommitWhoseAnswerWasLostIsRepeated) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Inject(StoreVerb::kCommit, {StoreFault::What::kLostAcknowledgement});
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kUnavailable);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kAlready);
}

TEST_P(GrantStoreContract, ACommitThatWasNotExecutedIsRepeated) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Inject(StoreVerb::kCommit, {StoreFault::What::kUnavailable});
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kUnavailable);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-1");
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
}

TEST_P(GrantStoreContract, CommitToAMissingGrantIsGone) {
  store_->Remember(key_);
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Rollback(key_);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kGone);
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_P(GrantStoreContract, CommitToARolledBackGrantIsOlder) {
  LogIn();
  store_->Remember(key_);
  Advance(absl::Seconds(1));
  const Grant login = LogIn("rt-of-a-later-login");
  const BeginRefreshAnswer begun = Go(login.generation, "a");
  store_->Rollback(key_);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kOlder);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-1");
}

TEST_P(GrantStoreContract, CommitToARevokedOrDeletedGrantSaysSo) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kRevoked);
  PutOf(PutKind::kDelete, "delete", 0, grant);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kDeleted);
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_P(GrantStoreContract, ALoginWinsOverRefreshesOfTheEarlierChain) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Advance(absl::Seconds(1));
  LogIn("rt-of-a-later-login");
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kLost);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-of-a-later-login");
}

TEST_P(GrantStoreContract, ALoginWinsOverALateAnswerOfTheTokenBeforeTheLast) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  Commit(Go(grant.generation, "b", DespiteOf("a")), "b", "rt-2");
  Advance(absl::Seconds(1));
  LogIn("rt-of-a-later-login");
  CommitRequest late = CommitOf(first, "a", "rt-2a");
  late.next = NowMs() + 1'000'000;
  EXPECT_EQ(Do(grants().Commit(late)).outcome, Committed::kLost);
}

TEST_P(GrantStoreContract, ALateAnswerOfTheSameTokenWinsWhenItsNumberIsHigher) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer second = Go(grant.generation, "b", DespiteOf("a"));
  EXPECT_EQ(Commit(first, "a", "rt-2a").outcome, Committed::kStored);
  EXPECT_EQ(Commit(second, "b", "rt-2b").outcome, Committed::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2b");
  EXPECT_EQ(Stored().generation, second.next);
}

TEST_P(GrantStoreContract, ALateAnswerOfTheSameTokenIsLostWhenItsNumberIsLower) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer second = Go(grant.generation, "b", DespiteOf("a"));
  EXPECT_EQ(Commit(second, "b", "rt-2b").outcome, Committed::kStored);
  EXPECT_EQ(Commit(first, "a", "rt-2a").outcome, Committed::kLost);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2b");
}

TEST_P(GrantStoreContract, ALateAnswerWithoutRotationOfAReplacedTokenIsLost) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer second = Go(grant.generation, "b", DespiteOf("a"));
  EXPECT_EQ(Commit(first, "a", "rt-2").outcome, Committed::kStored);
  EXPECT_EQ(Commit(second, "b", "rt-1").outcome, Committed::kLost);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
}

TEST_P(GrantStoreContract, ALateAnswerOfATokenThatWasReplacedTwiceIsLost) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer second = Go(grant.generation, "b", DespiteOf("a"));
  const int64_t replaced = Commit(second, "b", "rt-2").generation;
  Commit(Go(replaced, "c"), "c", "rt-3");
  CommitRequest late = CommitOf(first, "a", "rt-2a");
  late.next = NowMs() + 1'000'000;
  EXPECT_EQ(Do(grants().Commit(late)).outcome, Committed::kLost);
}

TEST_P(GrantStoreContract, ARotatedAnswerWhoseNumberIsTakenIsRenumbered) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Grant inheriting = SampleGrant();
  inheriting.refresh_token = Secret();
  const PutGrantAnswer login =
      PutOf(PutKind::kLogin, "login", begun.next + 10, inheriting, grant.refresh_token_generation);
  ASSERT_EQ(login.outcome, Put::kStored);
  CommitRequest request = CommitOf(begun, "a", "rt-2");
  const CommitAnswer refused = Do(grants().Commit(request));
  EXPECT_EQ(refused.outcome, Committed::kRenumber);
  EXPECT_EQ(refused.generation, begun.next + 10);
  request.next = refused.generation + 1;
  EXPECT_EQ(Do(grants().Commit(request)).outcome, Committed::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
  EXPECT_EQ(Stored().login_generation, login.generation);
}

TEST_P(GrantStoreContract, TheLaterAnswerWinsThoughTheEarlierOneWasRenumbered) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer second = Go(grant.generation, "b", DespiteOf("a"));
  const int64_t login = Inherit(grant, second.next + 1);
  CommitRequest earlier = CommitOf(first, "a", "rt-2");
  earlier.next = login + 1;
  ASSERT_EQ(Do(grants().Commit(earlier)).outcome, Committed::kStored);
  CommitRequest later = CommitOf(second, "b", "rt-3");
  EXPECT_EQ(Do(grants().Commit(later)).outcome, Committed::kRenumber);
  later.next = login + 2;
  EXPECT_EQ(Do(grants().Commit(later)).outcome, Committed::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-3");
  EXPECT_EQ(Do(grants().Commit(earlier)).outcome, Committed::kLost);
}

TEST_P(GrantStoreContract, AnAnswerWithoutRotationWhoseNumberIsTakenIsLost) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Grant inheriting = SampleGrant();
  inheriting.refresh_token = Secret();
  inheriting.access_token = Secret("at-of-the-login");
  PutOf(PutKind::kLogin, "login", begun.next + 10, inheriting, grant.refresh_token_generation);
  EXPECT_EQ(Commit(begun, "a", "rt-1").outcome, Committed::kLost);
  EXPECT_EQ(Stored().access_token.Expose(), "at-of-the-login");
}

// ADR 33: an intent is about a token, and so is the backoff of whoever deferred to it.
TEST_P(GrantStoreContract, ACommitThatRotatesSettlesWhatAnotherAttemptLeftUnknown) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer other = Go(grant.generation, "b", DespiteOf("a"));
  Fail(other, "b", Delivery::kLostAnswer, ErrorClass::kRotationUnknown, Now() + absl::Hours(1));
  ASSERT_EQ(Commit(first, "a", "rt-2").outcome, Committed::kStored);
  Go(first.next, "c");
}

TEST_P(GrantStoreContract, CommitClearsItsLeaseAndIntent) {
  const Grant grant = LogIn();
  const int64_t generation = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  Go(generation, "b");
}

TEST_P(GrantStoreContract, CommitClearsTheBackoffThatSomebodySetForIt) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  LetTheLeaseExpire();
  Fail(begun, "a", Delivery::kLostAnswer, ErrorClass::kRotationUnknown, Now() + absl::Hours(1));
  const int64_t generation = Commit(begun, "a", "rt-2").generation;
  Go(generation, "b");
}

TEST_P(GrantStoreContract, CommitLeavesTheLeaseOfAnotherAttemptAlone) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  LetTheLeaseExpire();
  Go(grant.generation, "b", DespiteOf("a"));
  const int64_t generation = Commit(begun, "a", "rt-2").generation;
  EXPECT_EQ(Begin(generation, "c").outcome, Begun::kBusy);
}

TEST_P(GrantStoreContract, CommitRevivesADeadGrant) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  LetTheLeaseExpire();
  Fail(Go(grant.generation, "b", DespiteOf("a")), "b", Delivery::kAnswered, ErrorClass::kGrantDead);
  ASSERT_EQ(Stored().state, GrantState::kReauthorizationRequired);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  EXPECT_EQ(Stored().state, GrantState::kActive);
  EXPECT_EQ(Stored().last_error, "");
}

TEST_P(GrantStoreContract, CommitStoresTheStateThatTheAnswerMeans) {
  const Grant grant = LogIn();
  CommitRequest request = CommitOf(Go(grant.generation, "a"), "a", "rt-2");
  request.record.state = GrantState::kReauthorizationRequired;
  request.record.state_reason = StateReason::kIdentityChanged;
  EXPECT_EQ(Do(grants().Commit(request)).outcome, Committed::kStored);
  EXPECT_EQ(Stored().state_reason, StateReason::kIdentityChanged);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
  Advance(absl::Hours(24 * 365));
  EXPECT_THAT(Claim(), ::testing::IsEmpty());
}

TEST_P(GrantStoreContract, CommitMovesTheDueEntry) {
  const Grant grant = LogIn();
  Advance(absl::Minutes(50));
  EXPECT_THAT(Claim(), ::testing::ElementsAre(key_));
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Commit(begun, "a", "rt-2");
  Advance(*Stored().refresh_at - Now() - absl::Milliseconds(1));
  EXPECT_THAT(Claim(), ::testing::IsEmpty());
  Advance(absl::Milliseconds(1));
  EXPECT_THAT(Claim(), ::testing::ElementsAre(key_));
}

TEST_P(GrantStoreContract, OnlyACommitOnDemandIsAUse) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Advance(absl::Seconds(1));
  const int64_t generation = Commit(begun, "a", "rt-2").generation;
  EXPECT_EQ(Stored().last_used_at, grant.last_used_at);
  Commit(Go(generation, "b"), "b", "rt-3", Demand::kCaller);
  EXPECT_EQ(Stored().last_used_at, Now());
}

TEST_P(GrantStoreContract, TimesAreKeptInWholeMilliseconds) {
  const Grant grant = LogIn();
  CommitRequest request = CommitOf(Go(grant.generation, "a"), "a", "rt-2");
  const absl::Time exact = *request.record.expires_at;
  request.record.expires_at = exact + absl::Microseconds(999);
  EXPECT_EQ(Do(grants().Commit(request)).outcome, Committed::kStored);
  EXPECT_EQ(Stored().expires_at, exact);
}

}  // namespace
}  // namespace tokenbroker
