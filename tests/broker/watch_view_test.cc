#include "broker/watch_view.h"

#include "tests/support/with_traits.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

class WatchViewTest : public ::testing::Test {
 protected:
  WatchViewTest() {
    token_.generation = 5;
    token_.access_token = Secret("at");
    ChangeTraits(&token_, [](TokenTraits* t) { t->scopes = {"read"}, t->owner = "dns:a"; });
    token_.issued = now_;
    token_.expires = now_ + absl::Hours(1);
  }
  absl::StatusOr<WatchView> View(const FreshTokenQuery& query = {},
                                 absl::optional<StateReason> frozen = absl::nullopt) const {
    return ViewFor(std::make_shared<CachedToken>(token_), frozen, query, now_);
  }

  const SteadyTime now_ = SteadyTime::FromOrigin(absl::Hours(9));
  CachedToken token_;
};

TEST_F(WatchViewTest, NothingKnownIsAbsent) {
  const absl::StatusOr<WatchView> view = ViewFor(nullptr, absl::nullopt, {}, now_);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->state, WatchedState::kAbsent);
  EXPECT_EQ(view->generation, 0);
}

TEST_F(WatchViewTest, AGoodTokenIsShown) {
  const absl::StatusOr<WatchView> view = View();
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->token->generation, 5);
  EXPECT_EQ(view->state, WatchedState::kActive);
}

TEST_F(WatchViewTest, AGrantOfAnotherOwnerIsAbsentWhateverItsState) {
  FreshTokenQuery query;
  query.required_owner = "dns:b";
  for (const GrantState state : {GrantState::kActive, GrantState::kRevoked}) {
    token_.state = state;
    const absl::StatusOr<WatchView> view = View(query);
    ASSERT_TRUE(view.ok());
    EXPECT_EQ(view->state, WatchedState::kAbsent);
    EXPECT_EQ(view->generation, 0);
    EXPECT_EQ(view->token, nullptr);
  }
}

TEST_F(WatchViewTest, MoreScopesThanTheRuleHasAreNotShown) {
  const std::vector<std::string> max_scopes = {"write"};
  FreshTokenQuery query;
  query.max_scopes = &max_scopes;
  EXPECT_TRUE(absl::IsPermissionDenied(View(query).status()));
}

TEST_F(WatchViewTest, ADeadGrantIsShownWithItsTokenWhileThatIsGood) {
  token_.state = GrantState::kReauthorizationRequired;
  token_.state_reason = StateReason::kProviderSaysDead;
  absl::StatusOr<WatchView> view = View();
  EXPECT_NE(view->token, nullptr);
  EXPECT_EQ(view->state, WatchedState::kReauthorizationRequired);
  EXPECT_EQ(view->reason, StateReason::kProviderSaysDead);
  token_.expires = now_;
  view = View();
  EXPECT_EQ(view->token, nullptr);
  EXPECT_EQ(view->state, WatchedState::kReauthorizationRequired);
}

TEST_F(WatchViewTest, ARevokedGrantHasNoToken) {
  token_.state = GrantState::kRevoked;
  token_.state_reason = StateReason::kRevoked;
  const absl::StatusOr<WatchView> view = View();
  EXPECT_EQ(view->token, nullptr);
  EXPECT_EQ(view->state, WatchedState::kRevoked);
  EXPECT_EQ(view->generation, 5);
}

TEST_F(WatchViewTest, AnExpiredTokenIsNotShownAndTheGrantIsActiveStill) {
  token_.expires = now_;
  const absl::StatusOr<WatchView> view = View();
  EXPECT_EQ(view->token, nullptr);
  EXPECT_EQ(view->state, WatchedState::kActive);
}

TEST_F(WatchViewTest, AnExpiredGrantThatCannotBeRefreshedNeedsALogin) {
  token_.refreshable = false;
  EXPECT_EQ(View()->state, WatchedState::kActive);
  token_.expires = now_;
  EXPECT_EQ(View()->state, WatchedState::kReauthorizationRequired);
  EXPECT_EQ(View()->reason, StateReason::kNoRefreshToken);
}

TEST_F(WatchViewTest, AFrozenGrantIsShownWithItsTokenWhileThatIsGood) {
  const absl::StatusOr<WatchView> view = View({}, StateReason::kClientChanged);
  EXPECT_NE(view->token, nullptr);
  EXPECT_EQ(view->state, WatchedState::kFrozen);
  EXPECT_EQ(view->reason, StateReason::kClientChanged);
}

TEST_F(WatchViewTest, WhatIsDeadIsNotFrozen) {
  token_.state = GrantState::kRevoked;
  EXPECT_EQ(View({}, StateReason::kNone)->state, WatchedState::kRevoked);
}

}  // namespace
}  // namespace tokenbroker
