#include "broker/remember.h"

#include "tests/broker/broker_test.h"

namespace tokenbroker {
namespace {

using RememberTest = BrokerTest;

TEST_F(RememberTest, ARevocationThatTheStoreLostHolds) {
  Store(NewGrant());
  Touch();
  store_.faults().Remember(key_, clock_.TimeNow());
  Bury(PutKind::kRevoke);
  store_.faults().Rollback(key_);
  ASSERT_EQ(Stored().state, GrantState::kActive);
  EXPECT_EQ(RefusalIn(Get()).cause, "revoked");
  Advance(absl::Seconds(1));
  Grant login = NewGrant();
  login.access_token = Secret("after-login");
  Store(std::move(login));
  EXPECT_EQ(TokenOf(Get()), "after-login");
}

TEST_F(RememberTest, ARevocationThatNobodyPutsBackHoldsForAMinute) {
  Store(NewGrant());
  Touch();
  store_.faults().Remember(key_, clock_.TimeNow());
  Bury(PutKind::kRevoke);
  store_.faults().Rollback(key_);
  Advance(absl::Seconds(59));
  EXPECT_EQ(RefusalIn(Get()).cause, "revoked");
  Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(Get()), "access-0");
}

TEST_F(RememberTest, ADeletionThatTheStoreLostHolds) {
  Store(NewGrant());
  Touch();
  store_.faults().Remember(key_, clock_.TimeNow());
  Bury(PutKind::kDelete);
  store_.faults().Rollback(key_);
  ASSERT_EQ(Stored().state, GrantState::kActive);
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kGrantNotFound);
}

}  // namespace
}  // namespace tokenbroker
