#include "broker/client_verdict.h"

#include "tests/support/fake_provider_resolver.h"
#include "tests/support/fake_token_endpoint.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;

using Result = ProviderCheck::Result;

constexpr char kEndpoint[] = "https://music.example.com/token";

TokenAnswer Answered(ErrorClass error_class, const std::string& error) {
  return FailedAnswer(Delivery::kAnswered, error_class, error);
}

std::vector<Result> Results(const ClientVerdict& verdict) {
  return {verdict.tls.result, verdict.token_endpoint.result, verdict.client_authentication.result};
}
const std::vector<Result> kAllPassed = {Result::kPassed, Result::kPassed, Result::kPassed};
const std::vector<Result> kClientFailed = {Result::kPassed, Result::kPassed, Result::kFailed};
const std::vector<Result> kClientUnknown = {Result::kPassed, Result::kPassed, Result::kSkipped};
const std::vector<Result> kEndpointFailed = {Result::kPassed, Result::kFailed, Result::kSkipped};
const std::vector<Result> kTlsFailed = {Result::kFailed, Result::kSkipped, Result::kSkipped};
const std::vector<Result> kNotReached = {Result::kSkipped, Result::kFailed, Result::kSkipped};

class ClientVerdictTest : public ::testing::Test {
 protected:
  ClientVerdict JudgeAnswer(const TokenAnswer& answer) const {
    return Judge(config_, kEndpoint, answer);
  }
  ProviderConfig config_ = PlainProvider();
};

TEST_F(ClientVerdictTest, WhoRefusesTheMadeUpTokenHasTakenTheClient) {
  EXPECT_EQ(Results(JudgeAnswer(Answered(ErrorClass::kGrantDead, "invalid_grant"))), kAllPassed);
}

TEST_F(ClientVerdictTest, WhoRefusesTheClientSaysSo) {
  for (const char* error : {"invalid_client", "http_401"}) {
    const auto verdict = JudgeAnswer(Answered(ErrorClass::kOurConfiguration, error));
    EXPECT_EQ(Results(verdict), kClientFailed) << error;
    EXPECT_THAT(verdict.client_authentication.detail, HasSubstr("client secret"));
  }
}

TEST_F(ClientVerdictTest, AClientThatMayNotRefreshIsOfNoUse) {
  for (const char* error : {"unauthorized_client", "unsupported_grant_type"}) {
    const auto verdict = JudgeAnswer(Answered(ErrorClass::kOurConfiguration, error));
    EXPECT_EQ(Results(verdict), kClientFailed) << error;
    EXPECT_THAT(verdict.client_authentication.detail, HasSubstr("grant type"));
  }
}

TEST_F(ClientVerdictTest, WhatSaysNothingOfTheClientIsNotJudged) {
  for (const char* error : {"invalid_request", "unregistered_error", "invalid_scope"}) {
    const auto verdict = JudgeAnswer(Answered(ErrorClass::kOurConfiguration, error));
    EXPECT_EQ(Results(verdict), kClientUnknown) << error;
    EXPECT_THAT(verdict.client_authentication.detail, HasSubstr("not known"));
  }
  EXPECT_EQ(Results(JudgeAnswer(Answered(ErrorClass::kQuota, "http_429"))), kClientUnknown);
  EXPECT_EQ(Results(JudgeAnswer(Answered(ErrorClass::kQuota, "slow_down"))), kClientUnknown);
}

TEST_F(ClientVerdictTest, WhoTakesTheMadeUpTokenChecksNothing) {
  EXPECT_EQ(Results(JudgeAnswer(TokensAnswer("a", "r"))), kClientFailed);
}

TEST_F(ClientVerdictTest, APublicClientHasNothingToProve) {
  config_.client_authentication = ClientAuthentication::kNone;
  config_.client_secrets.clear();
  EXPECT_EQ(Results(JudgeAnswer(Answered(ErrorClass::kGrantDead, "invalid_grant"))),
            kClientUnknown);
  const auto refused = JudgeAnswer(Answered(ErrorClass::kOurConfiguration, "invalid_client"));
  EXPECT_EQ(Results(refused), kClientFailed);
  EXPECT_EQ(refused.client_authentication.detail.find("secret"), std::string::npos);
}

TEST_F(ClientVerdictTest, APageThatIsNoTokenEndpointIsToldApartFromARefusal) {
  for (const char* error : {"http_404", "http_405", "http_301", "http_403", "http_400"}) {
    EXPECT_EQ(Results(JudgeAnswer(Answered(ErrorClass::kOurConfiguration, error))), kEndpointFailed)
        << error;
  }
  EXPECT_EQ(Results(JudgeAnswer(FailedAnswer(Delivery::kLostAnswer, ErrorClass::kProviderTrouble,
                                             "malformed_answer"))),
            kEndpointFailed);
  EXPECT_EQ(Results(JudgeAnswer(Answered(ErrorClass::kProviderTrouble, "http_503"))),
            kEndpointFailed);
  EXPECT_EQ(Results(JudgeAnswer(LostAnswer())), kEndpointFailed);
}

TEST_F(ClientVerdictTest, TlsAndTheRoadThereAreToldApart) {
  for (const char* error : {"certificate_name", "certificate_expired", "certificate_untrusted",
                            "ca_file", "tls_handshake"}) {
    const auto verdict =
        JudgeAnswer(FailedAnswer(Delivery::kNotSent, ErrorClass::kProviderTrouble, error));
    EXPECT_EQ(Results(verdict), kTlsFailed) << error;
    EXPECT_THAT(verdict.tls.detail, HasSubstr(error));
  }
  for (const char* error : {"connection", "host_unknown", "timeout", "address_not_allowed"}) {
    EXPECT_EQ(
        Results(JudgeAnswer(FailedAnswer(Delivery::kNotSent, ErrorClass::kProviderTrouble, error))),
        kNotReached)
        << error;
  }
}

TEST_F(ClientVerdictTest, AKeyThatCannotSignIsTheClientsTrouble) {
  const auto verdict = JudgeAnswer(
      FailedAnswer(Delivery::kNotSent, ErrorClass::kOurConfiguration, "assertion_not_signed"));
  EXPECT_EQ(Results(verdict),
            (std::vector<Result>{Result::kSkipped, Result::kSkipped, Result::kFailed}));
}

TEST_F(ClientVerdictTest, PlainHttpHasNoTlsToCheck) {
  const auto verdict = Judge(config_, "http://127.0.0.1:9200/token",
                             Answered(ErrorClass::kGrantDead, "invalid_grant"));
  EXPECT_EQ(Results(verdict),
            (std::vector<Result>{Result::kSkipped, Result::kPassed, Result::kPassed}));
}

}  // namespace
}  // namespace tokenbroker
