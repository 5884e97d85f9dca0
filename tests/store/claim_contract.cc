#include <absl/strings/str_cat.h>

#include <set>

#include "tests/store/grant_store_contract.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

GrantKey KeyOf(const std::string& tenant, const std::string& provider, const std::string& subject) {
  return {tenant, provider, subject};
}

TEST_P(GrantStoreContract, ClaimHandsOutWhatIsDueSoonestFirst) {
  ImportGrant(KeyOf("t", "spotify", "late"), absl::Minutes(3));
  ImportGrant(KeyOf("t", "spotify", "soon"), absl::Minutes(1));
  ImportGrant(KeyOf("t", "spotify", "later"), absl::Minutes(9));
  Advance(absl::Minutes(5));
  EXPECT_THAT(Claim(), ElementsAre(KeyOf("t", "spotify", "soon"), KeyOf("t", "spotify", "late")));
}

TEST_P(GrantStoreContract, ClaimHandsOutTheSoonestOfMany) {
  for (int i = 19; i >= 0; --i) {
    ImportGrant(KeyOf("t", "spotify", absl::StrCat("s", i)), absl::Minutes(i));
  }
  Advance(absl::Hours(1));
  const std::vector<GrantKey> claimed = Claim(10);
  ASSERT_EQ(claimed.size(), 10u);
  for (size_t i = 0; i < claimed.size(); ++i) EXPECT_EQ(claimed[i].subject, absl::StrCat("s", i));
}

TEST_P(GrantStoreContract, ClaimHandsOutNoMoreThanItsLimit) {
  for (int i = 0; i < 10; ++i) {
    ImportGrant(KeyOf("t", "spotify", absl::StrCat("s", i)), absl::Seconds(i));
  }
  Advance(absl::Minutes(1));
  EXPECT_EQ(Claim(4).size(), 4u);
  EXPECT_EQ(Claim(4).size(), 4u);
  EXPECT_EQ(Claim(4).size(), 2u);
}

TEST_P(GrantStoreContract, ClaimTellsHowMuchIsDueAndHowLate) {
  for (int i = 0; i < 100; ++i) {
    ImportGrant(KeyOf("t", "spotify", absl::StrCat("s", i)), absl::Seconds(i));
  }
  ImportGrant(KeyOf("t", "spotify", "not-due"), absl::Hours(1));
  ImportGrant(KeyOf("t", "other", "s"), absl::ZeroDuration());
  Advance(absl::Minutes(5));
  const ClaimAnswer look = Do(grants().ClaimDue("spotify", 0, kClaimPush));
  EXPECT_EQ(look.outcome, ClaimAnswer::Outcome::kOk);
  EXPECT_THAT(look.due, IsEmpty()) << "it only looked";
  EXPECT_EQ(look.backlog.grants, 100);
  EXPECT_GE(look.backlog.lag, absl::Minutes(5));
  EXPECT_LT(look.backlog.lag, absl::Minutes(6));
  EXPECT_EQ(Do(grants().ClaimDue("spotify", 40, kClaimPush)).backlog.grants, 100);
  EXPECT_EQ(Do(grants().ClaimDue("spotify", 0, kClaimPush)).backlog.grants, 60);
  EXPECT_LT(Do(grants().ClaimDue("spotify", 0, kClaimPush)).backlog.lag, absl::Minutes(5));
  EXPECT_EQ(Claim(100).size(), 60u);
  const ClaimAnswer none = Do(grants().ClaimDue("spotify", 0, kClaimPush));
  EXPECT_EQ(none.backlog.grants, 0);
  EXPECT_EQ(none.backlog.lag, absl::ZeroDuration());
}

TEST_P(GrantStoreContract, ClaimedWorkComesBackWhenItsReplicaDied) {
  ImportGrant(KeyOf("t", "spotify", "a"), absl::ZeroDuration());
  EXPECT_EQ(Claim().size(), 1u);
  Advance(kClaimPush - absl::Milliseconds(1));
  EXPECT_THAT(Claim(), IsEmpty());
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(Claim().size(), 1u);
}

TEST_P(GrantStoreContract, ClaimTellsOfEachGrantWhatItWasAtThatMoment) {
  const Grant first = LogIn();
  const int64_t refreshed = Commit(Go(first.generation, "a"), "a", "rt-2").generation;
  const Grant stored = Stored();
  Advance(absl::Hours(3));
  const ClaimAnswer claim = Do(grants().ClaimDue(key_.provider, 10, kClaimPush));
  ASSERT_EQ(claim.due.size(), 1u);
  EXPECT_EQ(claim.due[0].key, key_);
  EXPECT_EQ(claim.due[0].generation, refreshed);
  EXPECT_EQ(claim.due[0].authorized_at, stored.authorized_at);
  EXPECT_EQ(claim.due[0].last_used_at, stored.last_used_at);
  ASSERT_TRUE(claim.due[0].last_refresh_at);
  EXPECT_EQ(claim.due[0].last_refresh_at, stored.last_refresh_at);
  EXPECT_GE(claim.time.store_time, stored.last_used_at + absl::Hours(3));
  EXPECT_EQ(Begin(claim.due[0].generation, "b").outcome, Begun::kGo);
}

TEST_P(GrantStoreContract, AClaimBeforeAnotherReplicasRefreshBeginsNothing) {
  const Grant first = LogIn();
  Advance(absl::Hours(1));
  const ClaimAnswer claim = Do(grants().ClaimDue(key_.provider, 10, kClaimPush));
  ASSERT_EQ(claim.due.size(), 1u);
  Commit(Go(first.generation, "a"), "a", "rt-2");
  EXPECT_EQ(Begin(claim.due[0].generation, "b").outcome, Begun::kNewer);
}

TEST_P(GrantStoreContract, ClaimPushesWhatCannotBeRefreshedAheadAndKeepsIt) {
  Grant grant = SampleGrant("");
  PutOf(PutKind::kLogin, "login", NowMs(), grant);
  Advance(absl::Hours(1));
  EXPECT_EQ(Do(grants().ClaimDue(key_.provider, 0, kClaimPush)).backlog.grants, 1);
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_EQ(Do(grants().ClaimDue(key_.provider, 0, kClaimPush)).backlog.grants, 0);
}

TEST_P(GrantStoreContract, ClaimHandsOutGrantsOfItsProviderOnly) {
  ImportGrant(KeyOf("t", "other", "a"), absl::ZeroDuration());
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(GrantStoreContract, AGrantWithoutADueTimeIsNeverClaimed) {
  Grant grant = SampleGrant();
  grant.refresh_at.reset();
  PutOf(PutKind::kImport, "import", NowMs(), grant);
  Advance(absl::Hours(24 * 365));
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_P(GrantStoreContract, TouchOnlyMovesTheLastUseForward) {
  const Grant grant = LogIn();
  const absl::Time later = grant.last_used_at + absl::Hours(1);
  EXPECT_TRUE(Do(grants().Touch({{key_, later}, {KeyOf("t", "p", "unknown"), later}})));
  EXPECT_EQ(Stored().last_used_at, later);
  EXPECT_TRUE(Do(grants().Touch({{key_, later - absl::Minutes(1)}})));
  EXPECT_EQ(Stored().last_used_at, later);
}

TEST_P(GrantStoreContract, TouchLeavesATombstoneAlone) {
  const Grant grant = LogIn();
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  const Grant revoked = Stored();
  EXPECT_TRUE(Do(grants().Touch({{key_, Now() + absl::Hours(1)}})));
  EXPECT_EQ(Stored().last_used_at, revoked.last_used_at);
}

TEST_P(GrantStoreContract, ATouchThatTheStoreDidNotTakeIsTold) {
  LogIn();
  store_->Inject(StoreVerb::kTouch, {StoreFault::What::kUnavailable});
  EXPECT_FALSE(Do(grants().Touch({{key_, Now()}})));
}

TEST_P(GrantStoreContract, ListPagesThroughEveryGrantOnce) {
  std::set<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    ImportGrant(KeyOf("t", "spotify", absl::StrCat("s", i)), absl::Hours(1));
    expected.insert(absl::StrCat("s", i));
  }
  const std::vector<std::string> listed = ListedSubjects({}, 10);
  EXPECT_EQ(listed.size(), 25u);
  EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()), expected);
}

TEST_P(GrantStoreContract, ListShowsOnlyWhatTheFilterMatches) {
  for (int i = 0; i < 500; ++i) {
    ImportGrant(KeyOf(i % 2 == 0 ? "t0" : "t1", i % 5 == 0 ? "spotify" : "other", absl::StrCat(i)),
                absl::Hours(1));
  }
  EXPECT_EQ(ListedSubjects({"t1", "", "", {}}, 7).size(), 250u);
  EXPECT_EQ(ListedSubjects({"", "spotify", "", {}}, 7).size(), 100u);
  EXPECT_EQ(ListedSubjects({"t1", "spotify", "", {}}, 1).size(), 50u);
  EXPECT_THAT(ListedSubjects({"", "", "499", {}}, 1), ElementsAre("499"));
  EXPECT_THAT(ListedSubjects({"", "", "", GrantState::kReauthorizationRequired}, 10), IsEmpty());
}

TEST_P(GrantStoreContract, ListShowsRevokedGrantsAndNoDeletedOnes) {
  for (const char* subject : {"active", "revoked", "deleted"}) {
    ImportGrant(KeyOf("t", "spotify", subject), absl::Hours(1));
  }
  Grant grant = SampleGrant();
  grant.key = KeyOf("t", "spotify", "revoked");
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  grant.key = KeyOf("t", "spotify", "deleted");
  PutOf(PutKind::kDelete, "delete", 0, grant);
  EXPECT_THAT(ListedSubjects({}, 10), ::testing::UnorderedElementsAre("active", "revoked"));
  EXPECT_THAT(ListedSubjects({"", "", "", GrantState::kRevoked}, 10), ElementsAre("revoked"));
}

TEST_P(GrantStoreContract, APageThatNobodyHandedOutIsRefused) {
  LogIn();
  for (const char* page : {"!", "bm9uc2Vuc2U", "\xff\xff"}) {
    const ListAnswer answer = Do(grants().List({}, 10, page));
    EXPECT_EQ(answer.outcome, ListAnswer::Outcome::kBadPage);
    EXPECT_THAT(answer.grants, IsEmpty());
  }
}

TEST_P(GrantStoreContract, AProviderHasNoStateUntilOneIsSet) {
  const ProviderStateAnswer unset = Do(grants().GetProviderState("spotify"));
  EXPECT_EQ(unset.outcome, ProviderStateAnswer::Outcome::kOk);
  EXPECT_EQ(unset.state, ProviderState());
  ProviderState state;
  state.not_before = Now() + absl::Minutes(1);
  state.backoff_class = ErrorClass::kQuota;
  state.frozen_fingerprint = "fingerprint";
  state.frozen_at = Now();
  state.frozen_error = "invalid_client";
  EXPECT_EQ(Do(grants().SetProviderState("spotify", state)).state, state);
  EXPECT_EQ(Do(grants().GetProviderState("spotify")).state, state);
  EXPECT_EQ(Do(grants().GetProviderState("other")).state, ProviderState());
}

TEST_P(GrantStoreContract, SettingAProvidersStateReplacesAllOfIt) {
  ProviderState frozen;
  frozen.frozen_fingerprint = "fingerprint";
  frozen.frozen_at = Now();
  Do(grants().SetProviderState("spotify", frozen));
  ProviderState paced;
  paced.not_before = Now() + absl::Minutes(1);
  paced.backoff_class = ErrorClass::kQuota;
  Do(grants().SetProviderState("spotify", paced));
  EXPECT_EQ(Do(grants().GetProviderState("spotify")).state, paced);
}

ProviderState Paused(absl::Time not_before, ErrorClass error_class) {
  ProviderState state;
  state.not_before = not_before;
  state.backoff_class = error_class;
  return state;
}

ProviderState Frozen(absl::Time at) {
  ProviderState state;
  state.frozen_fingerprint = "fingerprint";
  state.frozen_at = at;
  state.frozen_error = "invalid_client";
  return state;
}

// Two replicas publish at once; neither knows of the other's.
TEST_P(GrantStoreContract, AShorterPauseLeavesALongerOneInPlace) {
  const ProviderState hour = Paused(Now() + absl::Hours(1), ErrorClass::kProviderTrouble);
  Do(grants().SetProviderState("spotify", hour));
  ProviderChange change = Paused(Now() + absl::Minutes(1), ErrorClass::kQuota);
  change.pause = ProviderChange::Pause::kLonger;
  EXPECT_EQ(Do(grants().SetProviderState("spotify", change)).state, hour);
  EXPECT_EQ(Do(grants().GetProviderState("spotify")).state, hour);
  change.state = Paused(Now() + absl::Hours(2), ErrorClass::kQuota);
  EXPECT_EQ(Do(grants().SetProviderState("spotify", change)).state, change.state);
}

TEST_P(GrantStoreContract, AProviderThatAnswersAgainEndsThePauseButNoQuota) {
  const ProviderState trouble = Paused(Now() + absl::Hours(1), ErrorClass::kProviderTrouble);
  const ProviderState quota = Paused(Now() + absl::Hours(1), ErrorClass::kQuota);
  ProviderChange change;
  change.pause = ProviderChange::Pause::kEnded;
  Do(grants().SetProviderState("spotify", trouble));
  EXPECT_EQ(Do(grants().SetProviderState("spotify", change)).state, ProviderState());
  Do(grants().SetProviderState("spotify", quota));
  EXPECT_EQ(Do(grants().SetProviderState("spotify", change)).state, quota);
}

TEST_P(GrantStoreContract, AFreezeStaysUntilSomebodyEndsIt) {
  const ProviderState frozen = Frozen(Now());
  Do(grants().SetProviderState("spotify", frozen));
  ProviderChange change = Paused(Now() + absl::Minutes(1), ErrorClass::kQuota);
  change.freeze = ProviderChange::Freeze::kKeep;
  ProviderState both = frozen;
  both.not_before = change.state.not_before;
  both.backoff_class = change.state.backoff_class;
  EXPECT_EQ(Do(grants().SetProviderState("spotify", change)).state, both);
  change.freeze = ProviderChange::Freeze::kSet;
  EXPECT_EQ(Do(grants().SetProviderState("spotify", change)).state, change.state);
}

TEST_P(GrantStoreContract, AFreezeOfNobodyIsNotKept) {
  ProviderChange change = Frozen(Now());
  change.freeze = ProviderChange::Freeze::kKeep;
  EXPECT_EQ(Do(grants().SetProviderState("spotify", change)).state, ProviderState());
}

TEST_P(GrantStoreContract, AFailureIsToldThoughAnotherTokenIsStored) {
  ChangeRecorder recorder;
  const Grant grant = LogIn();
  const BeginRefreshAnswer first = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer second = Go(grant.generation, "b", DespiteOf("a"));
  Settle();
  grants().Subscribe(&recorder);
  ASSERT_EQ(Commit(first, "a", "rt-2").outcome, Committed::kStored);
  EXPECT_EQ(Fail(second, "b", Delivery::kAnswered).outcome, Failed::kNewer);
  Settle();
  EXPECT_THAT(recorder.Kinds(), ElementsAre(ChangeKind::kRefresh, ChangeKind::kFailure));
}

TEST_P(GrantStoreContract, EveryKindOfChangeIsTold) {
  ChangeRecorder recorder;
  grants().Subscribe(&recorder);
  const Grant grant = LogIn();
  const int64_t committed = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  Fail(Go(committed, "b"), "b", Delivery::kNotSent);
  Grant restored = Refreshed(grant, "rt-3");
  restored.refresh_token_generation = NowMs() + 1'000;
  PutOf(PutKind::kRestore, "r", NowMs() + 1'000, restored);
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  PutOf(PutKind::kDelete, "delete", 0, grant);
  Settle();
  EXPECT_THAT(recorder.Kinds(),
              ElementsAre(ChangeKind::kLogin, ChangeKind::kRefresh, ChangeKind::kFailure,
                          ChangeKind::kRestore, ChangeKind::kRevoke, ChangeKind::kDelete));
  EXPECT_EQ(recorder.changes[0].key, key_);
  EXPECT_EQ(recorder.changes[0].generation, grant.generation);
  EXPECT_EQ(recorder.changes[1].generation, committed);
  EXPECT_EQ(recorder.changes[2].generation, committed);
}

TEST_P(GrantStoreContract, WhatChangedNothingIsNotTold) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Commit(begun, "a", "rt-2");
  Settle();
  ChangeRecorder recorder;
  grants().Subscribe(&recorder);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kAlready);
  EXPECT_EQ(Fail(begun, "x", Delivery::kNotSent).outcome, Failed::kNotYours);
  EXPECT_EQ(PutOf(PutKind::kRestore, "r", 1, grant).outcome, Put::kLost);
  Load();
  Settle();
  EXPECT_THAT(recorder.changes, IsEmpty());
}

TEST_P(GrantStoreContract, ACutSubscriptionSaysSoAndComesBack) {
  ChangeRecorder recorder;
  grants().Subscribe(&recorder);
  Settle();
  EXPECT_EQ(recorder.connections, 1);
  store_->CutSubscription();
  LogIn();
  Settle();
  EXPECT_EQ(recorder.cuts, 1);
  EXPECT_THAT(recorder.changes, IsEmpty());
  store_->RestoreSubscription();
  Settle();
  EXPECT_EQ(recorder.connections, 2);
}

}  // namespace
}  // namespace tokenbroker
