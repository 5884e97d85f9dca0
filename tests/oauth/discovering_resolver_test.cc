#include "oauth/discovering_resolver.h"

#include <absl/strings/str_cat.h>

#include "tests/oauth/refusal_matchers.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

constexpr char kIssuer[] = "https://id.example/t";
constexpr char kOpenIdUrl[] = "https://id.example/t/.well-known/openid-configuration";
constexpr char kOAuthUrl[] = "https://id.example/.well-known/oauth-authorization-server/t";

HttpResult Metadata(absl::string_view token_endpoint, absl::string_view issuer = kIssuer) {
  return HttpAnswer(
      200, absl::StrCat(R"({"issuer":")", issuer, R"(","token_endpoint":")", token_endpoint,
                        R"(","authorization_endpoint":"https://id.example/authorize",)",
                        R"("revocation_endpoint":"https://id.example/revoke",)",
                        R"("authorization_response_iss_parameter_supported":true})"));
}

class DiscoveringResolverTest : public LoopTest {
 protected:
  using Resolved = DiscoveringResolver::Resolved;

  DiscoveringResolverTest() {
    config_.name = "acme";
    config_.issuer = kIssuer;
    Publish();
  }

  void Publish() {
    Snapshot snapshot;
    snapshot.providers[config_.name] = std::make_shared<const ProviderConfig>(config_);
    source_.Set(std::move(snapshot));
  }
  Resolved Resolve() { return Run(resolver_.Resolve("acme")); }
  std::string TokenEndpoint() {
    const Resolved resolved = Resolve();
    return resolved.ok() ? (*resolved)->token_endpoint : resolved.status().ToString();
  }

  ProviderConfig config_;
  FixedConfig source_{Snapshot()};
  FakeHttpClient http_{loop_};
  DiscoveringResolver resolver_{loop_, http_, source_, 1};
};

TEST_F(DiscoveringResolverTest, FindsTheEndpointsOfAnIssuer) {
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  const Resolved resolved = Resolve();
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ((*resolved)->issuer, kIssuer);
  EXPECT_EQ((*resolved)->authorization_endpoint, "https://id.example/authorize");
  EXPECT_EQ((*resolved)->token_endpoint, "https://id.example/token");
  EXPECT_EQ((*resolved)->revocation_endpoint, "https://id.example/revoke");
  EXPECT_TRUE((*resolved)->issuer_required);
  EXPECT_EQ((*resolved)->config, source_.Current()->FindProvider("acme"));
}

TEST_F(DiscoveringResolverTest, FallsBackToThePlaceOfRfc8414) {
  http_.Answer(kOAuthUrl, Metadata("https://id.example/token"));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/token");
  EXPECT_EQ(http_.requests().size(), 2u);
}

TEST_F(DiscoveringResolverTest, APageOrAServerErrorInTheFirstPlaceDoesNotHideTheSecond) {
  http_.Answer(kOAuthUrl, Metadata("https://id.example/token"));
  http_.Answer(kOpenIdUrl, HttpAnswer(200, "<html>", "text/html"));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/token");
  config_.ca_file = "other.pem";
  Publish();
  http_.Answer(kOpenIdUrl, HttpAnswer(500, ""));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/token");
}

TEST_F(DiscoveringResolverTest, NeedsNoDiscoveryWithoutAnIssuer) {
  config_.issuer = "";
  config_.authorization_endpoint = "https://a.example/authorize";
  config_.token_endpoint = "https://a.example/token";
  config_.revocation_endpoint = "https://a.example/revoke";
  config_.userinfo_endpoint = "https://a.example/me";
  Publish();
  const Resolved resolved = Resolve();
  ASSERT_TRUE(resolved.ok());
  EXPECT_EQ((*resolved)->authorization_endpoint, "https://a.example/authorize");
  EXPECT_EQ((*resolved)->token_endpoint, "https://a.example/token");
  EXPECT_EQ((*resolved)->revocation_endpoint, "https://a.example/revoke");
  EXPECT_EQ((*resolved)->userinfo_endpoint, "https://a.example/me");
  EXPECT_FALSE((*resolved)->issuer_required);
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(DiscoveringResolverTest, ExplicitEndpointsWin) {
  config_.token_endpoint = "https://mine.example/token";
  Publish();
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  const Resolved resolved = Resolve();
  EXPECT_EQ((*resolved)->token_endpoint, "https://mine.example/token");
  EXPECT_EQ((*resolved)->authorization_endpoint, "https://id.example/authorize");
}

TEST_F(DiscoveringResolverTest, BothEndpointsGetAlongWithoutMetadata) {
  config_.authorization_endpoint = "https://a.example/authorize";
  config_.token_endpoint = "https://a.example/token";
  Publish();
  const Resolved resolved = Resolve();
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ((*resolved)->issuer, kIssuer);
  EXPECT_FALSE((*resolved)->issuer_required);
  Advance(absl::Minutes(2));
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  EXPECT_TRUE((*Resolve())->issuer_required);
}

TEST_F(DiscoveringResolverTest, RefusesAProviderThatIsNotConfigured) {
  EXPECT_THAT(Run(resolver_.Resolve("other")).status(), Refuses(Reason::kProviderUnknown));
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(DiscoveringResolverTest, MetadataIsGoodForAnHour) {
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/1"));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/1");
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/2"));
  Advance(absl::Minutes(59));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/1");
  Advance(absl::Minutes(1));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/2");
  EXPECT_EQ(http_.requests().size(), 2u);
}

TEST_F(DiscoveringResolverTest, StaleMetadataIsServedWhileItCannotBeHadAnew) {
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/1"));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/1");
  for (const HttpResult& failure :
       {HttpAnswer(503, ""), Metadata("https://evil.example/token", "https://evil.example"),
        HttpFailure(absl::DeadlineExceededError("slow"), true)}) {
    http_.Answer(kOpenIdUrl, failure);
    Advance(absl::Hours(2));
    EXPECT_EQ(TokenEndpoint(), "https://id.example/1");
  }
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/2"));
  Advance(absl::Minutes(2));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/2");
}

TEST_F(DiscoveringResolverTest, AThousandCallersAskOnce) {
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  http_.SetLatency(absl::Seconds(1));
  std::vector<Future<Resolved>> callers;
  for (int i = 0; i < 1000; ++i) callers.push_back(Start(resolver_.Resolve("acme")));
  Advance(absl::Seconds(1));
  for (const auto& caller : callers) EXPECT_TRUE(caller->value().ok());
  EXPECT_EQ(http_.requests().size(), 1u);
}

TEST_F(DiscoveringResolverTest, AnUnreachableIssuerIsUnavailableAndSaysWhenToAskAgain) {
  http_.Answer(kOpenIdUrl, HttpFailure(absl::UnavailableError("refused"), false));
  const absl::Status status = Resolve().status();
  EXPECT_THAT(status, Refuses(Reason::kProviderUnavailable));
  ASSERT_TRUE(RefusalOf(status)->retry_after.has_value());
  EXPECT_GT(*RefusalOf(status)->retry_after, absl::Milliseconds(700));
  EXPECT_LT(*RefusalOf(status)->retry_after, absl::Milliseconds(1300));
  EXPECT_EQ(http_.count(kOAuthUrl), 0u);
}

TEST_F(DiscoveringResolverTest, AnIssuerInTroubleIsUnavailableHoweverItSaysSo) {
  for (const int status : {408, 429, 500, 503}) {
    http_.Answer(kOpenIdUrl, HttpAnswer(status, ""));
    EXPECT_THAT(Resolve().status(), Refuses(Reason::kProviderUnavailable)) << status;
    Advance(absl::Minutes(2));
  }
}

TEST_F(DiscoveringResolverTest, APageTooLargeForMetadataDoesNotHideTheSecondPlace) {
  http_.Answer(kOpenIdUrl, HttpFailure(absl::ResourceExhaustedError("huge"), true));
  http_.Answer(kOAuthUrl, Metadata("https://id.example/token"));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/token");
}

TEST_F(DiscoveringResolverTest, AsksByTheProvidersTransportSettings) {
  config_.connect_timeout = absl::Seconds(2);
  config_.request_timeout = absl::Seconds(7);
  config_.ca_file = "/etc/ca.pem";
  config_.allow_link_local = true;
  Publish();
  EXPECT_FALSE(Resolve().ok());
  const HttpRequest& sent = http_.requests().at(0);
  EXPECT_EQ(sent.method, HttpMethod::kGet);
  EXPECT_EQ(sent.connect_timeout, absl::Seconds(2));
  EXPECT_EQ(sent.timeout, absl::Seconds(7));
  EXPECT_EQ(sent.ca_file, "/etc/ca.pem");
  EXPECT_EQ(sent.destinations, Destinations::kAny);
  EXPECT_EQ(HeaderOf(sent, "Accept"), "application/json");
}

TEST_F(DiscoveringResolverTest, ASuccessMakesTheNextFailureAFirstOne) {
  for (int i = 0; i < 5; ++i) {
    http_.Answer(kOpenIdUrl, HttpAnswer(503, ""));
    EXPECT_FALSE(Resolve().ok());
    Advance(absl::Minutes(2));
  }
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/1"));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/1");
  http_.Answer(kOpenIdUrl, HttpAnswer(503, ""));
  Advance(absl::Hours(1));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/1");
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/2"));
  Advance(absl::Seconds(2));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/2");
}

TEST_F(DiscoveringResolverTest, AFailureIsRememberedForAShortGrowingTime) {
  http_.Answer(kOpenIdUrl, HttpFailure(absl::UnavailableError("refused"), false));
  const auto asked_within = [this](absl::Duration wait) {
    const size_t before = http_.requests().size();
    Advance(wait);
    EXPECT_THAT(Resolve().status(), Refuses(Reason::kProviderUnavailable));
    return http_.requests().size() > before;
  };
  EXPECT_TRUE(asked_within(absl::ZeroDuration()));
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    EXPECT_FALSE(asked_within(absl::Seconds(seconds) * 0.79)) << seconds;
    EXPECT_TRUE(asked_within(absl::Seconds(seconds) * 0.42)) << seconds;
  }
}

TEST_F(DiscoveringResolverTest, MetadataOfAnotherIssuerIsNotBelieved) {
  http_.Answer(kOpenIdUrl, Metadata("https://evil.example/token", "https://evil.example"));
  EXPECT_THAT(Resolve().status(), Refuses(Reason::kProviderMisconfigured));
  EXPECT_EQ(http_.count(kOAuthUrl), 0u);
}

TEST_F(DiscoveringResolverTest, AnIssuerWithoutMetadataIsAMisconfiguration) {
  EXPECT_THAT(Resolve().status(),
              testing::AllOf(Refuses(Reason::kProviderMisconfigured), Says("mend the issuer")));
}

TEST_F(DiscoveringResolverTest, MetadataWithoutATokenEndpointIsAMisconfiguration) {
  http_.Answer(kOpenIdUrl, HttpAnswer(200, R"({"issuer":"https://id.example/t"})"));
  EXPECT_THAT(Resolve().status(),
              testing::AllOf(Refuses(Reason::kProviderMisconfigured), Says("token_endpoint")));
}

TEST_F(DiscoveringResolverTest, AnotherIssuerInTheConfigurationForgetsTheMetadata) {
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/token");
  config_.issuer = "https://new.example";
  Publish();
  http_.Answer("https://new.example/.well-known/openid-configuration",
               Metadata("https://new.example/token", "https://new.example"));
  EXPECT_EQ(TokenEndpoint(), "https://new.example/token");
}

TEST_F(DiscoveringResolverTest, AnotherCaFileForgetsWhatTheFirstOneVouchedFor) {
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/1"));
  EXPECT_EQ(TokenEndpoint(), "https://id.example/1");
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/2"));
  config_.ca_file = "other.pem";
  Publish();
  EXPECT_EQ(TokenEndpoint(), "https://id.example/2");
  EXPECT_EQ(http_.requests().back().ca_file, "other.pem");
}

TEST_F(DiscoveringResolverTest, AnAnswerFoundUnderAnotherCaFileIsNotBelieved) {
  http_.SetLatency(absl::Seconds(1));
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/1"));
  const Future<Resolved> early = Start(resolver_.Resolve("acme"));
  config_.ca_file = "other.pem";
  Publish();
  // Known from now on; asked for only when the first answer is on its way back.
  Advance(absl::Milliseconds(500));
  const Future<Resolved> late = Start(resolver_.Resolve("acme"));
  Advance(absl::Milliseconds(500));
  EXPECT_FALSE(late->has_value());
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/2"));
  Advance(absl::Seconds(2));
  EXPECT_EQ((*early->value())->token_endpoint, "https://id.example/2");
  EXPECT_EQ((*late->value())->token_endpoint, "https://id.example/2");
}

TEST_F(DiscoveringResolverTest, AnyChangeOfTheConfigurationForgetsAFailure) {
  EXPECT_FALSE(Resolve().ok());
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  EXPECT_FALSE(Resolve().ok());
  config_.request_timeout = absl::Seconds(20);
  Publish();
  EXPECT_EQ(TokenEndpoint(), "https://id.example/token");
}

TEST_F(DiscoveringResolverTest, ANewSecretNeedsNoNewMetadata) {
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  EXPECT_TRUE(Resolve().ok());
  config_.client_secrets = {{Secret("new"), "fp"}};
  Publish();
  const Resolved resolved = Resolve();
  EXPECT_EQ((*resolved)->config->client_secrets.size(), 1u);
  EXPECT_EQ(http_.requests().size(), 1u);
}

TEST_F(DiscoveringResolverTest, AReloadDuringDiscoveryIsAnsweredByTheNewConfiguration) {
  http_.SetLatency(absl::Seconds(1));
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  http_.Answer("https://new.example/.well-known/openid-configuration",
               Metadata("https://new.example/token", "https://new.example"));
  const Future<Resolved> early = Start(resolver_.Resolve("acme"));
  config_.issuer = "https://new.example";
  Publish();
  const Future<Resolved> late = Start(resolver_.Resolve("acme"));
  Advance(absl::Seconds(3));
  EXPECT_EQ((*early->value())->token_endpoint, "https://new.example/token");
  EXPECT_EQ((*late->value())->token_endpoint, "https://new.example/token");
}

TEST_F(DiscoveringResolverTest, AProviderTakenAwayDuringDiscoveryIsUnknown) {
  http_.SetLatency(absl::Seconds(1));
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  const Future<Resolved> waiting = Start(resolver_.Resolve("acme"));
  source_.Set(Snapshot());
  EXPECT_THAT(Resolve().status(), Refuses(Reason::kProviderUnknown));
  Advance(absl::Seconds(1));
  EXPECT_THAT(waiting->value().status(), Refuses(Reason::kProviderUnknown));
}

TEST_F(DiscoveringResolverTest, KnowsWithoutAskingAnybody) {
  EXPECT_THAT(resolver_.Known("acme").status(), Refuses(Reason::kProviderUnavailable));
  EXPECT_THAT(resolver_.Known("other").status(), Refuses(Reason::kProviderUnknown));
  EXPECT_TRUE(http_.requests().empty());
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  EXPECT_TRUE(Resolve().ok());
  EXPECT_EQ((*resolver_.Known("acme"))->token_endpoint, "https://id.example/token");
  EXPECT_EQ(http_.requests().size(), 1u);
}

TEST_F(DiscoveringResolverTest, KnowsConfiguredEndpointsBeforeTheIssuerWasAsked) {
  config_.authorization_endpoint = "https://id.example/a";
  config_.token_endpoint = "https://id.example/t";
  Publish();
  EXPECT_EQ((*resolver_.Known("acme"))->token_endpoint, "https://id.example/t");
}

TEST_F(DiscoveringResolverTest, ATrialAsksThoughAFailureIsRemembered) {
  EXPECT_FALSE(Resolve().ok());
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  const absl::StatusOr<DiscoveryTrial> trial = Run(resolver_.TryDiscovery("acme"));
  ASSERT_TRUE(trial.ok());
  EXPECT_TRUE(trial->asked);
  EXPECT_EQ(trial->error, "");
  EXPECT_EQ(TokenEndpoint(), "https://id.example/token") << "and is remembered";
}

TEST_F(DiscoveringResolverTest, AFailedTrialChangesNothing) {
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token"));
  EXPECT_TRUE(Resolve().ok());
  HttpResult refused = HttpFailure(absl::UnavailableError("tls"), false);
  refused.obstacle = Obstacle::kCertificateName;
  http_.Answer(kOpenIdUrl, refused);
  EXPECT_EQ(Run(resolver_.TryDiscovery("acme"))->error, "certificate_name");
  EXPECT_EQ(TokenEndpoint(), "https://id.example/token");
  http_.Answer(kOpenIdUrl, HttpAnswer(503, ""));
  EXPECT_EQ(Run(resolver_.TryDiscovery("acme"))->error, "http_503");
  http_.Answer(kOpenIdUrl, HttpAnswer(404, ""));
  EXPECT_EQ(Run(resolver_.TryDiscovery("acme"))->error, "no_metadata");
  EXPECT_EQ(TokenEndpoint(), "https://id.example/token");
}

TEST_F(DiscoveringResolverTest, ATrialSaysThatTheIssuerCallsItselfOtherwise) {
  http_.Answer(kOpenIdUrl, Metadata("https://id.example/token", "https://evil.example"));
  const absl::StatusOr<DiscoveryTrial> trial = Run(resolver_.TryDiscovery("acme"));
  EXPECT_EQ(trial->error, "metadata_refused");
  EXPECT_THAT(trial->message, testing::HasSubstr("another issuer"));
  EXPECT_THAT(trial->message, testing::Not(testing::HasSubstr("evil")));
}

TEST_F(DiscoveringResolverTest, ATrialAsksNobodyWhereThereIsNoIssuer) {
  config_.issuer = "";
  Publish();
  EXPECT_FALSE(Run(resolver_.TryDiscovery("acme"))->asked);
  EXPECT_EQ(Run(resolver_.TryDiscovery("other")).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(http_.requests().empty());
}

}  // namespace
}  // namespace tokenbroker
