#include "broker/grant_mapping.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const SteadyTime kSteady = SteadyTime::FromOrigin(absl::Hours(5));
// The request was sent a second after the store's clock was read.
const SteadyTime kSent = kSteady + absl::Seconds(1);
const absl::Time kIssued = kNow + absl::Seconds(1);

class GrantMappingTest : public ::testing::Test {
 protected:
  GrantMappingTest() {
    grant_.refresh_token = Secret("refresh-0");
    grant_.scopes = {"read"};
    grant_.attributes = {{"realm", "1"}, {"instance_url", "old"}};
    answer_.access_token = Secret("access");
    answer_.token_type = "Bearer";
    answer_.expires_in = absl::Hours(1);
    config_.client_id = "client";
    config_.refresh.margin = absl::Minutes(5);
  }
  void Apply() { ApplyTokens(answer_, kSent, {kNow, kSteady}, config_, jitter_, &grant_); }

  TokenTraitsPool pool_;
  Jitter jitter_{1};
  ProviderConfig config_;
  TokenResponse answer_;
  Grant grant_;
};

TEST_F(GrantMappingTest, ALifeCountsFromWhenTheRequestWasSent) {
  Apply();
  EXPECT_EQ(grant_.issued_at, kIssued);
  EXPECT_EQ(grant_.expires_at, kIssued + absl::Hours(1));
  EXPECT_EQ(grant_.client_id, "client");
}

TEST_F(GrantMappingTest, WhatTheAnswerLeavesOutStays) {
  Apply();
  EXPECT_EQ(grant_.refresh_token.Expose(), "refresh-0");
  EXPECT_EQ(grant_.scopes, (std::vector<std::string>{"read"}));
  answer_.refresh_token = Secret("refresh-1");
  answer_.scopes = std::vector<std::string>{"write"};
  answer_.attributes = {{"instance_url", "new"}};
  Apply();
  EXPECT_EQ(grant_.refresh_token.Expose(), "refresh-1");
  EXPECT_EQ(grant_.scopes, (std::vector<std::string>{"write"}));
  EXPECT_EQ(grant_.attributes,
            (std::map<std::string, std::string>{{"realm", "1"}, {"instance_url", "new"}}));
}

TEST_F(GrantMappingTest, ScopesAreSortedWhoeverNamedThem) {
  grant_.scopes = {"write", "read"};
  Apply();
  EXPECT_EQ(grant_.scopes, (std::vector<std::string>{"read", "write"}));
  answer_.scopes = std::vector<std::string>{"b", "c", "a"};
  Apply();
  EXPECT_EQ(grant_.scopes, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(GrantMappingTest, ItsRefreshIsDueAJitteredMarginBeforeItsEnd) {
  for (int i = 0; i < 100; ++i) {
    Apply();
    const absl::Duration margin = *grant_.expires_at - *grant_.refresh_at;
    EXPECT_GE(margin, absl::Seconds(270));
    EXPECT_LE(margin, absl::Seconds(330));
  }
}

TEST_F(GrantMappingTest, WithoutRefreshTokenNothingIsDue) {
  grant_.refresh_token = Secret();
  Apply();
  EXPECT_FALSE(grant_.refresh_at);
  answer_.access_token_status = absl::InvalidArgumentError("odd");
  Apply();
  EXPECT_FALSE(grant_.refresh_at);
}

TEST_F(GrantMappingTest, WithoutExpiryNothingIsDueUnlessTheRefreshTokenIdles) {
  answer_.expires_in = absl::nullopt;
  Apply();
  EXPECT_FALSE(grant_.expires_at);
  EXPECT_FALSE(grant_.refresh_at);
  config_.refresh.idle_lifetime = absl::Hours(100);
  Apply();
  EXPECT_EQ(grant_.refresh_at, kIssued + absl::Hours(80));
}

TEST_F(GrantMappingTest, ATokenThatOutlivesItsIdleRefreshTokenIsRefreshedInTime) {
  config_.refresh.idle_lifetime = absl::Hours(100);
  answer_.expires_in = absl::Hours(1000);
  Apply();
  EXPECT_EQ(grant_.refresh_at, kIssued + absl::Hours(80));
}

TEST_F(GrantMappingTest, AnUnusableAccessTokenIsKeptAsExpiredAndReplacedInAMinute) {
  answer_.access_token_status = absl::InvalidArgumentError("odd");
  answer_.refresh_token = Secret("refresh-1");
  Apply();
  EXPECT_TRUE(grant_.access_token.empty());
  EXPECT_EQ(grant_.expires_at, kIssued);
  EXPECT_EQ(grant_.refresh_at, kIssued + absl::Minutes(1));
  EXPECT_EQ(grant_.refresh_token.Expose(), "refresh-1");
}

TEST_F(GrantMappingTest, TheCacheHoldsDeadlinesOfTheSteadyClock) {
  Apply();
  const auto token = ToCachedToken(grant_, {kNow + absl::Minutes(1), kSteady}, &pool_);
  EXPECT_EQ(token->issued, kSteady - absl::Seconds(59));
  EXPECT_EQ(token->expires - token->issued, absl::Hours(1));
  EXPECT_EQ(token->life(), absl::Hours(1));
  const absl::Duration margin = *grant_.expires_at - *grant_.refresh_at;
  EXPECT_LT(absl::AbsDuration(token->expires - token->refresh_due - margin), absl::Nanoseconds(2));
}

TEST_F(GrantMappingTest, NothingIsDueInTheCacheThatCannotBeRefreshed) {
  Apply();
  grant_.state = GrantState::kReauthorizationRequired;
  grant_.last_error = "invalid_grant";
  const auto dead = ToCachedToken(grant_, {kNow, kSteady}, &pool_);
  EXPECT_EQ(dead->refresh_due, SteadyTime::InfiniteFuture());
  EXPECT_EQ(dead->traits->provider_error, "invalid_grant");
  grant_.state = GrantState::kActive;
  grant_.refresh_token = Secret();
  const auto single = ToCachedToken(grant_, {kNow, kSteady}, &pool_);
  EXPECT_EQ(single->refresh_due, SteadyTime::InfiniteFuture());
  EXPECT_FALSE(single->refreshable);
  EXPECT_EQ(single->traits->provider_error, "")
      << "an active grant's last error is no caller's business";
}

}  // namespace
}  // namespace tokenbroker
