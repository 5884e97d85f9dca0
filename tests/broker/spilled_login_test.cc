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

FinishExchangeRequest Finished(const std::string& account) {
  FinishExchangeRequest request;
  request.state = "a state that has ended";
  request.attempt = "of-a-dead-process";
  request.generation = 7;
  request.outcome.kind = LoginOutcome::Kind::kGrant;
  request.outcome.generation = 7;
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

TEST_F(SpilledLoginTest, AKeptLoginOfTheSameAccountFollowsALaterOne) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  ASSERT_EQ(Why(LogIn()), "OK");
  spill_.kept.insert_or_assign("of-a-dead-process", Finished("alice"));
  Run(Done(RecoverSpill(&parts_, &store_)));
  Advance(absl::Seconds(1));
  EXPECT_EQ(Stored().refresh_token.Expose(), "kept");
  EXPECT_THAT(spill_.kept, IsEmpty());
}

}  // namespace
}  // namespace tokenbroker
