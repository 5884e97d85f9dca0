#include "config/policy_rules.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "config/policy_file.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

absl::optional<std::string> NoVariable(const std::string&) { return absl::nullopt; }

absl::StatusOr<Policy> Parse(const std::string& text) { return ParsePolicy(text, "p", NoVariable); }

// A file with one sound rule; `keys` replace or, with an empty value, remove its own.
std::string With(const std::map<std::string, std::string>& keys) {
  std::map<std::string, std::string> all = {{"name", "players"},
                                            {"callers", "[ \"dns:player\" ]"},
                                            {"rpcs", "[ GetFreshToken ]"},
                                            {"providers", "[ spotify ]"},
                                            {"subjects", "[ \"user-*\" ]"}};
  for (const auto& [key, value] : keys) all[key] = value;
  std::string text = "rules:\n  -\n";
  for (const auto& [key, value] : all) {
    if (!value.empty()) absl::StrAppend(&text, "    ", key, ": ", value, "\n");
  }
  return text;
}

std::string Errors(const std::map<std::string, std::string>& keys) {
  return std::string(Parse(With(keys)).status().message());
}

PolicyRule Rule(const std::map<std::string, std::string>& keys) {
  const absl::StatusOr<Policy> policy = Parse(With(keys));
  EXPECT_TRUE(policy.ok()) << policy.status();
  return policy.ok() ? policy->rules()[0] : PolicyRule();
}

TEST(PolicyRulesTest, HasTheDocumentedDefaults) {
  const PolicyRule rule = Rule({});
  EXPECT_EQ(rule.name, "players");
  EXPECT_FALSE(rule.every_caller);
  EXPECT_EQ(rule.fixed_tenant, "default");
  EXPECT_EQ(rule.max_scopes, absl::nullopt);
  EXPECT_EQ(rule.redirect_uris, absl::nullopt);
  EXPECT_EQ(rule.owner, Owner::kAny);
  EXPECT_EQ(rule.browser_binding, BrowserBinding::kRequired);
}

TEST(PolicyRulesTest, TakesEveryKey) {
  const PolicyRule rule = Rule({{"callers", "[ anonymous, \"spiffe://prod/*\" ]"},
                                {"rpcs", "[ GetGrant, ListGrants ]"},
                                {"tenants", "[ music, default ]"},
                                {"providers", "[ spotify, github ]"},
                                {"subjects", "[ \"{caller}:*\", shared ]"},
                                {"max_scopes", "[ b, a ]"},
                                {"redirect_uris", "[ \"https://b/cb\", \"https://a/cb\" ]"},
                                {"owner", "self"},
                                {"browser_binding", "optional"}});
  EXPECT_THAT(rule.callers, SizeIs(2));
  EXPECT_TRUE(rule.rpcs.Has(Rpc::kGetGrant) && rule.rpcs.Has(Rpc::kListGrants));
  EXPECT_FALSE(rule.rpcs.Has(Rpc::kGetFreshToken));
  EXPECT_EQ(rule.fixed_tenant, absl::nullopt);
  EXPECT_THAT(rule.tenants.names, ElementsAre("default", "music"));
  EXPECT_THAT(rule.providers.names, ElementsAre("github", "spotify"));
  EXPECT_THAT(rule.subjects, SizeIs(2));
  EXPECT_THAT(*rule.max_scopes, ElementsAre("a", "b")) << "sorted, as look-ups need it";
  EXPECT_THAT(*rule.redirect_uris, ElementsAre("https://a/cb", "https://b/cb"));
  EXPECT_EQ(rule.owner, Owner::kSelf);
  EXPECT_EQ(rule.browser_binding, BrowserBinding::kOptional);
}

TEST(PolicyRulesTest, WantsWhatARuleCannotDoWithout) {
  EXPECT_THAT(Errors({{"name", ""}}), HasSubstr("rules[0].name: is missing"));
  EXPECT_THAT(Errors({{"callers", ""}}), HasSubstr("rules[0].callers: is missing"));
  EXPECT_THAT(Errors({{"rpcs", ""}}), HasSubstr("rules[0].rpcs: is missing"));
  EXPECT_THAT(Errors({{"providers", ""}}), HasSubstr("rules[0].providers: is missing"));
  EXPECT_THAT(Errors({{"subjects", ""}}), HasSubstr("rules[0].subjects: is missing"));
}

TEST(PolicyRulesTest, WantsNoGrantsOfRpcsThatAreAboutNone) {
  EXPECT_EQ(Errors({{"rpcs", "[ GetStatus ]"}, {"providers", ""}, {"subjects", ""}}), "");
  EXPECT_EQ(Errors({{"rpcs", "[ CheckProvider ]"}, {"subjects", ""}}), "");
  EXPECT_THAT(Errors({{"rpcs", "[ CheckProvider ]"}, {"providers", ""}}),
              HasSubstr("rules[0].providers: is missing"));
  EXPECT_THAT(Errors({{"rpcs", "[ GetStatus, GetGrant ]"}, {"subjects", ""}}),
              HasSubstr("rules[0].subjects: is missing"));
}

TEST(PolicyRulesTest, TheWildcardOfRpcsIsNoAdministrator) {
  const PolicyRule rule = Rule({{"rpcs", "[ \"*\", GetGrant ]"}});
  EXPECT_TRUE(rule.rpcs.Has(Rpc::kWatchToken));
  EXPECT_TRUE(rule.rpcs.Has(Rpc::kGetGrant));
  EXPECT_FALSE(rule.rpcs.Has(Rpc::kDeleteGrant));
}

TEST(PolicyRulesTest, RefusesUnknownRpcsAndSaysWhatWasMeant) {
  EXPECT_THAT(Errors({{"rpcs", "[ get_fresh_token ]"}}), HasSubstr("did you mean GetFreshToken?"));
  EXPECT_THAT(Errors({{"rpcs", "[ Everything ]"}}), HasSubstr("is no RPC; name one such as"));
}

TEST(PolicyRulesTest, TakesTenantOrTenants) {
  EXPECT_EQ(Rule({{"tenant", "music"}}).fixed_tenant, "music");
  EXPECT_TRUE(Rule({{"tenants", "[ \"*\" ]"}}).tenants.any);
  EXPECT_THAT(Errors({{"tenant", "a"}, {"tenants", "[ b ]"}}),
              HasSubstr("rules[0].tenants: stands beside tenant"));
  EXPECT_THAT(Errors({{"tenant", "\"*\""}}), HasSubstr("rules[0].tenant: is no tenant"));
  EXPECT_THAT(Errors({{"tenant", "\"\""}}), HasSubstr("rules[0].tenant: is no tenant"));
  EXPECT_THAT(Errors({{"tenants", "[ \"music-*\" ]"}}), HasSubstr("tenants[0]: is no tenant"));
  EXPECT_THAT(Errors({{"tenant", std::string(65, 'a')}}), HasSubstr("write 1 to 64 bytes"));
}

TEST(PolicyRulesTest, AWildcardStandsAlone) {
  EXPECT_TRUE(Rule({{"providers", "[ \"*\" ]"}}).providers.any);
  EXPECT_THAT(Errors({{"providers", "[ spotify, \"*\" ]"}}),
              HasSubstr("rules[0].providers[1]: covers all others"));
  EXPECT_THAT(Errors({{"tenants", "[ \"*\", a ]"}}),
              HasSubstr("rules[0].tenants[0]: covers all others"));
  EXPECT_THAT(Errors({{"providers", "[ \"spot*\" ]"}}), HasSubstr("is not a provider's name"));
}

TEST(PolicyRulesTest, RefusesRepetitions) {
  EXPECT_THAT(Errors({{"callers", "[ anonymous, anonymous ]"}}),
              HasSubstr("rules[0].callers[1]: is in the list already"));
  EXPECT_THAT(Errors({{"rpcs", "[ GetGrant, GetGrant ]"}}), HasSubstr("rpcs[1]: is in the list"));
  EXPECT_THAT(Errors({{"max_scopes", "[ a, a ]"}}), HasSubstr("max_scopes[1]: is in the list"));
}

TEST(PolicyRulesTest, RefusesTwoRulesOfOneName) {
  const std::string one = With({});
  const std::string both = one + With({}).substr(one.find("  -"));
  EXPECT_THAT(std::string(Parse(both).status().message()),
              HasSubstr("rules[1].name: is another rule's name"));
}

TEST(PolicyRulesTest, RefusesBoundsThatAreNone) {
  EXPECT_THAT(Errors({{"max_scopes", "[ \"a b\" ]"}}),
              HasSubstr("max_scopes[0]: is not one scope"));
  EXPECT_THAT(Errors({{"max_scopes", "[ \"*\" ]"}}),
              HasSubstr("for no bound leave max_scopes out"));
  EXPECT_THAT(Errors({{"redirect_uris", "[ /cb ]"}}), HasSubstr("is not an absolute URI"));
  EXPECT_THAT(Errors({{"redirect_uris", "[ \"https://*/cb\" ]"}}), HasSubstr("is taken exactly"));
}

TEST(PolicyRulesTest, RefusesWrongPatterns) {
  EXPECT_THAT(Errors({{"callers", "[ \"*\" ]"}}), HasSubstr("no pattern for everybody"));
  EXPECT_THAT(Errors({{"subjects", "[ \"{caller}*\" ]"}}), HasSubstr("write a ':' after {caller}"));
}

TEST(PolicyRulesTest, RefusesUnknownWordsOfAnEnum) {
  EXPECT_THAT(Errors({{"owner", "me"}}), HasSubstr("write one of any, self"));
  EXPECT_THAT(Errors({{"browser_binding", "none"}}), HasSubstr("write one of required, optional"));
}

}  // namespace
}  // namespace tokenbroker
