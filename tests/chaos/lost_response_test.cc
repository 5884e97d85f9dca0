// The provider processes a refresh and drops the connection: what each kind of rotation allows.
#include <iostream>

#include "tests/chaos/fleet.h"

namespace tokenbroker {
namespace {

using provider_simulator::Endpoint;
using provider_simulator::LostResponseFault;
using provider_simulator::Rotation;

constexpr char kSubject[] = "user-0";
constexpr absl::Duration kLife = absl::Seconds(20);

class LostResponseTest : public FleetTest {
 protected:
  // A grant whose next refresh is processed, and its answer lost.
  void LoseTheAnswer(Rotation rotation) {
    SetRotation(rotation);
    SetTokenLifetime(kLife);
    AddProviderYaml("    request_timeout: 2s\n");
    StartReplicas(2);
    first_ = LogIn(kSubject).token();
    presented_ = FamilyOf(kSubject).refresh_tokens.at(0);
    provider().AddFault(Endpoint::kToken, LostResponseFault());
    // Longer than the token lives: it must be refreshed now.
    EXPECT_TRUE(Eventually([&] {
      GetTokenGoodFor(kSubject, kLife - absl::Seconds(1), 0, absl::Seconds(1));
      return Presented() > 0;
    }));
  }
  uint64_t Presented() {
    const auto counted = counters();
    const auto found = counted.refresh_tokens.find(presented_);
    return found == counted.refresh_tokens.end() ? 0 : found->second.presented;
  }
  void Say(const char* rotation) {
    std::cout << rotation << ": the token presented " << Presented() << " times, accepted "
              << counters().MaxAccepted() << " times, " << counters().families_revoked_by_reuse
              << " reuses\n";
  }

  v1::AccessToken first_;
  std::string presented_;
};

TEST_F(LostResponseTest, ATokenThatDoesNotRotateIsPresentedAgain) {
  LoseTheAnswer(Rotation::kNone);
  EXPECT_TRUE(MovesBeyond(first_.generation(), kSubject, 1));
  Say("none");
  EXPECT_EQ(Presented(), 2u);
  EXPECT_EQ(GetGrant(kSubject).state(), v1::GRANT_STATE_ACTIVE);
}

TEST_F(LostResponseTest, AGracePeriodIsUsedToPresentTheTokenAgain) {
  LoseTheAnswer(Rotation::kGrace);
  EXPECT_TRUE(MovesBeyond(first_.generation(), kSubject, 1));
  Say("grace");
  EXPECT_EQ(Presented(), 2u);
  EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
  EXPECT_EQ(FamilyOf(kSubject).revoked_because, "");
  EXPECT_EQ(GetGrant(kSubject).state(), v1::GRANT_STATE_ACTIVE);
}

TEST_F(LostResponseTest, ASingleUseTokenIsNotPresentedAgainWhileItsAccessTokenIsGood) {
  LoseTheAnswer(Rotation::kSingleUse);
  const absl::Time good_until = absl::Now() + kLife / 2;
  while (absl::Now() < good_until) {
    for (size_t at : {0u, 1u}) {
      const auto served = GetToken(kSubject, at);
      ASSERT_TRUE(served.ok()) << served.error.reason;
      EXPECT_EQ(served.response.token().generation(), first_.generation());
      const auto longer = GetTokenGoodFor(kSubject, kLife - absl::Seconds(1), at);
      EXPECT_EQ(longer.error.reason, "PROVIDER_UNAVAILABLE");
    }
    ASSERT_EQ(Presented(), 1u);
  }
  Say("single_use, while the access token is good");
}

TEST_F(LostResponseTest, ASingleUseTokenThatIsLostIsSaidToBeAfterThePatience) {
  LoseTheAnswer(Rotation::kSingleUse);
  Outcome<v1::GetFreshTokenResponse> last;
  EXPECT_TRUE(Eventually(
      [&] {
        last = GetToken(kSubject, 1);
        return last.error.reason == "REAUTHORIZATION_REQUIRED";
      },
      absl::Minutes(2)))
      << last.error.reason;
  Say("single_use, after the patience");
  EXPECT_EQ(last.error.metadata["cause"], "rotation_lost");
  EXPECT_EQ(Presented(), 2u);
  EXPECT_EQ(FamilyOf(kSubject).revoked_because, "reuse");
  LogIn(kSubject);
  EXPECT_TRUE(Eventually([&] { return GetToken(kSubject, 1).ok(); })) << "a login revives it";
}

TEST_F(LostResponseTest, ASingleUseTokenThatWasNeverProcessedIsAliveAfterThePatience) {
  SetRotation(Rotation::kSingleUse);
  SetTokenLifetime(absl::Seconds(4));
  AddProviderYaml("    request_timeout: 2s\n");
  StartReplicas(2);
  first_ = LogIn(kSubject).token();
  presented_ = FamilyOf(kSubject).refresh_tokens.at(0);
  provider().AddFault(Endpoint::kToken, provider_simulator::DropFault());
  EXPECT_TRUE(MovesBeyond(first_.generation(), kSubject, 1, absl::Minutes(2)));
  Say("single_use, dropped before it was processed");
  EXPECT_EQ(Presented(), 2u);
  EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
}

}  // namespace
}  // namespace tokenbroker
