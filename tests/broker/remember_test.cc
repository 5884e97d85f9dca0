#include "broker/remember.h"

#include "tests/broker/broker_test.h"

namespace tokenbroker {
namespace {

class RememberTest : public BrokerTest {
 protected:
  // A cached grant ends so, and the store goes back to before.
  void LoseTheEnd(PutKind end) {
    Store(NewGrant());
    Touch();
    store_.faults().Remember(key_, clock_.TimeNow());
    Bury(end);
    store_.faults().Rollback(key_);
    ASSERT_EQ(Stored().state, GrantState::kActive);
  }
};

TEST_F(RememberTest, ARevocationThatTheStoreLostHolds) {
  LoseTheEnd(PutKind::kRevoke);
  EXPECT_EQ(RefusalIn(Get()).cause, "revoked");
  Advance(absl::Seconds(1));
  Grant login = NewGrant();
  login.access_token = Secret("after-login");
  Store(std::move(login));
  EXPECT_EQ(TokenOf(Get()), "after-login");
}

TEST_F(RememberTest, ARevocationThatNobodyPutsBackHoldsForAMinute) {
  LoseTheEnd(PutKind::kRevoke);
  Advance(absl::Seconds(59));
  EXPECT_EQ(RefusalIn(Get()).cause, "revoked");
  Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(Get()), "access-0");
}

TEST_F(RememberTest, ADeletionThatTheStoreLostHolds) {
  LoseTheEnd(PutKind::kDelete);
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kGrantNotFound);
}

}  // namespace
}  // namespace tokenbroker
