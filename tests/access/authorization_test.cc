#include "access/authorization.h"

#include <gtest/gtest.h>

#include "tests/support/known_callers.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

Reason ReasonIn(const absl::Status& status) {
  const absl::optional<Refusal> refusal = RefusalOf(status);
  EXPECT_TRUE(refusal) << status;
  return refusal ? refusal->reason : Reason::kStoreUnavailable;
}

TEST(AuthorizationTest, GivesWhatTheRulePermits) {
  PolicyRule rule = AnythingRule();
  rule.fixed_tenant = "music";
  const KnownCallerPtr caller = CallerUnder(rule);
  const auto permission = Authorize(*caller, Rpc::kGetFreshToken, "", "spotify", "u");
  ASSERT_TRUE(permission.ok()) << permission.status();
  EXPECT_EQ(permission->tenant, "music");
}

TEST(AuthorizationTest, DeniesInTheSameWordsWhateverIsMissing) {
  PolicyRule rule = AnythingRule();
  rule.rpcs = RpcSet();
  rule.rpcs.Add(Rpc::kGetFreshToken);
  rule.fixed_tenant = "music";
  rule.providers = {false, {"spotify"}};
  rule.subjects = {*SubjectPattern::Parse("mine/*")};
  const KnownCallerPtr caller = CallerUnder(rule);
  EXPECT_TRUE(Authorize(*caller, Rpc::kGetFreshToken, "music", "spotify", "mine/a").ok());
  const absl::Status denied =
      Authorize(*caller, Rpc::kGetFreshToken, "music", "spotify", "yours/a").status();
  EXPECT_EQ(ReasonIn(denied), Reason::kCallerNotAllowed);
  EXPECT_EQ(denied, Authorize(*caller, Rpc::kGetFreshToken, "music", "github", "mine/a").status());
  EXPECT_EQ(denied, Authorize(*caller, Rpc::kGetFreshToken, "films", "spotify", "mine/a").status());
  EXPECT_EQ(denied, Authorize(*caller, Rpc::kRevokeGrant, "music", "spotify", "mine/a").status());
  EXPECT_EQ(denied, AuthorizeCall(*caller, Rpc::kListGrants));
}

TEST(AuthorizationTest, CallsAMistakeByItsName) {
  PolicyRule rule = AnythingRule();
  rule.subjects = {*SubjectPattern::Parse("mine/*")};
  const KnownCallerPtr caller = CallerUnder(rule);
  EXPECT_EQ(ReasonIn(Authorize(*caller, Rpc::kGetFreshToken, "", "spotify", "").status()),
            Reason::kFieldInvalid);
}

TEST(AuthorizationTest, ARuleAboutOwnGrantsCoversThoseAlone) {
  PolicyRule rule = AnythingRule();
  rule.owner = Owner::kSelf;
  const KnownCallerPtr caller = CallerUnder(rule, "dns:me.internal");
  const auto own = Authorize(*caller, Rpc::kGetGrant, "", "spotify", "u");
  ASSERT_TRUE(own.ok());
  EXPECT_TRUE(Covers(*own, *caller, "dns:me.internal"));
  EXPECT_FALSE(Covers(*own, *caller, "dns:you.internal"));
  EXPECT_FALSE(Covers(*own, *caller, ""));
}

}  // namespace
}  // namespace tokenbroker
