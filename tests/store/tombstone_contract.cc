#include "tests/store/grant_store_contract.h"

namespace tokenbroker {
namespace {

using ::testing::IsEmpty;

TEST_P(GrantStoreContract, RevokeKeepsATombstoneWithAHigherGeneration) {
  const Grant grant = LogIn();
  Advance(absl::Minutes(1));
  const PutGrantAnswer answer = PutOf(PutKind::kRevoke, "revoke", 0, grant);
  EXPECT_EQ(answer.outcome, Put::kStored);
  EXPECT_EQ(answer.generation, NowMs());
  const Grant stored = Stored();
  EXPECT_EQ(stored.state, GrantState::kRevoked);
  EXPECT_EQ(stored.state_reason, StateReason::kRevoked);
  EXPECT_EQ(stored.generation, answer.generation);
  EXPECT_TRUE(stored.access_token.empty());
  EXPECT_TRUE(stored.refresh_token.empty());
  EXPECT_EQ(stored.created_at, grant.created_at);
  Advance(absl::Hours(1));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(GrantStoreContract, ARevokedGrantStillSaysWhoseItWas) {
  const Grant grant = LogIn();
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  const Grant stored = Stored();
  EXPECT_EQ(stored.account, grant.account);
  EXPECT_EQ(stored.client_id, grant.client_id);
  EXPECT_EQ(stored.attributes, grant.attributes);
  EXPECT_EQ(stored.owner, grant.owner);
  PutOf(PutKind::kRevoke, "again", 0, grant);
  EXPECT_EQ(Stored().account, grant.account);
}

TEST_P(GrantStoreContract, ALoginOverARevokedGrantIsReadAgain) {
  const Grant grant = LogIn();
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  Advance(absl::Seconds(1));
  EXPECT_EQ(LogIn("rt-of-a-later-login").refresh_token.Expose(), "rt-of-a-later-login");
}

TEST_P(GrantStoreContract, RevokeExceedsWhatWasReserved) {
  const Grant grant = LogIn();
  const int64_t known = grant.generation + 1'000'000;
  const BeginRefreshAnswer begun = Go(known, "a", {Despite::What::kRollback, ""});
  EXPECT_EQ(PutOf(PutKind::kRevoke, "revoke", 0, grant).generation, begun.next + 1);
}

TEST_P(GrantStoreContract, RepeatingARevokeSaysAlready) {
  const Grant grant = LogIn();
  const int64_t generation = PutOf(PutKind::kRevoke, "revoke", 0, grant).generation;
  const PutGrantAnswer again = PutOf(PutKind::kRevoke, "revoke", 0, grant);
  EXPECT_EQ(again.outcome, Put::kAlready);
  EXPECT_EQ(again.generation, generation);
}

TEST_P(GrantStoreContract, ADeletedGrantReadsAsNotFoundButItsGenerationCounts) {
  const Grant grant = LogIn();
  Advance(absl::Minutes(1));
  const int64_t deleted = PutOf(PutKind::kDelete, "delete", 0, grant).generation;
  EXPECT_EQ(deleted, NowMs());
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
  EXPECT_EQ(PutOf(PutKind::kLogin, "again", deleted, SampleGrant()).outcome, Put::kRenumber);
  EXPECT_EQ(PutOf(PutKind::kLogin, "again", deleted + 1, SampleGrant()).outcome, Put::kStored);
  EXPECT_EQ(Stored().created_at, Now());
}

TEST_P(GrantStoreContract, RevokingADeletedGrantDoesNotShowItAgain) {
  const Grant grant = LogIn();
  PutOf(PutKind::kDelete, "delete", 0, grant);
  EXPECT_EQ(PutOf(PutKind::kRevoke, "revoke", 0, grant).outcome, Put::kStored);
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_P(GrantStoreContract, ATombstoneIsKeptForNinetyDays) {
  const Grant grant = LogIn();
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  Advance(kTombstoneLife - absl::Milliseconds(1));
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kFound);
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_P(GrantStoreContract, ALoginOverATombstoneStays) {
  const Grant grant = LogIn();
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  Advance(absl::Hours(1));
  LogIn("rt-of-a-later-login");
  Advance(kTombstoneLife + absl::Hours(1));
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-of-a-later-login");
}

TEST_P(GrantStoreContract, AGenerationNeverGoesBackThoughTheClockDoes) {
  const Grant grant = LogIn();
  store_->JumpClock(-absl::Hours(24));
  const int64_t committed = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  EXPECT_GT(committed, grant.generation);
  const int64_t revoked = PutOf(PutKind::kRevoke, "revoke", 0, grant).generation;
  EXPECT_GT(revoked, committed);
  EXPECT_GT(PutOf(PutKind::kDelete, "delete", 0, grant).generation, revoked);
}

TEST_P(GrantStoreContract, RevokeAndDeleteTellWhatTheyReplaced) {
  const Grant grant = LogIn();
  Commit(Go(grant.generation, "a"), "a", "rt-2");
  const PutGrantAnswer revoked = PutOf(PutKind::kRevoke, "revoke", 0, grant);
  ASSERT_TRUE(revoked.replaced);
  EXPECT_EQ(revoked.replaced->refresh_token.Expose(), "rt-2");
  EXPECT_EQ(revoked.replaced->access_token.Expose(), "at-of-rt-2");
  LogIn("rt-3");
  const PutGrantAnswer deleted = PutOf(PutKind::kDelete, "delete", 0, grant);
  ASSERT_TRUE(deleted.replaced);
  EXPECT_EQ(deleted.replaced->refresh_token.Expose(), "rt-3");
}

}  // namespace
}  // namespace tokenbroker
