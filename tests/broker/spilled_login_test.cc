// A login whose tokens the store does not take.
#include "broker/kept_write.h"
#include "broker/spill_recovery.h"
#include "tests/broker/login_test.h"

namespace tokenbroker {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class SpilledLoginTest : public LoginTest {
 protected:
  // The code was exchanged, the store takes nothing.
  void ExchangeWithoutStore() {
    ConfigureUserinfo();
    endpoint_.AnswerAccount(Account{"", "alice"});
    const LoginUri uri = Begin();
    store_.faults().Inject(StoreVerb::kFinishExchange, {StoreFault::What::kUnavailable}, 1'000'000);
    exchange_ = Start(logins_.ExchangeCode(Parts(uri)));
    Advance(kSpillAfter);
  }
  static Task<bool> Done(Task<void> task) {
    co_await std::move(task);
    co_return true;
  }

  // What a dead process kept is found by the next one.
  void Keep(FinishExchangeRequest request) {
    spill_.kept.insert_or_assign(request.attempt, request);
    Run(Done(RecoverSpill(&parts_, &store_)));
    Advance(absl::Seconds(1));
  }

  Future<Result> exchange_;
};

TEST_F(SpilledLoginTest, IsKeptOnDiskAndToldOnlyWhenStored) {
  ExchangeWithoutStore();
  EXPECT_THAT(spill_.kept, SizeIs(1));
  EXPECT_FALSE(exchange_->has_value()) << "whether it may be stored is not known yet";
  EXPECT_TRUE(logins_.Idle()) << "a shutdown need not wait for what is safe on disk";
  store_.faults().Heal();
  Advance(absl::Seconds(5));
  ASSERT_TRUE(exchange_->has_value());
  EXPECT_EQ(Why(**exchange_), "OK");
  EXPECT_THAT(spill_.kept, IsEmpty());
}

TEST_F(SpilledLoginTest, ARefusedLoginHasNothingToKeep) {
  const LoginUri uri = Begin();
  endpoint_.AnswerExchange(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kCodeRefused, "invalid_grant"));
  store_.faults().Inject(StoreVerb::kFinishExchange, {StoreFault::What::kUnavailable}, 5);
  exchange_ = Start(logins_.ExchangeCode(Parts(uri)));
  Advance(absl::Seconds(1));
  EXPECT_EQ(spill_.keeps, 0);
  Advance(absl::Seconds(30));
  EXPECT_TRUE(exchange_->has_value());
}

TEST_F(SpilledLoginTest, IsStoredByTheNextProcess) {
  ExchangeWithoutStore();
  store_.faults().Heal();
  store_.faults().Inject(StoreVerb::kFinishExchange, {StoreFault::What::kUnavailable}, 1);
  Run(Done(RecoverSpill(&parts_, &store_)));
  Advance(absl::Seconds(5));
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_EQ(Stored().account.id, "alice");
  EXPECT_THAT(spill_.kept, IsEmpty());
}

FinishExchangeRequest Finished(const std::string& account, int64_t generation = 7) {
  FinishExchangeRequest request;
  request.state = "a state that has ended";
  request.attempt = "of-a-dead-process";
  request.generation = generation;
  request.outcome.kind = LoginOutcome::Kind::kGrant;
  request.outcome.generation = generation;
  Grant grant;
  grant.key = {"default", "music", "user-1"};
  grant.refresh_token = Secret("kept");
  grant.client_id = "client-1";
  grant.account = {"", account};
  request.record = grant;
  return request;
}

TEST_F(SpilledLoginTest, AKeptLoginNeverReplacesAnotherAccountsGrant) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  ASSERT_EQ(Why(LogIn()), "OK");
  spill_.kept.insert_or_assign("of-a-dead-process", Finished("mallory"));
  Run(Done(RecoverSpill(&parts_, &store_)));
  Advance(absl::Seconds(1));
  EXPECT_EQ(Stored().account.id, "alice");
  EXPECT_THAT(spill_.kept, IsEmpty());
}

TEST_F(SpilledLoginTest, AKeptLoginFollowsAnEarlierOneOfTheSameAccount) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  ASSERT_EQ(Why(LogIn()), "OK");
  Keep(Finished("alice", Stored().generation + 1));
  EXPECT_EQ(Stored().refresh_token.Expose(), "kept");
  EXPECT_THAT(spill_.kept, IsEmpty());
}

TEST_F(SpilledLoginTest, AKeptLoginWhoseNumberARefreshTookIsStoredAboveIt) {
  ASSERT_EQ(Why(LogIn()), "OK");
  FinishExchangeRequest kept = Finished("", Stored().generation);
  kept.seen_login_generation = Stored().login_generation;
  Keep(kept);
  EXPECT_EQ(Stored().refresh_token.Expose(), "kept") << "whose account it is was known before";
  EXPECT_THAT(spill_.kept, IsEmpty());
}

TEST_F(SpilledLoginTest, AKeptLoginThatWasToInheritWhatIsGoneIsDropped) {
  FinishExchangeRequest kept = Finished("alice");
  kept.record->refresh_token = Secret();
  kept.expected = 5;
  Keep(kept);
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
  EXPECT_THAT(spill_.kept, IsEmpty());
}

TEST_F(SpilledLoginTest, AKeptLoginThatInheritsWaitsForAStoreThatSettles) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  ASSERT_EQ(Why(LogIn()), "OK");
  FinishExchangeRequest kept = Finished("alice", Stored().generation + 1);
  kept.record->refresh_token = Secret();
  kept.expected = Stored().refresh_token_generation;
  kept.seen_login_generation = Stored().login_generation;
  store_.faults().BeginSettling();
  Keep(kept);
  EXPECT_THAT(spill_.kept, SizeIs(1));
  store_.faults().EndSettling();
  Advance(absl::Seconds(5));
  EXPECT_EQ(Stored().generation, kept.generation);
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_THAT(spill_.kept, IsEmpty());
}

TEST_F(SpilledLoginTest, AKeptLoginDoesNotReplaceALaterOneOfTheSameAccount) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  ASSERT_EQ(Why(LogIn()), "OK");
  Keep(Finished("alice", Stored().generation - 1));
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_THAT(spill_.kept, IsEmpty());
  EXPECT_THAT(endpoint_.revocations(), IsEmpty()) << "the later login may share its consent";
}

TEST_F(SpilledLoginTest, WhatWasEndedAfterAKeptLoginStaysEnded) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  for (const PutKind kind : {PutKind::kRevoke, PutKind::kDelete}) {
    ASSERT_EQ(Why(LogIn()), "OK");
    FinishExchangeRequest kept = Finished("alice", Stored().generation + 1);
    kept.seen_login_generation = Stored().login_generation;
    Advance(absl::Seconds(1));
    PutGrantRequest end;
    end.kind = kind;
    end.attempt = kind == PutKind::kRevoke ? "revoke" : "delete";
    end.not_after = SteadyTime::InfiniteFuture();
    end.record.key = Request().key;
    Run(store_.PutGrant(std::move(end)));
    const size_t revocations = endpoint_.revocations().size();
    Keep(kept);
    const LoadAnswer loaded = Load();
    EXPECT_TRUE(!loaded.grant || loaded.grant->state == GrantState::kRevoked);
    EXPECT_THAT(spill_.kept, IsEmpty());
    ASSERT_GT(endpoint_.revocations().size(), revocations);
    EXPECT_EQ(endpoint_.revocations()[revocations].token.Expose(), "kept");
  }
}

}  // namespace
}  // namespace tokenbroker
