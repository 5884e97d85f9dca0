#include "config/policy.h"

#include <absl/strings/string_view.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

// GetFreshToken of spotify's `user-*` in the default tenant, by dns:player.
PolicyRule Rule(absl::string_view name) {
  PolicyRule rule;
  rule.name = std::string(name);
  rule.callers = {*CallerPattern::Parse("dns:player")};
  rule.rpcs.Add(Rpc::kGetFreshToken);
  rule.fixed_tenant = "default";
  rule.providers.names = {"spotify"};
  rule.subjects = {*SubjectPattern::Parse("user-*")};
  return rule;
}

std::shared_ptr<const CallerRights> Rights(std::vector<PolicyRule> rules,
                                           absl::string_view caller = "dns:player") {
  // The rights outlive the policy.
  return Policy(std::move(rules)).RightsOf(*ParseCaller(caller));
}

// The name of the rule that decides, `denied` when none does.
std::string Decides(const CallerRights& rights, absl::string_view tenant = "",
                    absl::string_view subject = "user-42", Rpc rpc = Rpc::kGetFreshToken,
                    absl::string_view provider = "spotify") {
  const absl::optional<Permission> found = rights.Find(rpc, tenant, provider, subject);
  return found ? std::string(found->rule) : "denied";
}

std::string TenantOf(const CallerRights& rights, absl::string_view requested) {
  const auto found = rights.Find(Rpc::kGetFreshToken, requested, "spotify", "user-42");
  return found ? std::string(found->tenant) : "denied";
}

TEST(PolicyTest, DeniesWhatNoRuleCovers) {
  const auto rights = Rights({Rule("players")});
  EXPECT_EQ(Decides(*rights), "players");
  EXPECT_EQ(Decides(*rights, "music"), "denied");
  EXPECT_EQ(Decides(*rights, "", "admin"), "denied");
  EXPECT_EQ(Decides(*rights, "", "user-42", Rpc::kWatchToken), "denied");
  EXPECT_EQ(Decides(*rights, "", "user-42", Rpc::kGetFreshToken, "other"), "denied");
  EXPECT_EQ(Decides(*Rights({Rule("players")}, "dns:other")), "denied");
  EXPECT_EQ(Decides(*Rights({Rule("players")}, "anonymous")), "denied");
  EXPECT_EQ(Decides(*Rights({})), "denied");
}

TEST(PolicyTest, TheFirstRuleThatCoversDecides) {
  PolicyRule other_caller = Rule("other");
  other_caller.callers = {*CallerPattern::Parse("dns:other")};
  PolicyRule home = Rule("home");
  home.subjects = {*SubjectPattern::Parse("user-*/home")};
  home.max_scopes = std::vector<std::string>{};
  const auto rights = Rights({other_caller, home, Rule("all"), Rule("never reached")});
  EXPECT_EQ(Decides(*rights, "", "user-42/home"), "home");
  EXPECT_EQ(Decides(*rights, "", "user-42/work"), "all");
}

TEST(PolicyTest, AFixedTenantIsTheOnlyOne) {
  PolicyRule rule = Rule("players");
  rule.fixed_tenant = "music";
  const auto rights = Rights({rule});
  EXPECT_EQ(TenantOf(*rights, ""), "music");
  EXPECT_EQ(TenantOf(*rights, "music"), "music");
  EXPECT_EQ(TenantOf(*rights, "default"), "denied");
}

TEST(PolicyTest, ASetOfTenantsLeavesTheChoice) {
  PolicyRule rule = Rule("players");
  rule.fixed_tenant.reset();
  rule.tenants.names = {"films", "music"};
  const auto rights = Rights({rule});
  EXPECT_EQ(TenantOf(*rights, "music"), "music");
  EXPECT_EQ(TenantOf(*rights, "films"), "films");
  EXPECT_EQ(TenantOf(*rights, "games"), "denied");
  EXPECT_EQ(TenantOf(*rights, ""), "denied") << "default is not among them";
  rule.tenants.names = {"default", "music"};
  EXPECT_EQ(TenantOf(*Rights({rule}), ""), "default");
}

TEST(PolicyTest, AnyTenantIsTheRequestsElseTheDefault) {
  PolicyRule rule = Rule("players");
  rule.fixed_tenant.reset();
  rule.tenants.any = true;
  EXPECT_EQ(TenantOf(*Rights({rule}), "games"), "games");
  EXPECT_EQ(TenantOf(*Rights({rule}), ""), "default");
}

TEST(PolicyTest, PutsTheCallersNameIntoSubjects) {
  PolicyRule rule = Rule("own");
  rule.callers.push_back(*CallerPattern::Parse("dns:other"));
  rule.subjects = {*SubjectPattern::Parse("{caller}:*"), *SubjectPattern::Parse("shared")};
  EXPECT_EQ(Decides(*Rights({rule}), "", "dns:player:1"), "own");
  EXPECT_EQ(Decides(*Rights({rule}), "", "dns:other:1"), "denied");
  EXPECT_EQ(Decides(*Rights({rule}, "dns:other"), "", "dns:other:1"), "own");
  EXPECT_EQ(Decides(*Rights({rule}), "", "shared"), "own");
}

TEST(PolicyTest, LooksOnlyAtWhatAnRpcIsAbout) {
  PolicyRule rule = Rule("operators");
  rule.rpcs.Add(Rpc::kGetStatus);
  rule.rpcs.Add(Rpc::kCheckProvider);
  const auto rights = Rights({rule});
  EXPECT_EQ(Decides(*rights, "", "", Rpc::kGetStatus, ""), "operators");
  EXPECT_EQ(Decides(*rights, "", "", Rpc::kCheckProvider, "spotify"), "operators");
  EXPECT_EQ(Decides(*rights, "", "", Rpc::kCheckProvider, "other"), "denied");
}

TEST(PolicyTest, SaysWhetherAnRpcMayBeCalledAtAll) {
  PolicyRule operators = Rule("operators");
  operators.rpcs = RpcSet();
  operators.rpcs.Add(Rpc::kListGrants);
  const auto rights = Rights({Rule("players"), operators});
  EXPECT_TRUE(rights->MayCall(Rpc::kListGrants));
  EXPECT_TRUE(rights->MayCall(Rpc::kGetFreshToken));
  EXPECT_FALSE(rights->MayCall(Rpc::kDeleteGrant));
  EXPECT_FALSE(Rights({operators}, "anonymous")->MayCall(Rpc::kListGrants));
}

TEST(PolicyTest, APermissionSaysWhatItsRuleSays) {
  PolicyRule rule = Rule("players");
  rule.owner = Owner::kSelf;
  rule.browser_binding = BrowserBinding::kOptional;
  rule.max_scopes = {"a", "b"};
  rule.redirect_uris = {"https://app.example/cb"};
  const auto rights = Rights({rule});
  const auto permission = rights->Find(Rpc::kGetFreshToken, "", "spotify", "user-42");
  ASSERT_TRUE(permission);
  EXPECT_EQ(permission->owner, Owner::kSelf);
  EXPECT_EQ(permission->browser_binding, BrowserBinding::kOptional);
  EXPECT_THAT(*permission->max_scopes, ElementsAre("a", "b"));
  EXPECT_THAT(*permission->redirect_uris, ElementsAre("https://app.example/cb"));
}

TEST(PolicyTest, APermissionIsStrictWhereItsRuleIsSilent) {
  const auto rights = Rights({Rule("players")});
  const auto permission = rights->Find(Rpc::kGetFreshToken, "", "spotify", "user-42");
  ASSERT_TRUE(permission);
  EXPECT_EQ(permission->owner, Owner::kAny);
  EXPECT_EQ(permission->browser_binding, BrowserBinding::kRequired);
  EXPECT_EQ(permission->max_scopes, nullptr);
  EXPECT_EQ(permission->redirect_uris, nullptr);
}

TEST(PermissionTest, AllowsNoScopeBeyondItsBound) {
  Permission permission;
  EXPECT_TRUE(permission.AllowsScopes({"anything"}));
  const std::vector<std::string> bound = {"a", "b"};
  permission.max_scopes = &bound;
  EXPECT_FALSE(permission.AllowsScopes({})) << "unknown ones";
  EXPECT_TRUE(permission.AllowsScopes({"b", "a"}));
  EXPECT_FALSE(permission.AllowsScopes({"a", "c"}));
  EXPECT_FALSE(permission.AllowsScopes({"A"}));
}

TEST(PolicyTest, ExplainsWhatEveryRuleLacks) {
  PolicyRule admins = Rule("admins");
  admins.rpcs = RpcSet();
  admins.rpcs.Add(Rpc::kDeleteGrant);
  admins.fixed_tenant = "music";
  PolicyRule other = Rule("other");
  other.callers = {*CallerPattern::Parse("dns:other")};
  const auto rights = Rights({admins, other, Rule("players")});
  const auto verdicts = rights->Explain(Rpc::kGetFreshToken, "default", "games", "admin");
  ASSERT_THAT(verdicts, SizeIs(2)) << "a rule for other callers is nobody's business";
  EXPECT_EQ(verdicts[0].rule, "admins");
  EXPECT_FALSE(verdicts[0].rpc);
  EXPECT_FALSE(verdicts[0].tenant);
  EXPECT_EQ(verdicts[1].rule, "players");
  EXPECT_TRUE(verdicts[1].rpc && verdicts[1].tenant);
  EXPECT_FALSE(verdicts[1].provider);
  EXPECT_FALSE(verdicts[1].subject);
  EXPECT_FALSE(verdicts[1].Covers());
}

TEST(PolicyTest, TheOpenOneLetsEverybodyDoEverything) {
  const auto rights = Policy::Open()->RightsOf(Caller());
  for (const Rpc rpc : {Rpc::kBuildLoginUri, Rpc::kSetLogLevel, Rpc::kDeleteGrant}) {
    EXPECT_TRUE(rights->MayCall(rpc));
    const auto permission = rights->Find(rpc, "any", "provider", "subject");
    ASSERT_TRUE(permission);
    EXPECT_EQ(permission->browser_binding, BrowserBinding::kOptional);
    EXPECT_EQ(permission->tenant, "any");
  }
  EXPECT_EQ(TenantOf(*rights, ""), "default");
  EXPECT_EQ(Policy::Open(), Policy::Open());
}

TEST(PolicyTest, IsEqualByItsRules) {
  EXPECT_EQ(Policy({Rule("a")}), Policy({Rule("a")}));
  PolicyRule changed = Rule("a");
  changed.subjects = {*SubjectPattern::Parse("*")};
  EXPECT_FALSE(Policy({Rule("a")}) == Policy({changed}));
  EXPECT_FALSE(Policy({Rule("a")}) == Policy({}));
}

}  // namespace
}  // namespace tokenbroker
