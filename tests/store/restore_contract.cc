#include "tests/store/grant_store_contract.h"

namespace tokenbroker {
namespace {

TEST_P(GrantStoreContract, ARestoreIsStoredOnlyAboveTheStoredGeneration) {
  const Grant grant = LogIn();
  const Grant restored = Refreshed(grant, "rt-2");
  const PutGrantAnswer lost = PutOf(PutKind::kRestore, "r", grant.generation, restored);
  EXPECT_EQ(lost.outcome, Put::kLost);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-1");
  EXPECT_EQ(PutOf(PutKind::kRestore, "r", grant.generation + 1, restored).outcome, Put::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
  EXPECT_EQ(Stored().generation, grant.generation + 1);
}

// ADR 26: the login was lost, and the refresh that was under way is stored before it is put back.
TEST_P(GrantStoreContract, ARestoredLoginDoesNotReplaceTheSuccessorOfWhatItInherited) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Remember(key_);
  const Grant second = WithoutRefreshToken(SampleGrant());
  const int64_t parent = grant.refresh_token_generation;
  ASSERT_EQ(PutOf(PutKind::kLogin, "second", begun.next + 5, second, parent).outcome, Put::kStored);
  const Grant login = Stored();
  store_->Rollback(key_);
  ASSERT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  EXPECT_EQ(PutOf(PutKind::kRestore, "second", login.generation, login).outcome, Put::kLost);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
}

TEST_P(GrantStoreContract, ARestoredLoginThatInheritedWhatIsStoredIsStored) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  const Grant second = WithoutRefreshToken(SampleGrant());
  const int64_t parent = grant.refresh_token_generation;
  PutOf(PutKind::kLogin, "second", grant.generation + 5, second, parent);
  const Grant login = Stored();
  store_->Rollback(key_);
  EXPECT_EQ(PutOf(PutKind::kRestore, "second", login.generation, login).outcome, Put::kStored);
  EXPECT_EQ(Stored().access_token.Expose(), "at-of-the-second-login");
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-1");
}

// ADR 33: an intent is about a token.
TEST_P(GrantStoreContract, ARestoredTokenDoesNotInheritWhatWasBegunWithAnother) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  store_->Remember(key_);
  ASSERT_EQ(Commit(first, "a", "rt-2").outcome, Committed::kStored);
  const BeginRefreshAnswer second = Go(Stored().generation, "b");
  ASSERT_EQ(Commit(second, "b", "rt-3").outcome, Committed::kStored);
  const Grant third = Stored();
  store_->Rollback(key_);
  ASSERT_EQ(PutOf(PutKind::kRestore, "b", third.generation, third).outcome, Put::kStored);
  EXPECT_EQ(Go(third.generation, "c").grant->refresh_token.Expose(), "rt-3");
}

TEST_P(GrantStoreContract, ARestoredTombstoneEndsTheChainWhateverItWas) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  ASSERT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  Grant tombstone;
  tombstone.key = key_;
  tombstone.state = GrantState::kRevoked;
  tombstone.refresh_token_generation = grant.refresh_token_generation;
  EXPECT_EQ(PutOf(PutKind::kRestore, "r", begun.next + 5, tombstone).outcome, Put::kStored);
  EXPECT_EQ(Stored().state, GrantState::kRevoked);
}

TEST_P(GrantStoreContract, ARestoreBringsBackWhatWasLostAltogether) {
  store_->Remember(key_);
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  store_->Rollback(key_);
  ASSERT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kGone);
  Grant record = Refreshed(*begun.grant, "rt-2");
  record.refresh_token_generation = begun.next;
  EXPECT_EQ(PutOf(PutKind::kRestore, "a", begun.next, record).outcome, Put::kStored);
  const Grant stored = Stored();
  EXPECT_EQ(stored.refresh_token_generation, begun.next);
  EXPECT_EQ(stored.login_generation, grant.login_generation);
  EXPECT_EQ(stored.created_at, grant.created_at);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kAlready);
}

TEST_P(GrantStoreContract, ARestoreBringsBackATombstone) {
  const Grant grant = LogIn();
  store_->Remember(key_);
  for (const GrantState state : {GrantState::kRevoked, GrantState::kDeleted}) {
    store_->Rollback(key_);
    Grant tombstone;
    tombstone.key = key_;
    tombstone.state = state;
    EXPECT_EQ(PutOf(PutKind::kRestore, "r", grant.generation + 1, tombstone).outcome, Put::kStored);
    const LoadAnswer loaded = Load();
    if (state == GrantState::kDeleted) {
      EXPECT_EQ(loaded.outcome, LoadAnswer::Outcome::kNotFound);
      EXPECT_EQ(loaded.deleted_generation, grant.generation + 1);
    } else {
      ASSERT_TRUE(loaded.grant);
      EXPECT_EQ(loaded.grant->state, state);
      EXPECT_TRUE(loaded.grant->refresh_token.empty());
    }
    const Begun begun = Begin(grant.generation + 1, "a").outcome;
    EXPECT_EQ(begun, state == GrantState::kDeleted ? Begun::kGone : Begun::kState);
  }
}

TEST_P(GrantStoreContract, ALateAnswerOfTheOlderParentDoesNotReplaceARestoredToken) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer late = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer begun = Go(grant.generation, "b", DespiteOf("a"));
  ASSERT_EQ(Commit(begun, "b", "rt-2").outcome, Committed::kStored);
  Grant restored = Refreshed(grant, "rt-3");
  restored.refresh_token_generation = begun.next + 1;
  ASSERT_EQ(PutOf(PutKind::kRestore, "r", begun.next + 1, restored).outcome, Put::kStored);
  CommitRequest commit = CommitOf(late, "a", "rt-of-a");
  commit.next = begun.next + 2;
  EXPECT_EQ(Do(grants().Commit(commit)).outcome, Committed::kLost);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-3");
}

TEST_P(GrantStoreContract, ARestoreLeavesARefreshThatWasBegunAlone) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  const Grant restored = Refreshed(grant, "rt-2");
  PutOf(PutKind::kRestore, "r", grant.generation + 1, restored);
  EXPECT_EQ(Begin(grant.generation + 1, "b").outcome, Begun::kBusy);
}

TEST_P(GrantStoreContract, ARestoreByTheAttemptThatWasBegunEndsIt) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  PutOf(PutKind::kRestore, "a", begun.next, Refreshed(grant, "rt-2"));
  Go(begun.next, "b");
}

TEST_P(GrantStoreContract, ARestoreRevivesADeadGrant) {
  const Grant grant = LogIn();
  Fail(Go(grant.generation, "a"), "a", Delivery::kAnswered, ErrorClass::kGrantDead);
  PutOf(PutKind::kRestore, "r", NowMs() + 1'000, Refreshed(grant, "rt-2"));
  EXPECT_EQ(Stored().state, GrantState::kActive);
}

}  // namespace
}  // namespace tokenbroker
