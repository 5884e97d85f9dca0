#include "token/grant.h"

namespace tokenbroker {
namespace {

TEST(GrantTest, NamesEveryStateReason) {
  const std::vector<std::pair<StateReason, const char*>> names = {
      {StateReason::kNone, ""},
      {StateReason::kRevoked, "revoked"},
      {StateReason::kRotationLost, "rotation_lost"},
      {StateReason::kNoRefreshToken, "no_refresh_token"},
      {StateReason::kIdentityChanged, "identity_changed"},
      {StateReason::kClientChanged, "client_changed"},
      {StateReason::kProviderSaysDead, "provider_says_dead"}};
  for (const auto& [reason, name] : names) EXPECT_EQ(StateReasonName(reason), name);
}

TEST(GrantTest, LivesFromWhenItWasIssuedToItsExpiry) {
  Grant grant;
  grant.issued_at = absl::FromUnixSeconds(1000);
  EXPECT_EQ(grant.life(), absl::InfiniteDuration());
  grant.expires_at = absl::FromUnixSeconds(4600);
  EXPECT_EQ(grant.life(), absl::Hours(1));
}

TEST(GrantTest, IsRefreshableWithARefreshToken) {
  Grant grant;
  EXPECT_FALSE(grant.refreshable());
  grant.refresh_token = Secret("r");
  EXPECT_TRUE(grant.refreshable());
}

TEST(AccountTest, IsIssuerAndIdTogether) {
  const Account account{"https://issuer.example", "42"};
  EXPECT_TRUE(account.known());
  EXPECT_FALSE((Account{"https://issuer.example", ""}).known());
  EXPECT_EQ(account, (Account{"https://issuer.example", "42"}));
  EXPECT_NE(account, (Account{"https://issuer.example", "43"}));
  EXPECT_NE(account, (Account{"https://other.example", "42"}));
}

}  // namespace
}  // namespace tokenbroker
