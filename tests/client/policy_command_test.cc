#include "client/tbctl/policy_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <sstream>

#include "tests/support/temp_folder.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;

constexpr char kRules[] =
    "rules:\n"
    "  - name: players\n"
    "    callers: [ \"dns:player\" ]\n"
    "    rpcs: [ \"*\" ]\n"
    "    tenant: music\n"
    "    providers: [ spotify ]\n"
    "    subjects: [ \"user-*\" ]\n"
    "    max_scopes: [ read, write ]\n"
    "    redirect_uris: [ \"https://app.example/cb\" ]\n"
    "  - name: console\n"
    "    callers: [ \"dns:player\", \"dns:console\" ]\n"
    "    rpcs: [ GetStatus, CheckProvider, GetGrant ]\n"
    "    providers: [ github ]\n"
    "    subjects: [ \"*\" ]\n"
    "    owner: self\n"
    "    browser_binding: optional\n";

class PolicyCommandTest : public ::testing::Test {
 protected:
  PolicyCommandTest() {
    folder_.Write("policy.yaml", kRules);
    arguments_.policy_file = folder_.Path("policy.yaml");
    arguments_.caller = "dns:player";
    arguments_.rpc = "GetFreshToken";
    arguments_.provider = "spotify";
    arguments_.subject = "user-42";
  }
  ExitCode Run() {
    out_.str("");
    err_.str("");
    return CheckPolicy(arguments_, {out_, err_});
  }

  TempFolder folder_;
  Arguments arguments_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(PolicyCommandTest, SaysThatAFileIsSound) {
  arguments_.caller.clear();
  EXPECT_EQ(Run(), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "ok, 2 rules\n");
}

TEST_F(PolicyCommandTest, DecidesForPrograms) {
  arguments_.json = true;
  EXPECT_EQ(Run(), ExitCode::kDone);
  boost::json::value decision = boost::json::parse(out_.str());
  EXPECT_EQ(decision.at("allowed"), true);
  EXPECT_EQ(decision.at("rule"), "players");
  EXPECT_EQ(decision.at("tenant"), "music");
  EXPECT_EQ(decision.at("max_scopes").as_array().size(), 2u);
  arguments_.scopes = {"admin"};
  EXPECT_EQ(Run(), ExitCode::kNotAllowed);
  decision = boost::json::parse(out_.str());
  EXPECT_EQ(decision.at("allowed"), false);
  EXPECT_EQ(decision.at("rule"), "players") << "it decides, and denies";
  arguments_.subject = "other";
  EXPECT_EQ(Run(), ExitCode::kNotAllowed);
  decision = boost::json::parse(out_.str());
  EXPECT_TRUE(decision.at("rule").is_null());
  EXPECT_EQ(decision.at("rules").at(0).at("covers_subject"), false);
  EXPECT_EQ(decision.at("rules").at(0).at("covers_rpc"), true);
}

TEST_F(PolicyCommandTest, CountsTheRulesForPrograms) {
  arguments_.caller.clear();
  arguments_.json = true;
  EXPECT_EQ(Run(), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "{\"rules\":2}\n");
}

TEST_F(PolicyCommandTest, ShowsTheMistakesOfAFile) {
  folder_.Write("policy.yaml", "rules: []\n");
  EXPECT_EQ(Run(), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("policy.yaml:1:8: rules: is an empty list"));
  EXPECT_EQ(out_.str(), "");
  arguments_.policy_file = folder_.Path("none.yaml");
  EXPECT_EQ(Run(), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("none.yaml: the file does not exist"));
}

TEST_F(PolicyCommandTest, SaysWhatTheRuleThatDecidesPermits) {
  EXPECT_EQ(Run(), ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "allowed by rule \"players\"\n"
            "  tenant: music\n"
            "  owner: any\n"
            "  browser binding: required\n"
            "  max scopes: read, write\n"
            "  redirect URIs: https://app.example/cb\n");
}

TEST_F(PolicyCommandTest, SaysWhereThereIsNoBound) {
  arguments_.caller = "dns:console";
  arguments_.rpc = "GetGrant";
  arguments_.provider = "github";
  EXPECT_EQ(Run(), ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "allowed by rule \"console\"\n"
            "  tenant: default\n"
            "  owner: self, so only grants that this caller brought in\n"
            "  browser binding: optional\n"
            "  max scopes: no bound\n"
            "  redirect URIs: all that the provider has\n");
}

TEST_F(PolicyCommandTest, SaysNothingOfGrantsWhereAnRpcIsAboutNone) {
  arguments_.rpc = "GetStatus";
  arguments_.provider.clear();
  arguments_.subject.clear();
  EXPECT_EQ(Run(), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "allowed by rule \"console\"\n");
}

TEST_F(PolicyCommandTest, SaysWhatEveryRuleOfTheCallerLacks) {
  arguments_.tenant = "films";
  arguments_.subject = "admin";
  EXPECT_EQ(Run(), ExitCode::kNotAllowed);
  EXPECT_EQ(out_.str(),
            "denied: no rule that names dns:player covers this\n"
            "  rule \"players\" does not cover the tenant, the subject\n"
            "  rule \"console\" does not cover the RPC, the tenant, the provider\n");
}

TEST_F(PolicyCommandTest, SaysThatNoRuleNamesTheCaller) {
  arguments_.caller = "anonymous";
  EXPECT_EQ(Run(), ExitCode::kNotAllowed);
  EXPECT_EQ(out_.str(), "denied: no rule names anonymous\n");
}

TEST_F(PolicyCommandTest, SaysWhichScopeGoesTooFar) {
  arguments_.scopes = {"read"};
  EXPECT_EQ(Run(), ExitCode::kDone);
  arguments_.scopes = {"read", "delete"};
  EXPECT_EQ(Run(), ExitCode::kNotAllowed);
  EXPECT_EQ(out_.str(),
            "denied: rule \"players\" decides, and its max_scopes have no delete\n"
            "  max scopes: read, write\n");
}

TEST_F(PolicyCommandTest, RefusesQuestionsThatAreNone) {
  arguments_.caller = "player";
  EXPECT_EQ(Run(), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--caller is no caller; write anonymous"));
  arguments_.caller = "dns:player";
  arguments_.rpc = "get_fresh_token";
  EXPECT_EQ(Run(), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean GetFreshToken?"));
  arguments_.rpc = "GetFreshToken";
  arguments_.subject.clear();
  EXPECT_EQ(Run(), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("say whose, --subject NAME"));
  arguments_.provider.clear();
  EXPECT_EQ(Run(), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("say which, --provider NAME"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
