#include "broker/commit.h"

#include "tests/broker/broker_test.h"

namespace tokenbroker {
namespace {

// Every commit is made by a flight, as there is no other way to one.
class CommitTest : public BrokerTest {
 protected:
  // Somebody waits for a refresh that the provider has answered, but nobody has heard yet.
  Answer AnsweredUnheard() {
    Store(NewGrant());
    Advance(absl::Hours(2));
    endpoint_.Hold();
    const Answer answer = Ask();
    Settle();
    EXPECT_EQ(endpoint_.refreshes().size(), 1u);
    return answer;
  }
  void Hear() {
    endpoint_.Release();
    Settle();
  }
  void Put(PutGrantRequest put) {
    put.attempt = RandomBytes(16);
    put.not_after = SteadyTime::InfiniteFuture();
    PutGrantAnswer answer = Run(store_.PutGrant(put));
    if (answer.outcome == PutGrantAnswer::Outcome::kRenumber) {
      put.generation = answer.generation + 1;
      answer = Run(store_.PutGrant(put));
    }
    EXPECT_EQ(answer.outcome, PutGrantAnswer::Outcome::kStored);
  }
  void Revoke() {
    PutGrantRequest revoke;
    revoke.kind = PutKind::kRevoke;
    revoke.record.key = key_;
    Put(std::move(revoke));
  }
  // A login whose answer had no refresh token keeps the one that is there.
  void LogInInheriting() {
    PutGrantRequest put;
    put.kind = PutKind::kLogin;
    put.expected = Stored().refresh_token_generation;
    put.record = NewGrant();
    put.record.access_token = Secret("of-the-login");
    put.record.refresh_token = Secret();
    put.record.scopes = {"read", "write"};
    put.record.reauthorize_at = clock_.TimeNow() + absl::Hours(4320);
    Put(std::move(put));
  }
};

TEST_F(CommitTest, ALoginThatInheritedTheRefreshTokenKeepsWhatItBrought) {
  const Answer answer = AnsweredUnheard();
  LogInInheriting();
  const Grant login = Stored();
  Hear();
  const Grant stored = Stored();
  EXPECT_EQ(stored.refresh_token.Expose(), "refresh-1") << "the old one is used up";
  EXPECT_EQ(stored.scopes, login.scopes);
  EXPECT_EQ(stored.reauthorize_at, login.reauthorize_at);
  EXPECT_EQ(TokenOf(**answer), "of-the-login");
  EXPECT_GT(stored.generation, login.generation);
}

TEST_F(CommitTest, ThatIsFoundOutThoughTheStoreFallsSilentInBetween) {
  AnsweredUnheard();
  LogInInheriting();
  const StoreFault silent{StoreFault::What::kUnavailable, absl::ZeroDuration()};
  store_.faults().Inject(StoreVerb::kLoad, silent, 3);
  Hear();
  Advance(absl::Seconds(10));
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_EQ(Stored().access_token.Expose(), "of-the-login");
}

// The store has the commit and its answer was lost; then a login inherits its token.
TEST_F(CommitTest, ALoginThatInheritedItsTokenIsServedToWhoRepeatsACommit) {
  const Answer answer = AnsweredUnheard();
  store_.CutSubscription();
  store_.faults().Inject(StoreVerb::kCommit, {StoreFault::What::kLostAcknowledgement});
  Hear();
  ASSERT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  ASSERT_FALSE(answer->has_value());
  LogInInheriting();
  Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(**answer), "of-the-login");
  EXPECT_EQ((*answer)->value().token->generation, Stored().generation);
}

// Another replica was told that the parent is dead, which it is: our answer is its successor.
TEST_F(CommitTest, ASuccessorIsAliveWhateverWasSaidOfItsParent) {
  AnsweredUnheard();
  LogInInheriting();
  // The holder's renewals get lost, and with them its lease.
  store_.faults().Inject(StoreVerb::kRenew, {StoreFault::What::kUnavailable}, 1'000'000);
  Advance(kLease + absl::Seconds(3));
  BeginRefreshRequest begin;
  begin.key = key_;
  begin.known_generation = Stored().generation;
  begin.attempt = "of-another-replica";
  begin.not_after = SteadyTime::InfiniteFuture();
  BeginRefreshAnswer begun = Run(store_.BeginRefresh(begin));
  if (begun.outcome == BeginRefreshAnswer::Outcome::kUnknown) {
    begin.despite = {Despite::What::kUnknownAttempt, begun.unknown_attempt};
    begun = Run(store_.BeginRefresh(begin));
  }
  ASSERT_EQ(begun.outcome, BeginRefreshAnswer::Outcome::kGo);
  FailRequest fail;
  fail.key = key_;
  fail.attempt = begin.attempt;
  fail.parent = begun.grant->refresh_token_generation;
  fail.outcome = Delivery::kAnswered;
  fail.error_class = ErrorClass::kGrantDead;
  fail.cause = StateReason::kProviderSaysDead;
  Run(store_.Fail(fail));
  ASSERT_EQ(Stored().state, GrantState::kReauthorizationRequired);
  Hear();
  Advance(absl::Seconds(5));
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_EQ(Stored().state, GrantState::kActive);
  EXPECT_EQ(Stored().state_reason, StateReason::kNone);
}

TEST_F(CommitTest, AnotherIdentityIsNotHiddenBehindALogin) {
  Grant grant = NewGrant();
  grant.account = {"https://issuer.example", "alice"};
  Store(std::move(grant));
  Advance(absl::Hours(2));
  TokenAnswer other = TokensAnswer("access-of-bob", "refresh-of-bob");
  IdTokenClaims claims;
  claims.issuer = "https://issuer.example";
  claims.subject = "bob";
  claims.audience = {"client"};
  other.tokens->id_token = claims;
  endpoint_.AnswerRefresh(std::move(other));
  endpoint_.Hold();
  Ask();
  Settle();
  LogInInheriting();
  Hear();
  EXPECT_EQ(Stored().state_reason, StateReason::kIdentityChanged);
  EXPECT_TRUE(Stored().access_token.empty());
}

TEST_F(CommitTest, ARecordThatTheStoreLostIsPutBack) {
  store_.faults().Remember(key_, clock_.TimeNow());
  const Answer answer = AnsweredUnheard();
  store_.faults().Rollback(key_);
  Hear();
  EXPECT_EQ(TokenOf(**answer), "access-1");
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_EQ(Stored().generation, (*answer)->value().token->generation);
  EXPECT_EQ(Stored().refresh_token_generation, Stored().generation);
}

TEST_F(CommitTest, AnAnswerToATokenThatTheStoreHasForgottenIsPutBack) {
  Store(NewGrant());
  store_.faults().Remember(key_, clock_.TimeNow());
  Advance(absl::Seconds(1));
  const Answer answer = AnsweredUnheard();
  store_.faults().Rollback(key_);
  const StoreFault silent{StoreFault::What::kUnavailable, absl::ZeroDuration()};
  store_.faults().Inject(StoreVerb::kPutGrant, silent, 3);
  Hear();
  Advance(absl::Seconds(10));
  EXPECT_EQ(TokenOf(**answer), "access-1");
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
}

TEST_F(CommitTest, AnAnswerThatIsLostToALoginServesTheLogin) {
  const Answer answer = AnsweredUnheard();
  store_.CutSubscription();
  Grant login = NewGrant();
  login.access_token = Secret("after-login");
  Store(std::move(login));
  Hear();
  EXPECT_EQ(TokenOf(**answer), "after-login");
  EXPECT_TRUE(endpoint_.revocations().empty());
}

TEST_F(CommitTest, AnAnswerThatIsLostIsServedToNobodyWhileTheNewerIsLoaded) {
  const Answer answer = AnsweredUnheard();
  PutGrantRequest login;
  login.kind = PutKind::kLogin;
  login.record = NewGrant();
  login.record.access_token = Secret("after-login");
  login.record.refresh_token = Secret("refresh-of-the-login");
  Put(std::move(login));
  Settle();
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kNone, absl::Milliseconds(500)});
  Hear();
  Advance(absl::Milliseconds(200));
  EXPECT_EQ(spill_.keeps, 0);
  EXPECT_FALSE(answer->has_value());
  Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(**answer), "after-login");
}

TEST_F(CommitTest, WhatCameForARevokedGrantIsRevokedAndAShutdownWaitsForThat) {
  const Answer answer = AnsweredUnheard();
  Revoke();
  endpoint_.SetLatency(absl::Seconds(3));
  Hear();
  EXPECT_EQ(RefusalIn(**answer).cause, "revoked");
  EXPECT_FALSE(Run(broker_.Drain(clock_.SteadyNow() + absl::Seconds(1))));
  EXPECT_TRUE(Run(broker_.Drain(clock_.SteadyNow() + absl::Seconds(10))));
  ASSERT_EQ(endpoint_.revocations().size(), 2u);
  EXPECT_EQ(endpoint_.revocations()[0].token.Expose(), "refresh-1");
  EXPECT_EQ(endpoint_.revocations()[1].token.Expose(), "access-1");
}

TEST_F(CommitTest, WhatCameForADeletedGrantIsRevokedAndTheGrantNotFound) {
  const Answer answer = AnsweredUnheard();
  Bury(PutKind::kDelete);
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kUnavailable}, 100);
  Hear();
  EXPECT_EQ(RefusalIn(**answer).reason, Reason::kGrantNotFound) << "as the commit was answered";
  EXPECT_EQ(endpoint_.revocations().size(), 2u);
}

TEST_F(CommitTest, AStoreThatIsNotOursIsWaitedForHoweverLong) {
  const Answer answer = AnsweredUnheard();
  spill_.writable = false;
  store_.faults().BeginNoStore();
  Hear();
  Advance(absl::Minutes(9));
  EXPECT_FALSE(answer->has_value());
  store_.faults().EndNoStore();
  Advance(absl::Seconds(3));
  EXPECT_EQ(TokenOf(**answer), "access-1");
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
}

}  // namespace
}  // namespace tokenbroker
