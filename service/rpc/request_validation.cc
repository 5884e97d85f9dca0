#include "rpc/request_validation.h"

#include <absl/strings/str_cat.h>

#include "base/status_macros.h"
#include "token/grant_key.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr size_t kMaxStateBytes = 512;
constexpr size_t kMaxErrorBytes = 256;
constexpr size_t kMaxParamNameBytes = 128;
constexpr int64_t kMaxMinTtlSeconds = 366 * 24 * 3600;

absl::Status AtMost(size_t limit, absl::string_view field, const std::string& text) {
  if (text.size() <= limit) return absl::OkStatus();
  return FieldInvalid(field, absl::StrCat("is ", text.size(), " bytes long; at most ", limit));
}

absl::Status ValidateScopes(absl::string_view field,
                            const google::protobuf::RepeatedPtrField<std::string>& scopes) {
  if (scopes.size() > kMaxScopes) {
    return FieldInvalid(field,
                        absl::StrCat("has ", scopes.size(), " entries; at most ", kMaxScopes));
  }
  for (const std::string& scope : scopes) {
    if (scope.empty()) return FieldInvalid(field, "has an empty entry; leave it out");
    TB_RETURN_IF_ERROR(AtMost(kMaxScopeBytes, field, scope));
  }
  return absl::OkStatus();
}

absl::Status ValidateMinTtl(const google::protobuf::Duration& d) {
  const bool mixed_signs = (d.seconds() > 0 && d.nanos() < 0) || (d.seconds() < 0 && d.nanos() > 0);
  if (mixed_signs || d.nanos() >= 1'000'000'000 || d.nanos() <= -1'000'000'000) {
    return FieldInvalid("min_ttl", "is not a duration: its nanos are out of range");
  }
  if (d.seconds() < 0 || d.nanos() < 0) {
    return FieldInvalid("min_ttl", "is negative; leave it out to take any token that is good now");
  }
  if (d.seconds() > kMaxMinTtlSeconds) {
    return FieldInvalid("min_ttl", "is longer than 366 days; no token is promised that far");
  }
  return absl::OkStatus();
}

absl::Status ValidateParams(const google::protobuf::Map<std::string, std::string>& params) {
  constexpr absl::string_view kField = "authorization_params";
  if (params.size() > static_cast<size_t>(kMaxAuthorizationParams)) {
    return FieldInvalid(
        kField, absl::StrCat("has ", params.size(), " entries; at most ", kMaxAuthorizationParams));
  }
  for (const auto& [name, value] : params) {
    if (name.empty()) return FieldInvalid(kField, "has an empty name; leave it out");
    TB_RETURN_IF_ERROR(AtMost(kMaxParamNameBytes, kField, name));
    TB_RETURN_IF_ERROR(AtMost(kMaxUriBytes, kField, value));
  }
  return absl::OkStatus();
}

// AIP-158.
template <typename Request>
absl::Status ValidatePage(const Request& request) {
  if (request.page_size() < 0) {
    return FieldInvalid("page_size", "is negative; leave it out for 100, at most 1000");
  }
  return AtMost(kMaxPageTokenBytes, "page_token", request.page_token());
}

// callback_uri, or its parts; a callback has a code or an error.
absl::Status ValidateCallbackParts(const v1::ExchangeCodeRequest& request) {
  const bool parts = !request.state().empty() || !request.code().empty() ||
                     !request.error().empty() || !request.issuer().empty();
  if (request.callback_uri().empty() && !parts) {
    return FieldInvalid("callback_uri",
                        "is empty; pass the URL that the browser came back with, or its parts");
  }
  if (!request.callback_uri().empty() && parts) {
    return FieldInvalid("callback_uri",
                        "excludes state, code, error and issuer: it contains them; pass one form");
  }
  if (!request.code().empty() && !request.error().empty()) {
    return FieldInvalid("error", "excludes code: a callback brings one of the two");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Validate(const v1::BuildLoginUriRequest& request) {
  TB_RETURN_IF_ERROR(AtMost(kMaxUriBytes, "redirect_uri", request.redirect_uri()));
  TB_RETURN_IF_ERROR(ValidateScopes("scopes", request.scopes()));
  TB_RETURN_IF_ERROR(ValidateParams(request.authorization_params()));
  return AtMost(kMaxCallerContextBytes, "caller_context", request.caller_context());
}

absl::Status Validate(const v1::ExchangeCodeRequest& request) {
  TB_RETURN_IF_ERROR(ValidateCallbackParts(request));
  TB_RETURN_IF_ERROR(AtMost(kMaxCallbackUriBytes, "callback_uri", request.callback_uri()));
  TB_RETURN_IF_ERROR(AtMost(kMaxStateBytes, "state", request.state()));
  TB_RETURN_IF_ERROR(AtMost(kMaxCallbackUriBytes, "code", request.code()));
  TB_RETURN_IF_ERROR(AtMost(kMaxErrorBytes, "error", request.error()));
  TB_RETURN_IF_ERROR(AtMost(kMaxUriBytes, "issuer", request.issuer()));
  TB_RETURN_IF_ERROR(AtMost(kMaxStateBytes, "browser_state", request.browser_state()));
  return AtMost(kMaxSubjectBytes, "subject", request.subject());
}

absl::Status Validate(const v1::GetFreshTokenRequest& request) {
  if (request.has_min_ttl()) TB_RETURN_IF_ERROR(ValidateMinTtl(request.min_ttl()));
  if (request.rejected_generation() < 0) {
    return FieldInvalid("rejected_generation", "is negative; it is the generation of a token");
  }
  return ValidateScopes("required_scopes", request.required_scopes());
}

absl::Status Validate(const v1::WatchTokenRequest& request) {
  if (request.known_generation() < 0) {
    return FieldInvalid("known_generation", "is negative; it is the generation of a token");
  }
  return absl::OkStatus();
}

absl::Status Validate(const v1::ListGrantsRequest& request) {
  TB_RETURN_IF_ERROR(ValidatePage(request));
  TB_RETURN_IF_ERROR(AtMost(kMaxTenantBytes, "tenant", request.tenant()));
  TB_RETURN_IF_ERROR(AtMost(kMaxSubjectBytes, "subject", request.subject()));
  if (!v1::GrantState_IsValid(request.state()) || request.state() == v1::GRANT_STATE_ABSENT) {
    return FieldInvalid("state", "is no state that a stored grant can be in");
  }
  return absl::OkStatus();
}

absl::Status Validate(const v1::ListProvidersRequest& request) { return ValidatePage(request); }

absl::Status Validate(const v1::RevokeGrantsRequest& request) {
  if (request.provider().empty() && request.subject().empty() && request.account_id().empty()) {
    return FieldInvalid("provider",
                        "is empty like subject and account_id; name at least one of the three");
  }
  TB_RETURN_IF_ERROR(AtMost(kMaxTenantBytes, "tenant", request.tenant()));
  return AtMost(kMaxSubjectBytes, "subject", request.subject());
}

absl::Status Validate(const v1::ImportGrantRequest& request) {
  const std::string& token = request.refresh_token();
  if (token.empty()) return FieldInvalid("refresh_token", "is empty");
  TB_RETURN_IF_ERROR(AtMost(kMaxRefreshTokenBytes, "refresh_token", token));
  if (!IsPrintableUtf8(token)) {
    return FieldInvalid("refresh_token", "has control characters; was a line end copied with it?");
  }
  const google::protobuf::Timestamp& time = request.authorize_time();
  if (time.seconds() < 0 || time.nanos() < 0 || time.nanos() >= 1'000'000'000) {
    return FieldInvalid("authorize_time", "is no time after 1970; leave it out for now");
  }
  return ValidateScopes("scopes", request.scopes());
}

}  // namespace tokenbroker
