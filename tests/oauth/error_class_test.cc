#include "oauth/error_class.h"

namespace tokenbroker {
namespace {

struct Expected {
  Delivery delivery;
  ErrorClass error_class;
  std::string error;
};

void Check(Where where, int status, absl::string_view code, const Expected& expected) {
  const Failure failure = ClassifyAnswer(where, status, code);
  EXPECT_EQ(failure.delivery, expected.delivery) << status << code;
  EXPECT_EQ(failure.error_class, expected.error_class) << status << code;
  EXPECT_EQ(failure.error, expected.error) << status << code;
}

constexpr Delivery kAnswered = Delivery::kAnswered;
constexpr Delivery kLost = Delivery::kLostAnswer;

TEST(ErrorClassTest, InvalidGrantKillsAGrantAndRefusesACode) {
  for (const int status : {200, 400, 401, 403, 500}) {
    Check(Where::kRefresh, status, "invalid_grant",
          {kAnswered, ErrorClass::kGrantDead, "invalid_grant"});
    Check(Where::kCode, status, "invalid_grant",
          {kAnswered, ErrorClass::kCodeRefused, "invalid_grant"});
  }
}

TEST(ErrorClassTest, WrongRegistrationIsOurConfiguration) {
  for (const char* code : {"invalid_client", "unauthorized_client", "unsupported_grant_type",
                           "unsupported_response_type", "invalid_request", "invalid_target"}) {
    for (const Where where : {Where::kRefresh, Where::kCode}) {
      for (const int status : {200, 400, 401, 503}) {
        Check(where, status, code, {kAnswered, ErrorClass::kOurConfiguration, code});
      }
    }
  }
}

TEST(ErrorClassTest, InvalidScopeIsOursOnARefreshAndTheCallersAtALogin) {
  Check(Where::kRefresh, 400, "invalid_scope",
        {kAnswered, ErrorClass::kOurConfiguration, "invalid_scope"});
  Check(Where::kCode, 400, "invalid_scope",
        {kAnswered, ErrorClass::kCallerMistake, "invalid_scope"});
}

TEST(ErrorClassTest, AUserWhoMustActCondemnsItsOwnGrantAlone) {
  for (const char* code : {"interaction_required", "login_required", "consent_required",
                           "account_selection_required", "access_denied"}) {
    Check(Where::kRefresh, 400, code, {kAnswered, ErrorClass::kGrantDead, code});
    Check(Where::kCode, 400, code, {kAnswered, ErrorClass::kCodeRefused, code});
  }
}

TEST(ErrorClassTest, ProviderTroubleAndQuotaByTheirCodes) {
  Check(Where::kRefresh, 400, "server_error",
        {kAnswered, ErrorClass::kProviderTrouble, "server_error"});
  Check(Where::kRefresh, 400, "temporarily_unavailable",
        {kAnswered, ErrorClass::kProviderTrouble, "temporarily_unavailable"});
  for (const Where where : {Where::kRefresh, Where::kCode}) {
    Check(where, 400, "slow_down", {kAnswered, ErrorClass::kQuota, "slow_down"});
  }
}

TEST(ErrorClassTest, WithoutACodeTheStatusDecides) {
  const std::pair<int, Expected> rows[] = {
      {301, {kAnswered, ErrorClass::kOurConfiguration, "http_301"}},
      {302, {kAnswered, ErrorClass::kProviderTrouble, "http_302"}},
      {307, {kAnswered, ErrorClass::kProviderTrouble, "http_307"}},
      {308, {kAnswered, ErrorClass::kOurConfiguration, "http_308"}},
      {400, {kAnswered, ErrorClass::kOurConfiguration, "http_400"}},
      {401, {kAnswered, ErrorClass::kOurConfiguration, "http_401"}},
      {404, {kAnswered, ErrorClass::kOurConfiguration, "http_404"}},
      {408, {kAnswered, ErrorClass::kProviderTrouble, "http_408"}},
      {429, {kAnswered, ErrorClass::kQuota, "http_429"}},
      {500, {kAnswered, ErrorClass::kProviderTrouble, "http_500"}},
      {503, {kAnswered, ErrorClass::kProviderTrouble, "http_503"}},
      {501, {kLost, ErrorClass::kProviderTrouble, "http_501"}},
      {502, {kLost, ErrorClass::kProviderTrouble, "http_502"}},
      {504, {kLost, ErrorClass::kProviderTrouble, "http_504"}},
      {599, {kLost, ErrorClass::kProviderTrouble, "http_599"}},
      {200, {kLost, ErrorClass::kProviderTrouble, "malformed_answer"}},
      {204, {kLost, ErrorClass::kProviderTrouble, "malformed_answer"}},
  };
  for (const auto& [status, expected] : rows) {
    Check(Where::kRefresh, status, "", expected);
    Check(Where::kCode, status, "", expected);
  }
}

TEST(ErrorClassTest, AGatewaysWordAboutAGrantIsNotTheProviders) {
  Check(Where::kRefresh, 502, "invalid_grant",
        {kLost, ErrorClass::kProviderTrouble, "invalid_grant"});
}

TEST(ErrorClassTest, A429NeverFreezesAProvider) {
  Check(Where::kRefresh, 429, "invalid_request",
        {kAnswered, ErrorClass::kQuota, "invalid_request"});
  Check(Where::kRefresh, 429, "invalid_grant",
        {kAnswered, ErrorClass::kGrantDead, "invalid_grant"});
}

TEST(ErrorClassTest, A429EndsNoGrantThatTheProviderDoesNotCallInvalid) {
  for (const char* code : {"access_denied", "interaction_required", "login_required"}) {
    Check(Where::kRefresh, 429, code, {kAnswered, ErrorClass::kQuota, code});
    Check(Where::kCode, 429, code, {kAnswered, ErrorClass::kQuota, code});
  }
}

TEST(ErrorClassTest, WordsOfGithubAndSlackStandForTheRegisteredOnes) {
  const std::pair<const char*, const char*> rows[] = {
      {"bad_refresh_token", "invalid_grant"},
      {"invalid_refresh_token", "invalid_grant"},
      {"bad_verification_code", "invalid_grant"},
      {"invalid_code", "invalid_grant"},
      {"incorrect_client_credentials", "invalid_client"},
      {"bad_client_secret", "invalid_client"},
      {"invalid_client_id", "invalid_client"},
      {"redirect_uri_mismatch", "invalid_request"},
      {"bad_redirect_uri", "invalid_request"},
  };
  for (const auto& [word, registered] : rows) {
    for (const Where where : {Where::kRefresh, Where::kCode}) {
      const Failure expected = ClassifyAnswer(where, 200, registered);
      Check(where, 200, word, {kAnswered, expected.error_class, registered});
    }
  }
  EXPECT_EQ(RefusalOfCallbackError("github", "redirect_uri_mismatch").reason,
            Reason::kProviderMisconfigured);
}

TEST(ErrorClassTest, AnUnregisteredCodeIsAFixedWordAndTheStatusDecides) {
  Check(Where::kRefresh, 200, "bad_token_hunter2",
        {kAnswered, ErrorClass::kProviderTrouble, "unregistered_error"});
  Check(Where::kRefresh, 400, "bad_token_hunter2",
        {kAnswered, ErrorClass::kOurConfiguration, "unregistered_error"});
  Check(Where::kRefresh, 429, "Invalid_Grant",
        {kAnswered, ErrorClass::kQuota, "unregistered_error"});
}

TEST(ErrorClassTest, ACodeThatIsRegisteredForElsewhereIsQuotedAndTheStatusDecides) {
  Check(Where::kRefresh, 400, "invalid_token",
        {kAnswered, ErrorClass::kOurConfiguration, "invalid_token"});
  Check(Where::kRefresh, 503, "invalid_token",
        {kAnswered, ErrorClass::kProviderTrouble, "invalid_token"});
}

HttpResult NoAnswer(absl::Status error, bool sent) {
  HttpResult result;
  result.error = std::move(error);
  result.sent = sent;
  return result;
}

TEST(ErrorClassTest, ARequestThatNeverLeftPresentedNothing) {
  const Failure failure = ClassifyNoAnswer(NoAnswer(absl::UnavailableError("refused"), false));
  EXPECT_EQ(failure.delivery, Delivery::kNotSent);
  EXPECT_EQ(failure.error_class, ErrorClass::kProviderTrouble);
  EXPECT_EQ(failure.error, "connection");
}

TEST(ErrorClassTest, ARequestThatLeftWithoutAnAnswerIsLost) {
  const std::pair<absl::Status, std::string> rows[] = {
      {absl::DeadlineExceededError("slow"), "timeout"},
      {absl::UnavailableError("reset, or a rewind that is not allowed"), "connection"},
      {absl::ResourceExhaustedError("huge"), "answer_too_large"},
  };
  for (const auto& [status, word] : rows) {
    const Failure failure = ClassifyNoAnswer(NoAnswer(status, true));
    EXPECT_EQ(failure.delivery, Delivery::kLostAnswer);
    EXPECT_EQ(failure.error_class, ErrorClass::kProviderTrouble);
    EXPECT_EQ(failure.error, word);
  }
}

TEST(ErrorClassTest, SaysWhatStoodInTheWay) {
  const std::pair<Obstacle, std::string> rows[] = {
      {Obstacle::kUnknown, "connection"},
      {Obstacle::kHostUnknown, "host_unknown"},
      {Obstacle::kCertificateName, "certificate_name"},
      {Obstacle::kCertificateExpired, "certificate_expired"},
      {Obstacle::kCertificateUntrusted, "certificate_untrusted"},
      {Obstacle::kCaFile, "ca_file"},
      {Obstacle::kTls, "tls_handshake"},
  };
  for (const auto& [obstacle, word] : rows) {
    HttpResult result = NoAnswer(absl::UnavailableError("no"), false);
    result.obstacle = obstacle;
    EXPECT_EQ(ClassifyNoAnswer(result).error, word);
    EXPECT_EQ(ClassifyNoAnswer(result).error_class, ErrorClass::kProviderTrouble);
  }
}

TEST(ErrorClassTest, AnAddressThatIsNotAllowedIsTroubleAndNothingWasSent) {
  const Failure failure =
      ClassifyNoAnswer(NoAnswer(absl::PermissionDeniedError("an address"), false));
  EXPECT_EQ(failure.delivery, Delivery::kNotSent);
  EXPECT_EQ(failure.error_class, ErrorClass::kProviderTrouble) << "it must not freeze";
  EXPECT_EQ(failure.error, "address_not_allowed");
}

TEST(ErrorClassTest, AUrlThatIsNotAllowedIsOurConfiguration) {
  const Failure failure = ClassifyNoAnswer(NoAnswer(absl::InvalidArgumentError("http"), false));
  EXPECT_EQ(failure.error_class, ErrorClass::kOurConfiguration);
  EXPECT_EQ(failure.error, "url_not_allowed");
}

TEST(ErrorClassTest, EveryClassHasItsReason) {
  EXPECT_EQ(ReasonOf(Where::kRefresh, ErrorClass::kGrantDead), Reason::kReauthorizationRequired);
  EXPECT_EQ(ReasonOf(Where::kCode, ErrorClass::kGrantDead), Reason::kCodeRejected);
  EXPECT_EQ(ReasonOf(Where::kCode, ErrorClass::kCodeRefused), Reason::kCodeRejected);
  for (const Where where : {Where::kRefresh, Where::kCode}) {
    EXPECT_EQ(ReasonOf(where, ErrorClass::kOurConfiguration), Reason::kProviderMisconfigured);
    EXPECT_EQ(ReasonOf(where, ErrorClass::kQuota), Reason::kProviderThrottled);
    EXPECT_EQ(ReasonOf(where, ErrorClass::kCallerMistake), Reason::kScopeInvalid);
    EXPECT_EQ(ReasonOf(where, ErrorClass::kProviderTrouble), Reason::kProviderUnavailable);
    EXPECT_EQ(ReasonOf(where, ErrorClass::kRotationUnknown), Reason::kProviderUnavailable);
  }
}

TEST(ErrorClassTest, ARefusedExchangeSaysWhatToDoNext) {
  const Refusal refused =
      RefusalOfExchange("acme", Delivery::kAnswered, ErrorClass::kCodeRefused, "invalid_grant");
  EXPECT_EQ(refused.reason, Reason::kCodeRejected);
  EXPECT_EQ(refused.provider, "acme");
  EXPECT_EQ(refused.provider_error, "invalid_grant");
  EXPECT_THAT(refused.message, testing::HasSubstr("start a new login"));
  EXPECT_THAT(RefusalOfExchange("acme", Delivery::kNotSent, ErrorClass::kProviderTrouble, "timeout")
                  .message,
              testing::HasSubstr("try again"));
  EXPECT_THAT(
      RefusalOfExchange("acme", Delivery::kLostAnswer, ErrorClass::kProviderTrouble, "timeout")
          .message,
      testing::HasSubstr("start a new login"));
}

TEST(ErrorClassTest, ACallbackErrorHasItsReason) {
  const std::pair<const char*, Reason> rows[] = {
      {"access_denied", Reason::kLoginDenied},
      {"login_required", Reason::kLoginInteractionRequired},
      {"consent_required", Reason::kLoginInteractionRequired},
      {"interaction_required", Reason::kLoginInteractionRequired},
      {"account_selection_required", Reason::kLoginInteractionRequired},
      {"slow_down", Reason::kProviderThrottled},
      {"server_error", Reason::kProviderUnavailable},
      {"temporarily_unavailable", Reason::kProviderUnavailable},
      {"invalid_scope", Reason::kScopeInvalid},
      {"unauthorized_client", Reason::kProviderMisconfigured},
      {"unsupported_response_type", Reason::kProviderMisconfigured},
      {"invalid_request", Reason::kProviderMisconfigured},
  };
  for (const auto& [error, reason] : rows) {
    const Refusal refusal = RefusalOfCallbackError("acme", error);
    EXPECT_EQ(refusal.reason, reason) << error;
    EXPECT_EQ(refusal.provider_error, error);
    EXPECT_EQ(refusal.provider, "acme");
    EXPECT_FALSE(refusal.message.empty());
  }
}

TEST(ErrorClassTest, AnUnregisteredCallbackErrorIsADenialThatQuotesNothing) {
  const Refusal refusal = RefusalOfCallbackError("acme", "<script>");
  EXPECT_EQ(refusal.reason, Reason::kLoginDenied);
  EXPECT_EQ(refusal.provider_error, "unregistered_error");
  EXPECT_THAT(refusal.message, testing::Not(testing::HasSubstr("script")));
}

TEST(ErrorClassTest, RetryAfterIsSecondsOrADate) {
  const absl::Time now = absl::FromUnixSeconds(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(ParseRetryAfter("120", now), absl::Seconds(120));
  EXPECT_EQ(ParseRetryAfter(" 7 ", now), absl::Seconds(7));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:50:37 GMT", now), absl::Seconds(60));
}

TEST(ErrorClassTest, RetryAfterIsBoundedBothWays) {
  const absl::Time now = absl::FromUnixSeconds(784111777);
  EXPECT_EQ(ParseRetryAfter("0", now), absl::Seconds(1));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT", now), absl::Seconds(1));
  for (const char* huge :
       {"3601", "999999999", "99999999999999999999999999", "Sun, 06 Nov 2094 08:49:37 GMT"}) {
    EXPECT_EQ(ParseRetryAfter(huge, now), kMaxRetryAfter) << huge;
  }
}

TEST(ErrorClassTest, RetryAfterOfAnyOtherTextIsNone) {
  for (const char* text : {"", "soon", "-5", "1.5", "+3", "1e3"}) {
    EXPECT_EQ(ParseRetryAfter(text, absl::FromUnixSeconds(784111777)), absl::nullopt) << text;
  }
}

}  // namespace
}  // namespace tokenbroker
