// The policy at the real broker: what each caller may do, and how it changes in mid-traffic.
#include <algorithm>
#include <iostream>

#include "tests/integration/broker_process.h"
#include "tests/integration/traffic.h"

namespace tokenbroker {
namespace {

constexpr char kReader[] = "spiffe://test.example/ns/music/sa/reader";
constexpr char kStranger[] = "spiffe://test.example/ns/music/sa/stranger";

// The player's rule, and one more.
std::string WithRule(const std::string& caller, const std::string& yaml) {
  return std::string(kPlayerPolicy) + "  - name: more\n    callers: [ \"" + caller +
         "\" ]\n    providers: [ sim ]\n" + yaml;
}

template <typename Response>
void ExpectDeniedAlike(const Outcome<Response>& one, const Outcome<Response>& other) {
  EXPECT_EQ(one.status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(one.error.reason, "CALLER_NOT_ALLOWED");
  EXPECT_EQ(other.status.error_code(), one.status.error_code());
  EXPECT_EQ(other.status.error_message(), one.status.error_message());
  EXPECT_EQ(other.status.error_details(), one.status.error_details());
  EXPECT_EQ(other.error.pushback, one.error.pushback);
}

class PolicyInForceTest : public BrokerProcessTest {
 protected:
  Outcome<v1::ExchangeCodeResponse> LogInAs(BrokerClient& caller, const std::string& subject,
                                            const std::vector<std::string>& scopes = {}) {
    v1::BuildLoginUriRequest request;
    request.set_provider("sim");
    request.set_subject(subject);
    for (const std::string& scope : scopes) request.add_scopes(scope);
    const auto built = caller.BuildLoginUri(request);
    if (!built.ok()) return {{}, built.status, built.error};
    return caller.ExchangeCallback(Approve(built.response.login_uri()));
  }
  static std::vector<std::string> Subjects(const Outcome<v1::ListGrantsResponse>& listed) {
    std::vector<std::string> subjects;
    for (const v1::Grant& grant : listed.response.grants()) subjects.push_back(grant.subject());
    std::sort(subjects.begin(), subjects.end());
    return subjects;
  }
};

TEST_F(PolicyInForceTest, WhoeverNoRuleNamesIsDeniedAlikeWhetherOrNotThereIsAGrant) {
  Start();
  LogIn("user-42");
  const auto stranger = CallerNamed(kStranger);
  ExpectDeniedAlike(stranger->GetToken("user-42"), stranger->GetToken("nobody"));
  ExpectDeniedAlike(stranger->GetGrant("user-42"), stranger->GetGrant("nobody"));
  ExpectDeniedAlike(stranger->RefreshGrant("user-42"), stranger->RefreshGrant("nobody"));
  ExpectDeniedAlike(stranger->RevokeGrant("user-42"), stranger->RevokeGrant("nobody"));
  ExpectDeniedAlike(stranger->BuildLoginUri("user-42"), stranger->BuildLoginUri("nobody"));
  ExpectDeniedAlike(
      stranger->ExchangeCallback(Approve(BuildLoginUri("user-42").response.login_uri())),
      stranger->ExchangeCallback("https://app.example.com/callback?code=x&state=unknown"));
  EXPECT_EQ(stranger->ListGrants().error.reason, "CALLER_NOT_ALLOWED");
}

TEST_F(PolicyInForceTest, AGrantBeyondTheRulesSubjectsIsDeniedAlikeWhetherOrNotItIsThere) {
  WritePolicy(WithRule(kReader, "    rpcs: [ GetFreshToken ]\n    subjects: [ \"mine-*\" ]\n"));
  Start();
  LogIn("user-42");
  const auto reader = CallerNamed(kReader);
  ExpectDeniedAlike(reader->GetToken("user-42"), reader->GetToken("nobody"));
  EXPECT_EQ(reader->GetToken("mine-1").error.reason, "GRANT_NOT_FOUND");
  ExpectDeniedAlike(reader->GetGrant("mine-1"), reader->GetGrant("user-42"));
}

TEST_F(PolicyInForceTest, AWildcardStandsForSomethingWithinOneSegment) {
  WritePolicy(WithRule("spiffe://test.example/ns/*/sa/web-*",
                       "    rpcs: [ GetFreshToken ]\n    subjects: [ \"*\" ]\n"));
  Start();
  LogIn();
  for (const char* covered :
       {"spiffe://test.example/ns/a/sa/web-1", "spiffe://test.example/ns/a-b/sa/web-1-2"}) {
    EXPECT_TRUE(CallerNamed(covered)->GetToken("user-42").ok()) << covered;
  }
  for (const char* beyond :
       {"spiffe://test.example/ns/a/b/sa/web-1", "spiffe://test.example/ns/a/sa/web-",
        "spiffe://test.example/ns/a/sa/web-1/x", "spiffe://test.example/ns/sa/web-1",
        "spiffe://test.example/ns/a/sa/Web-1", "spiffe://test.example/x/ns/a/sa/web-1",
        "spiffe://other.example/ns/a/sa/web-1", "spiffe://test.example.org/ns/a/sa/web-1"}) {
    const auto refused = CallerNamed(beyond)->GetToken("user-42");
    EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << beyond;
    EXPECT_EQ(refused.error.reason, "CALLER_NOT_ALLOWED") << beyond;
  }
}

TEST_F(PolicyInForceTest, ReloadsInMidTrafficFailNoCallAndTakeAwayWhatTheyTakeAway) {
  const std::string with =
      WithRule(kReader, "    rpcs: [ GetFreshToken ]\n    subjects: [ \"*\" ]\n");
  WritePolicy(with);
  Start();
  LogIn();
  const auto reader = CallerNamed(kReader);
  EXPECT_TRUE(reader->GetToken("user-42").ok());
  Traffic players([this] { return GetToken().status; });
  absl::Duration longest;
  for (int i = 0; i < 4; ++i) {
    const bool allows = i % 2 == 1;
    WritePolicy(allows ? with : kPlayerPolicy);
    const absl::Time written = absl::Now();
    Outcome<FreshToken> last;
    EXPECT_TRUE(Eventually([&] {
      last = reader->GetToken("user-42");
      return last.ok() == allows;
    })) << i;
    longest = std::max(longest, absl::Now() - written);
    if (!allows) EXPECT_EQ(last.error.reason, "CALLER_NOT_ALLOWED");
    players.LetPass(10);
  }
  const Traffic::Counts seen = players.Stop();
  std::cout << "4 reloads, in force after " << absl::Trunc(longest, absl::Milliseconds(1))
            << " at most; who stays allowed: " << seen << "\n";
  EXPECT_EQ(seen.failed, 0);
}

TEST_F(PolicyInForceTest, ABrokenPolicyKeepsTheOldOneAndSaysSo) {
  Start();
  LogIn();
  EXPECT_EQ(MetricNow("tokenbroker_config_last_reload_successful"), "1");
  WritePolicy("rules:\n  - name: player\n    callers: [ \"*\" ]\n    rpcs: [ GetFreshTokens ]\n");
  EXPECT_TRUE(Eventually(
      [&] { return process().Output().find("config_reload_failed") != std::string::npos; }));
  const std::string line = process().WaitForLine("config_reload_failed");
  EXPECT_NE(line.find("policy.yaml"), std::string::npos) << line;
  EXPECT_EQ(MetricNow("tokenbroker_config_last_reload_successful"), "0");
  EXPECT_TRUE(GetToken().ok());
  EXPECT_EQ(CallerNamed(kStranger)->GetToken("user-42").error.reason, "CALLER_NOT_ALLOWED");
  WritePolicy(kPlayerPolicy);
  EXPECT_TRUE(
      Eventually([&] { return MetricNow("tokenbroker_config_last_reload_successful") == "1"; }));
  EXPECT_TRUE(GetToken().ok());
}

TEST_F(PolicyInForceTest, NobodyIsHandedMoreScopesThanTheRuleHas) {
  WritePolicy(WithRule(kReader,
                       "    rpcs: [ \"*\" ]\n    subjects: [ \"*\" ]\n"
                       "    max_scopes: [ read ]\n    browser_binding: optional\n"));
  SetProviderYaml("    scopes: [ read ]\n");
  Start();
  EXPECT_TRUE(LogInAs(player(), "narrow").ok());
  EXPECT_TRUE(LogInAs(player(), "wide", {"write"}).ok());
  const auto reader = CallerNamed(kReader);
  EXPECT_TRUE(reader->GetToken("narrow").ok());
  EXPECT_EQ(reader->GetToken("wide").error.reason, "CALLER_NOT_ALLOWED");
  EXPECT_TRUE(GetToken("wide").ok()) << "the player has no such bound";
  EXPECT_TRUE(LogInAs(*reader, "own").ok());
  EXPECT_EQ(LogInAs(*reader, "own", {"write"}).error.reason, "CALLER_NOT_ALLOWED");
}

TEST_F(PolicyInForceTest, WhoMayHaveItsOwnGrantsAloneFindsNoOther) {
  WritePolicy(WithRule("spiffe://test.example/ns/batch/sa/*",
                       "    rpcs: [ \"*\", GetGrant, ListGrants, RevokeGrant ]\n"
                       "    subjects: [ \"*\" ]\n    owner: self\n"
                       "    browser_binding: optional\n"));
  Start();
  const auto one = CallerNamed("spiffe://test.example/ns/batch/sa/one");
  const auto two = CallerNamed("spiffe://test.example/ns/batch/sa/two");
  const auto login = LogInAs(*one, "job-1");
  ASSERT_TRUE(login.ok()) << login.status.error_message();
  EXPECT_EQ(login.response.grant().owner(), "spiffe://test.example/ns/batch/sa/one");
  EXPECT_TRUE(one->GetToken("job-1").ok());
  EXPECT_TRUE(one->GetGrant("job-1").ok());
  const auto others = two->GetToken("job-1");
  const auto none = two->GetToken("job-2");
  EXPECT_EQ(others.error.reason, "GRANT_NOT_FOUND");
  EXPECT_EQ(others.status.error_message(), none.status.error_message());
  EXPECT_EQ(others.status.error_details(), none.status.error_details());
  EXPECT_EQ(two->GetGrant("job-1").error.reason, "GRANT_NOT_FOUND");
  EXPECT_EQ(two->RevokeGrant("job-1").error.reason, "GRANT_NOT_FOUND");
  EXPECT_TRUE(one->GetToken("job-1").ok()) << "and it is still there";
  EXPECT_EQ(Subjects(one->ListGrants()), std::vector<std::string>{"job-1"});
  EXPECT_EQ(Subjects(two->ListGrants()), std::vector<std::string>());
}

TEST_F(PolicyInForceTest, AListHasWhatTheRulesCoverAlone) {
  WritePolicy(WithRule(kReader, "    rpcs: [ ListGrants ]\n    subjects: [ \"user-*\" ]\n"));
  Start();
  for (const char* subject : {"user-1", "other-1", "user-2"}) LogIn(subject);
  const auto reader = CallerNamed(kReader);
  EXPECT_EQ(Subjects(reader->ListGrants()), (std::vector<std::string>{"user-1", "user-2"}));
  EXPECT_EQ(Subjects(player().ListGrants()),
            (std::vector<std::string>{"other-1", "user-1", "user-2"}));
}

TEST_F(PolicyInForceTest, WhoMayLogUsersInAndNoMoreIsHandedNoToken) {
  WritePolicy(WithRule(kReader,
                       "    rpcs: [ BuildLoginUri, ExchangeCode ]\n    subjects: [ \"*\" ]\n"
                       "    browser_binding: optional\n"));
  Start();
  const auto web = CallerNamed(kReader);
  const auto login = LogInAs(*web, "user-42");
  ASSERT_TRUE(login.ok()) << login.status.error_message();
  EXPECT_EQ(login.response.grant().state(), v1::GRANT_STATE_ACTIVE);
  EXPECT_FALSE(login.response.has_token());
  EXPECT_EQ(web->GetToken("user-42").error.reason, "CALLER_NOT_ALLOWED");
  EXPECT_TRUE(GetToken("user-42").ok()) << "the player may";
}

}  // namespace
}  // namespace tokenbroker
