#include "broker/provider_trial.h"

#include <set>

#include "tests/broker/broker_test.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Result = ProviderCheck::Result;

class ProviderTrialTest : public BrokerTest {
 protected:
  ProviderTrialTest() { Resolve(); }

  // The provider after `change`, with endpoints.
  void Reconfigure(const std::function<void(ProviderConfig*)>& change) {
    Configure(change);
    Resolve();
  }
  void Resolve() {
    auto resolved = std::make_shared<ResolvedProvider>();
    resolved->config = config_.Current()->FindProvider("spotify");
    resolved->token_endpoint = "https://music.example.com/token";
    resolver_.Set(std::move(resolved));
  }
  std::vector<ProviderCheck> Try() {
    const auto found = Run(TryProvider(&parts_, config_.Current()->FindProvider("spotify")));
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(std::vector<ProviderCheck>());
  }
  std::vector<Result> TryResults() {
    std::vector<Result> results;
    for (const ProviderCheck& check : Try()) results.push_back(check.result);
    return results;
  }
  void AnswerGrantDead() {
    endpoint_.AnswerRefresh(
        FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  }
  void AnswerClientRefused() {
    endpoint_.AnswerRefresh(
        FailedAnswer(Delivery::kAnswered, ErrorClass::kOurConfiguration, "invalid_client"));
  }
};

TEST_F(ProviderTrialTest, TriesEverythingInOrder) {
  resolver_.AnswerDiscovery({true, "", ""});
  AnswerGrantDead();
  std::vector<absl::string_view> names;
  for (const ProviderCheck& check : Try()) {
    names.push_back(check.name);
    EXPECT_EQ(check.result, Result::kPassed) << check.name << ": " << check.detail;
  }
  EXPECT_THAT(names, ElementsAre("discovery", "tls", "token_endpoint", "client_authentication"));
}

TEST_F(ProviderTrialTest, PresentsATokenThatIsNobodysAndNeverTheSameTwice) {
  StoreExpired();
  for (int i = 0; i < 3; ++i) {
    AnswerGrantDead();
    Try();
  }
  const std::vector<std::string> presented = Presented();
  EXPECT_EQ(std::set<std::string>(presented.begin(), presented.end()).size(), 3u);
  for (const std::string& token : presented) {
    EXPECT_THAT(token, HasSubstr("token-broker-check-"));
  }
  EXPECT_EQ(Stored().state, GrantState::kActive);
}

TEST_F(ProviderTrialTest, WhatItFindsReachesNeitherGateNorSecrets) {
  ProviderGate& gate = parts_.gates.For("spotify");
  for (int i = 0; i < 50; ++i) {
    AnswerGrantDead();
    Try();
  }
  AnswerClientRefused();
  Try();
  for (int i = 0; i < 10; ++i) {
    endpoint_.AnswerRefresh(LostAnswer());
    Try();
    endpoint_.AnswerRefresh(FailedAnswer(Delivery::kAnswered, ErrorClass::kQuota, "http_429"));
    Try();
  }
  const ProviderConfig& config = *config_.Current()->FindProvider("spotify");
  EXPECT_FALSE(gate.IsFrozen(config));
  EXPECT_FALSE(gate.Probing(config));
  EXPECT_TRUE(gate.MayCall(config));
  EXPECT_FALSE(gate.TakeChanged());
  EXPECT_EQ(gate.Choose(config).fingerprint, "f-secret");
  EXPECT_EQ(gate.last_success(), SteadyTime::InfinitePast());
  EXPECT_TRUE(gate.BelieveDead(config, key_, StateReason::kProviderSaysDead))
      << "its refusals do not count among those of grants";
}

TEST_F(ProviderTrialTest, LooksAtAFrozenProviderAndDoesNotThawIt) {
  const auto config = config_.Current()->FindProvider("spotify");
  ProviderGate& gate = parts_.gates.For("spotify");
  gate.Misconfigured(*config, config->client_secrets[0], "invalid_client");
  ASSERT_TRUE(gate.IsFrozen(*config));
  AnswerGrantDead();
  EXPECT_EQ(TryResults().back(), Result::kPassed);
  EXPECT_TRUE(gate.IsFrozen(*config)) << "a refresh that succeeds does";
}

TEST_F(ProviderTrialTest, SendsNothingBeforeTheTimeThatTheProviderAskedFor) {
  parts_.gates.For("spotify").Troubled(ErrorClass::kQuota, absl::Seconds(40), 1);
  const std::vector<ProviderCheck> checks = Try();
  EXPECT_THAT(endpoint_.refreshes(), IsEmpty());
  EXPECT_EQ(checks.back().result, Result::kSkipped);
  EXPECT_THAT(checks.back().detail, HasSubstr("40s"));
}

TEST_F(ProviderTrialTest, StaysWithinTheProvidersLimits) {
  Reconfigure([](ProviderConfig* config) { config->max_in_flight = 1; });
  const auto config = config_.Current()->FindProvider("spotify");
  Semaphore::Permit permit =
      Run(parts_.gates.For("spotify").Admit(config, SteadyTime::InfiniteFuture()));
  const std::vector<ProviderCheck> checks = Try();
  EXPECT_THAT(endpoint_.refreshes(), IsEmpty());
  EXPECT_THAT(checks.back().detail, HasSubstr("limits"));
}

TEST_F(ProviderTrialTest, SaysWhichOfTwoSecretsTheProviderTakes) {
  Reconfigure([](ProviderConfig* config) {
    config->client_secrets = {{Secret("new"), "f-new"}, {Secret("old"), "f-old"}};
  });
  AnswerClientRefused();
  AnswerGrantDead();
  const ProviderCheck client = Try().back();
  EXPECT_EQ(client.result, Result::kFailed);
  EXPECT_THAT(client.detail, HasSubstr("refuses the newest client secret (fingerprint f-new)"));
  EXPECT_THAT(client.detail, HasSubstr("takes an older one (fingerprint f-old)"));
  ASSERT_THAT(endpoint_.refreshes(), SizeIs(2));
  EXPECT_EQ(endpoint_.refreshes()[1].client_secret.Expose(), "old");
}

TEST_F(ProviderTrialTest, SaysThatNoSecretIsTaken) {
  Reconfigure([](ProviderConfig* config) {
    config->client_secrets = {{Secret("new"), "f-new"}, {Secret("old"), "f-old"}};
  });
  AnswerClientRefused();
  AnswerClientRefused();
  EXPECT_THAT(Try().back().detail, HasSubstr("every client secret"));
}

TEST_F(ProviderTrialTest, AsksWithTheNewestSecretAloneWhenItIsTaken) {
  Reconfigure([](ProviderConfig* config) {
    config->client_secrets = {{Secret("new"), "f-new"}, {Secret("old"), "f-old"}};
  });
  AnswerGrantDead();
  EXPECT_EQ(TryResults().back(), Result::kPassed);
  EXPECT_THAT(endpoint_.refreshes(), SizeIs(1));
}

TEST_F(ProviderTrialTest, AFailedDiscoveryDoesNotHideWhatIsKnownOtherwise) {
  resolver_.AnswerDiscovery({true, "http_503", "provider spotify: cannot be had"});
  AnswerGrantDead();
  EXPECT_THAT(TryResults(),
              ElementsAre(Result::kFailed, Result::kPassed, Result::kPassed, Result::kPassed));
}

TEST_F(ProviderTrialTest, WithoutEndpointsTheRestIsSkipped) {
  resolver_.Fail("spotify", absl::UnavailableError("provider spotify: not known"));
  resolver_.AnswerDiscovery(
      {true, "metadata_refused", "provider spotify: its metadata names another issuer"});
  const std::vector<ProviderCheck> checks = Try();
  ASSERT_THAT(checks, SizeIs(4));
  EXPECT_EQ(checks[0].detail, "its metadata names another issuer");
  for (size_t i = 1; i < 4; ++i) EXPECT_EQ(checks[i].result, Result::kSkipped) << i;
  EXPECT_THAT(endpoint_.refreshes(), IsEmpty());
}

TEST_F(ProviderTrialTest, TheIssuersCertificateIsTheTlsThatFails) {
  resolver_.Fail("spotify", absl::UnavailableError("provider spotify: not known"));
  resolver_.AnswerDiscovery({true, "certificate_name", "provider spotify: cannot be had"});
  EXPECT_THAT(TryResults(),
              ElementsAre(Result::kFailed, Result::kFailed, Result::kSkipped, Result::kSkipped));
}

TEST_F(ProviderTrialTest, NoSecretIsInWhatItSays) {
  AnswerClientRefused();
  for (const ProviderCheck& check : Try()) {
    EXPECT_THAT(check.detail, Not(HasSubstr("token-broker-check-")));
  }
}

}  // namespace
}  // namespace tokenbroker
