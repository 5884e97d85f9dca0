#include "oauth/error_class.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

namespace tokenbroker {
namespace {

constexpr absl::string_view kUnregistered = "unregistered_error";

// What a registered code means at the token endpoint, on a refresh and on a code, and in a
// callback. kNone: it has no meaning there, and the status decides.
struct Row {
  absl::string_view code;
  ErrorClass on_refresh;
  ErrorClass on_code;
  Reason in_callback;
};

constexpr ErrorClass kDead = ErrorClass::kGrantDead;
constexpr ErrorClass kOurs = ErrorClass::kOurConfiguration;
constexpr ErrorClass kTrouble = ErrorClass::kProviderTrouble;
constexpr ErrorClass kQuota = ErrorClass::kQuota;
constexpr ErrorClass kCode = ErrorClass::kCodeRefused;
constexpr ErrorClass kCaller = ErrorClass::kCallerMistake;
constexpr ErrorClass kByStatus = ErrorClass::kNone;

constexpr Row kTable[] = {
    // RFC 6749 5.2 and 4.1.2.1
    {"invalid_grant", kDead, kCode, Reason::kProviderMisconfigured},
    {"invalid_client", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"unauthorized_client", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"unsupported_grant_type", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"unsupported_response_type", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"invalid_request", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"invalid_scope", kOurs, kCaller, Reason::kScopeInvalid},
    {"server_error", kTrouble, kTrouble, Reason::kProviderUnavailable},
    {"temporarily_unavailable", kTrouble, kTrouble, Reason::kProviderUnavailable},
    // What one user did or must do; on a refresh, too, it condemns that grant alone.
    {"access_denied", kDead, kCode, Reason::kLoginDenied},
    // OpenID Connect Core 3.1.2.6
    {"login_required", kDead, kCode, Reason::kLoginInteractionRequired},
    {"consent_required", kDead, kCode, Reason::kLoginInteractionRequired},
    {"interaction_required", kDead, kCode, Reason::kLoginInteractionRequired},
    {"account_selection_required", kDead, kCode, Reason::kLoginInteractionRequired},
    {"invalid_request_uri", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"invalid_request_object", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"request_not_supported", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"request_uri_not_supported", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"registration_not_supported", kOurs, kOurs, Reason::kProviderMisconfigured},
    // RFC 8628, 8707, 9449, 7009, 6750
    {"slow_down", kQuota, kQuota, Reason::kProviderThrottled},
    {"authorization_pending", kByStatus, kByStatus, Reason::kProviderMisconfigured},
    {"expired_token", kByStatus, kByStatus, Reason::kProviderMisconfigured},
    {"invalid_target", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"invalid_dpop_proof", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"use_dpop_nonce", kOurs, kOurs, Reason::kProviderMisconfigured},
    {"unsupported_token_type", kByStatus, kByStatus, Reason::kProviderMisconfigured},
    {"invalid_token", kByStatus, kByStatus, Reason::kProviderMisconfigured},
    {"insufficient_scope", kByStatus, kByStatus, Reason::kProviderMisconfigured},
};

// What GitHub and Slack, who answer errors under 200, say in place of a registered code.
constexpr std::pair<absl::string_view, absl::string_view> kSynonyms[] = {
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

const Row* Find(absl::string_view code) {
  for (const auto& [word, registered] : kSynonyms) {
    if (word == code) code = registered;
  }
  for (const Row& row : kTable) {
    if (row.code == code) return &row;
  }
  return nullptr;
}

// A 2xx or a complete 500 or 503 says what the provider did; behind every other 5xx stands a
// gateway that does not know.
Delivery DeliveryOf(int status, absl::string_view code) {
  if (status >= 200 && status < 300) {
    return code.empty() ? Delivery::kLostAnswer : Delivery::kAnswered;
  }
  const bool definite = (status >= 300 && status < 500) || status == 500 || status == 503;
  return definite ? Delivery::kAnswered : Delivery::kLostAnswer;
}

ErrorClass ClassOfStatus(int status) {
  if (status == 429) return ErrorClass::kQuota;
  // Moved for good: our endpoint is wrong. A passing redirect is a maintenance page.
  if (status == 301 || status == 308) return ErrorClass::kOurConfiguration;
  if (status == 408) return ErrorClass::kProviderTrouble;
  if (status >= 400 && status < 500) return ErrorClass::kOurConfiguration;
  return ErrorClass::kProviderTrouble;
}

std::string WordFor(int status, absl::string_view code) {
  if (!code.empty()) return std::string(RegisteredError(code));
  if (status >= 200 && status < 300) return "malformed_answer";
  return absl::StrCat("http_", status);
}

absl::string_view WordFor(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::kHostUnknown:
      return "host_unknown";
    case Obstacle::kCertificateName:
      return "certificate_name";
    case Obstacle::kCertificateExpired:
      return "certificate_expired";
    case Obstacle::kCertificateUntrusted:
      return "certificate_untrusted";
    case Obstacle::kCaFile:
      return "ca_file";
    case Obstacle::kTls:
      return "tls_handshake";
    case Obstacle::kUnknown:
      break;
  }
  return "connection";
}

absl::string_view ExchangeMessage(Delivery delivery, ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kCodeRefused:
    case ErrorClass::kGrantDead:
      return "the provider refused the authorization code: start a new login";
    case ErrorClass::kCallerMistake:
      return "the provider does not give the scopes that were asked for: start a new login with "
             "others";
    case ErrorClass::kOurConfiguration:
      return "the provider refused the broker's own registration or request: its operator must "
             "mend the configuration, then start a new login";
    case ErrorClass::kQuota:
      return "the provider is limiting the broker's requests: start a new login later";
    default:
      return delivery == Delivery::kNotSent
                 ? "the provider could not be reached: try again, the code is not spent"
                 : "the provider failed while it exchanged the code: start a new login";
  }
}

absl::string_view CallbackMessage(Reason reason) {
  switch (reason) {
    case Reason::kLoginDenied:
      return "the user or the provider denied the login";
    case Reason::kLoginInteractionRequired:
      return "the provider needs the user to act: start a login that may show its pages";
    case Reason::kScopeInvalid:
      return "the provider does not give the scopes that were asked for";
    case Reason::kProviderUnavailable:
      return "the provider could not serve the login: start a new one later";
    case Reason::kProviderThrottled:
      return "the provider is limiting logins: start a new one later";
    default:
      return "the provider refused the login request: its operator must mend the configuration";
  }
}

}  // namespace

absl::string_view RegisteredError(absl::string_view code) {
  if (code.empty()) return "";
  const Row* row = Find(code);
  return row == nullptr ? kUnregistered : row->code;
}

Failure ClassifyAnswer(Where where, int status, absl::string_view code) {
  Failure failure;
  failure.delivery = DeliveryOf(status, code);
  failure.error = WordFor(status, code);
  failure.error_class = ClassOfStatus(status);
  // A gateway's word about a grant is not the provider's.
  if (failure.delivery == Delivery::kLostAnswer) return failure;
  const Row* row = Find(code);
  if (row == nullptr) return failure;
  const ErrorClass said = where == Where::kRefresh ? row->on_refresh : row->on_code;
  // Some say 429 with invalid_request or access_denied: that must neither freeze the provider nor
  // end a grant.
  if (said == kByStatus || (status == 429 && row->code != "invalid_grant")) return failure;
  failure.error_class = said;
  return failure;
}

Failure ClassifyNoAnswer(const HttpResult& result) {
  Failure failure;
  failure.delivery = result.sent ? Delivery::kLostAnswer : Delivery::kNotSent;
  switch (result.error.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      failure.error = "timeout";
      break;
    case absl::StatusCode::kResourceExhausted:
      failure.error = "answer_too_large";
      break;
    case absl::StatusCode::kInvalidArgument:
      failure.error = "url_not_allowed";
      failure.error_class = ErrorClass::kOurConfiguration;
      break;
    case absl::StatusCode::kPermissionDenied:
      // Trouble, as a name server in other hands must not freeze the provider.
      failure.error = "address_not_allowed";
      break;
    default:
      failure.error = std::string(WordFor(result.obstacle));
  }
  return failure;
}

Reason ReasonOf(Where where, ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kGrantDead:
      return where == Where::kCode ? Reason::kCodeRejected : Reason::kReauthorizationRequired;
    case ErrorClass::kCodeRefused:
      return Reason::kCodeRejected;
    case ErrorClass::kOurConfiguration:
      return Reason::kProviderMisconfigured;
    case ErrorClass::kQuota:
      return Reason::kProviderThrottled;
    case ErrorClass::kCallerMistake:
      return Reason::kScopeInvalid;
    case ErrorClass::kNone:
    case ErrorClass::kProviderTrouble:
    case ErrorClass::kRotationUnknown:
      return Reason::kProviderUnavailable;
  }
  return Reason::kProviderUnavailable;
}

Refusal RefusalOfExchange(absl::string_view provider, Delivery delivery, ErrorClass error_class,
                          absl::string_view error) {
  Refusal refusal;
  refusal.reason = ReasonOf(Where::kCode, error_class);
  refusal.message = std::string(ExchangeMessage(delivery, error_class));
  refusal.provider = std::string(provider);
  refusal.provider_error = std::string(error);
  return refusal;
}

Refusal RefusalOfCallbackError(absl::string_view provider, absl::string_view error) {
  const Row* row = Find(error);
  Refusal refusal;
  // What nobody has registered was still an answer to the login, and a no.
  refusal.reason = row == nullptr ? Reason::kLoginDenied : row->in_callback;
  refusal.message = std::string(CallbackMessage(refusal.reason));
  refusal.provider = std::string(provider);
  refusal.provider_error = std::string(RegisteredError(error));
  return refusal;
}

absl::optional<absl::Duration> ParseRetryAfter(absl::string_view value, absl::Time now) {
  value = absl::StripAsciiWhitespace(value);
  absl::Duration wait;
  uint64_t seconds = 0;
  if (!value.empty() && std::all_of(value.begin(), value.end(), absl::ascii_isdigit)) {
    // More digits than a number has: certainly beyond the limit.
    wait = absl::SimpleAtoi(value, &seconds) && seconds < 1'000'000 ? absl::Seconds(seconds)
                                                                    : kMaxRetryAfter;
  } else {
    absl::Time at;
    std::string unused;
    if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", value, &at, &unused)) return absl::nullopt;
    wait = at - now;
  }
  return std::clamp(wait, absl::Seconds(1), kMaxRetryAfter);
}

}  // namespace tokenbroker
