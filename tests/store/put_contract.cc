#include "tests/store/grant_store_contract.h"

namespace tokenbroker {
namespace {

TEST_P(GrantStoreContract, ALoginStoresAllThatItBrought) {
  const Grant sent = SampleGrant();
  const int64_t generation = NowMs();
  const PutGrantAnswer answer = PutOf(PutKind::kLogin, "login", generation, sent);
  EXPECT_EQ(answer.outcome, Put::kStored);
  EXPECT_EQ(answer.generation, generation);
  const Grant stored = Stored();
  EXPECT_EQ(stored.key, key_);
  EXPECT_EQ(stored.generation, generation);
  EXPECT_EQ(stored.login_generation, generation);
  EXPECT_EQ(stored.refresh_token_generation, generation);
  EXPECT_EQ(stored.access_token.Expose(), "at-of-rt-1");
  EXPECT_EQ(stored.refresh_token.Expose(), "rt-1");
  EXPECT_EQ(stored.token_type, "Bearer");
  EXPECT_EQ(stored.client_id, "client");
  EXPECT_EQ(stored.account, sent.account);
  EXPECT_EQ(stored.attributes, sent.attributes);
  EXPECT_EQ(stored.scopes, sent.scopes);
  EXPECT_EQ(stored.owner, sent.owner);
  EXPECT_EQ(stored.expires_at, sent.expires_at);
  EXPECT_EQ(stored.refresh_at, sent.refresh_at);
  EXPECT_EQ(stored.authorized_at, sent.authorized_at);
  EXPECT_EQ(stored.created_at, Now());
}

TEST_P(GrantStoreContract, ALoginMustExceedTheStoredGeneration) {
  const Grant grant = LogIn();
  const PutGrantAnswer answer = PutOf(PutKind::kLogin, "second", grant.generation, SampleGrant());
  EXPECT_EQ(answer.outcome, Put::kRenumber);
  EXPECT_EQ(answer.generation, grant.generation);
  EXPECT_EQ(PutOf(PutKind::kLogin, "second", grant.generation + 1, SampleGrant()).outcome,
            Put::kStored);
}

TEST_P(GrantStoreContract, ALoginMustExceedWhatWasReservedForACommit) {
  const Grant grant = LogIn();
  Advance(absl::Minutes(1));
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  for (const PutKind kind : {PutKind::kLogin, PutKind::kImport}) {
    const PutGrantAnswer answer = PutOf(kind, "second", begun.next, SampleGrant());
    EXPECT_EQ(answer.outcome, Put::kRenumber);
    EXPECT_EQ(answer.generation, begun.next);
  }
}

TEST_P(GrantStoreContract, RepeatingALoginSaysAlreadyEvenAfterACommit) {
  const Grant grant = LogIn();
  const int64_t generation = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  const PutGrantAnswer again =
      PutOf(PutKind::kLogin, "login-rt-1", generation + 100, SampleGrant());
  EXPECT_EQ(again.outcome, Put::kAlready);
  EXPECT_EQ(again.generation, generation);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
}

// A late copy of it must not end what came since.
TEST_P(GrantStoreContract, RepeatingADeletionAfterALoginSaysAlready) {
  const Grant grant = LogIn();
  const int64_t deleted = PutOf(PutKind::kDelete, "delete", 0, grant).generation;
  const int64_t login = LogIn("rt-of-a-second-login").generation;
  ASSERT_GT(login, deleted);
  const PutGrantAnswer again = PutOf(PutKind::kDelete, "delete", 0, grant);
  EXPECT_EQ(again.outcome, Put::kAlready);
  EXPECT_EQ(again.generation, deleted);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-of-a-second-login");
}

TEST_P(GrantStoreContract, APutWhoseAnswerWasLostIsRepeated) {
  store_->Inject(StoreVerb::kPutGrant, {StoreFault::What::kLostAcknowledgement});
  EXPECT_EQ(PutOf(PutKind::kLogin, "login", 5, SampleGrant()).outcome, Put::kUnavailable);
  EXPECT_EQ(PutOf(PutKind::kLogin, "login", 5, SampleGrant()).outcome, Put::kAlready);
}

TEST_P(GrantStoreContract, APutAfterNotAfterIsExpired) {
  for (const PutKind kind : {PutKind::kLogin, PutKind::kImport, PutKind::kRevoke}) {
    PutGrantRequest request;
    request.kind = kind;
    request.attempt = "late";
    request.generation = 5;
    request.not_after = clock_.SteadyNow() - absl::Milliseconds(1);
    request.record = SampleGrant();
    EXPECT_EQ(Do(grants().PutGrant(request)).outcome, Put::kExpired);
  }
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_P(GrantStoreContract, ALoginWithoutRefreshTokenInheritsByCompareAndSwap) {
  const Grant grant = LogIn();
  const Grant second = WithoutRefreshToken(SampleGrant());
  const PutGrantAnswer answer = PutOf(PutKind::kLogin, "second", grant.generation + 1, second,
                                      grant.refresh_token_generation);
  EXPECT_EQ(answer.outcome, Put::kStored);
  const Grant stored = Stored();
  EXPECT_EQ(stored.refresh_token.Expose(), "rt-1");
  EXPECT_EQ(stored.refresh_token_generation, grant.refresh_token_generation);
  EXPECT_EQ(stored.access_token.Expose(), "at-of-the-second-login");
  EXPECT_EQ(stored.login_generation, answer.generation);
}

// ADR 31: rt_gen is the same, the token is not good any more.
TEST_P(GrantStoreContract, ALoginDoesNotInheritATokenThatDiedMeanwhile) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Fail(begun, "a", Delivery::kAnswered, ErrorClass::kGrantDead);
  const Grant second = WithoutRefreshToken(SampleGrant());
  const int64_t next = begun.next + 1;
  EXPECT_EQ(PutOf(PutKind::kLogin, "second", next, second, grant.refresh_token_generation).outcome,
            Put::kLost);
  EXPECT_EQ(Stored().state, GrantState::kReauthorizationRequired);
  EXPECT_EQ(PutOf(PutKind::kLogin, "second", next, second).outcome, Put::kStored);
  EXPECT_TRUE(Stored().refresh_token.empty());
}

// What a failover lost is put back meanwhile: the token's successor, say.
TEST_P(GrantStoreContract, ALoginThatInheritsWaitsForAStoreThatSettles) {
  const Grant grant = LogIn();
  store_->BeginSettling();
  const Grant second = WithoutRefreshToken(SampleGrant());
  const auto log_in = [&](int64_t expected) {
    return PutOf(PutKind::kLogin, "second", grant.generation + 10, second, expected).outcome;
  };
  EXPECT_EQ(log_in(grant.refresh_token_generation), Put::kSettling);
  EXPECT_EQ(Stored().generation, grant.generation);
  Grant restored = Refreshed(grant, "rt-2");
  restored.refresh_token_generation = grant.generation + 1;
  ASSERT_EQ(PutOf(PutKind::kRestore, "r", grant.generation + 1, restored).outcome, Put::kStored);
  store_->EndSettling();
  EXPECT_EQ(log_in(grant.refresh_token_generation), Put::kLost);
  EXPECT_EQ(log_in(grant.generation + 1), Put::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
}

TEST_P(GrantStoreContract, ALoginThatInheritsNothingWaitsForNoStoreToSettle) {
  const Grant grant = LogIn();
  store_->BeginSettling();
  const int64_t next = grant.generation + 1;
  EXPECT_EQ(PutOf(PutKind::kLogin, "second", next, SampleGrant("rt-2")).outcome, Put::kStored);
}

TEST_P(GrantStoreContract, ALoginThatInheritsKeepsTheOrphanOfItsToken) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const int64_t login = Inherit(grant, begun.next + 1);
  const BeginRefreshAnswer answer = Begin(login, "b");
  EXPECT_EQ(answer.outcome, Begun::kUnknown);
  EXPECT_EQ(answer.unknown_attempt, "a");
  EXPECT_EQ(answer.intent_at, begun.intent_at);
  EXPECT_EQ(answer.begun_at, begun.begun_at);
}

TEST_P(GrantStoreContract, ALoginThatInheritsKeepsThatAnOlderPresentationIsUnknown) {
  const Grant grant = LogIn();
  Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer begun = Go(grant.generation, "b", DespiteOf("a"));
  const int64_t login = Inherit(grant, begun.next + 1);
  Fail(begun, "b", Delivery::kAnswered);
  EXPECT_EQ(Begin(login, "c").outcome, Begun::kUnknown);
}

TEST_P(GrantStoreContract, ALoginThatInheritsLeavesTheHolderItsLease) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  const int64_t login = Inherit(grant, begun.next + 1);
  EXPECT_EQ(Begin(login, "b").outcome, Begun::kBusy);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kOk);
  CommitRequest commit = CommitOf(begun, "a", "rt-2");
  const CommitAnswer late = Do(grants().Commit(commit));
  ASSERT_EQ(late.outcome, Committed::kRenumber);
  commit.next = late.generation + 1;
  EXPECT_EQ(Do(grants().Commit(commit)).outcome, Committed::kStored);
  EXPECT_EQ(Go(commit.next, "b").grant->refresh_token.Expose(), "rt-2");
}

TEST_P(GrantStoreContract, ALoginThatInheritsEndsTheBackoffOnly) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  Fail(begun, "a", Delivery::kLostAnswer, ErrorClass::kRotationUnknown, Now() + absl::Hours(1));
  const int64_t login = Inherit(grant, begun.next + 1);
  EXPECT_EQ(Begin(login, "b").outcome, Begun::kUnknown);
}

TEST_P(GrantStoreContract, ARefreshThatALoginOvertookWithoutARotationIsLostAndHasEnded) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  const int64_t login = Inherit(grant, begun.next + 1);
  EXPECT_EQ(Commit(begun, "a", "rt-1").outcome, Committed::kLost);
  EXPECT_EQ(Renew(begun, "a").outcome, Renewed::kEnded);
  Go(login, "b");
}

TEST_P(GrantStoreContract, ALateCommitWithoutARotationEndsNobodyElsesAttempt) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer late = Go(grant.generation, "a");
  LetTheLeaseExpire();
  const BeginRefreshAnswer begun = Go(grant.generation, "b", DespiteOf("a"));
  Commit(begun, "b", "rt-1");
  EXPECT_EQ(Commit(late, "a", "rt-1").outcome, Committed::kLost);
  EXPECT_EQ(Renew(begun, "b").outcome, Renewed::kEnded);
}

TEST_P(GrantStoreContract, ARefusalThatALoginOvertookCondemnsNothing) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  const int64_t login = Inherit(grant, begun.next + 1);
  const FailAnswer answer = Fail(begun, "a", Delivery::kAnswered, ErrorClass::kGrantDead);
  ASSERT_EQ(answer.outcome, Failed::kNewer);
  EXPECT_EQ(answer.grant->generation, login);
  EXPECT_EQ(Stored().state, GrantState::kActive);
  const BeginRefreshAnswer again = Go(login, "b");
  EXPECT_EQ(Fail(again, "b", Delivery::kAnswered, ErrorClass::kGrantDead).outcome, Failed::kOk);
  EXPECT_EQ(Stored().state, GrantState::kReauthorizationRequired);
}

TEST_P(GrantStoreContract, ALoginInheritsNoTokenThatWasReplaced) {
  const Grant grant = LogIn();
  const int64_t generation = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  const PutGrantAnswer answer =
      PutOf(PutKind::kLogin, "second", generation + 1, WithoutRefreshToken(SampleGrant()),
            grant.refresh_token_generation);
  EXPECT_EQ(answer.outcome, Put::kLost);
  EXPECT_EQ(Stored().access_token.Expose(), "at-of-rt-2");
}

TEST_P(GrantStoreContract, ALoginThatInheritsNothingEndsTheEarlierChain) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  const PutGrantAnswer login =
      PutOf(PutKind::kLogin, "second", begun.next + 1, WithoutRefreshToken(SampleGrant()));
  EXPECT_EQ(login.outcome, Put::kStored);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kLost);
  EXPECT_FALSE(Stored().refreshable());
}

TEST_P(GrantStoreContract, ALoginForgetsTheRefreshThatWasBegun) {
  const Grant grant = LogIn();
  Fail(Go(grant.generation, "a"), "a", Delivery::kLostAnswer, ErrorClass::kRotationUnknown,
       Now() + absl::Hours(1));
  Advance(absl::Seconds(1));
  const Grant login = LogIn("rt-of-a-later-login");
  Go(login.generation, "b");
}

TEST_P(GrantStoreContract, ALoginKeepsWhatWasReserved) {
  const Grant grant = LogIn();
  Go(grant.generation + 1'000'000, "a", {Despite::What::kRollback, ""});
  const PutGrantAnswer refused = PutOf(PutKind::kLogin, "b", NowMs(), SampleGrant());
  EXPECT_EQ(refused.outcome, Put::kRenumber);
  EXPECT_EQ(refused.generation, grant.generation + 1'000'001);
}

TEST_P(GrantStoreContract, ALoginRevivesADeadGrantAndKeepsItsBirthday) {
  const Grant grant = LogIn();
  Fail(Go(grant.generation, "a"), "a", Delivery::kAnswered, ErrorClass::kGrantDead);
  Advance(absl::Hours(1));
  const Grant login = LogIn("rt-of-a-later-login");
  EXPECT_EQ(login.state, GrantState::kActive);
  EXPECT_EQ(login.created_at, grant.created_at);
  EXPECT_EQ(login.refresh_token.Expose(), "rt-of-a-later-login");
}

TEST_P(GrantStoreContract, AnImportEndsTheEarlierChainToo) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  EXPECT_EQ(PutOf(PutKind::kImport, "import", begun.next + 1, SampleGrant("imported")).outcome,
            Put::kStored);
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kLost);
  EXPECT_EQ(Stored().refresh_token.Expose(), "imported");
}

}  // namespace
}  // namespace tokenbroker
