// What an administrator does to grants while the fleet works on them.
#include <future>

#include "tests/chaos/fleet.h"

namespace tokenbroker {
namespace {

using provider_simulator::Endpoint;

constexpr char kSubject[] = "user-0";

class AdminTest : public FleetTest {};

TEST_F(AdminTest, ARevokeDuringARefreshAtAnotherReplicaWins) {
  SetTokenLifetime(absl::Seconds(20));
  StartReplicas(2);
  LogIn(kSubject);
  SetTokenLifetime(absl::Minutes(1));
  provider().Configure(
      [](auto& settings) { settings.latency[Endpoint::kToken] = absl::Seconds(1); });
  auto caller = std::async(std::launch::async, [this] {
    Outcome<v1::GetFreshTokenResponse> last;
    Eventually([this, &last] {
      last = GetTokenGoodFor(kSubject, absl::Seconds(30));
      return last.error.reason != "MIN_TTL_UNSATISFIABLE";
    });
    return last;
  });
  ASSERT_TRUE(Eventually([&] { return counters().Refreshes() == 1; }));
  const auto revoked = replica(1).client().RevokeGrant(kSubject);
  EXPECT_TRUE(revoked.ok()) << revoked.error.reason;
  const auto refused = caller.get();
  EXPECT_EQ(refused.error.reason, "REAUTHORIZATION_REQUIRED");
  ASSERT_EQ(refused.error.metadata.count("cause"), 1u);
  EXPECT_EQ(refused.error.metadata.at("cause"), "revoked");
  EXPECT_TRUE(Eventually([&] { return !FamilyOf(kSubject).revoked_because.empty(); }))
      << "what the refresh brought is revoked at the provider";
  for (size_t at : {0u, 1u}) {
    EXPECT_TRUE(Eventually([&] {
      return GetToken(kSubject, at).error.reason == "REAUTHORIZATION_REQUIRED";
    })) << at;
  }
}

TEST_F(AdminTest, AnImportedTokenThatIsDeadIsSaidToBe) {
  StartReplicas(1);
  Outcome<v1::ImportGrantResponse> imported;
  // Whoever has just started may not have heard from Redis yet.
  EXPECT_TRUE(Eventually([&] {
    imported = replica(0).client().ImportGrant(kSubject, "a-token-that-the-provider-does-not-know");
    return imported.error.reason != "STORE_UNAVAILABLE";
  }));
  EXPECT_EQ(imported.error.reason, "REAUTHORIZATION_REQUIRED");
  EXPECT_TRUE(
      Eventually([&] { return GetToken(kSubject).error.reason == "REAUTHORIZATION_REQUIRED"; }));
  EXPECT_EQ(counters().MaxPresented(), 1u);
  LogIn(kSubject);
  EXPECT_TRUE(GetToken(kSubject).ok()) << "a login revives it";
}

}  // namespace
}  // namespace tokenbroker
