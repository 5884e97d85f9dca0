#include "oauth/id_token.h"

#include <absl/algorithm/container.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <cmath>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "crypto/base64url.h"
#include "oauth/json.h"
#include "token/grant_key.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

namespace json = boost::json;

constexpr size_t kMaxClaimBytes = 2048;
// OpenID Connect Core section 2.
constexpr size_t kMaxSubjectClaimBytes = 255;
// Beyond the year 9999 nothing is a time.
constexpr double kMaxUnixSeconds = 253402300799.0;

absl::Status Invalid(absl::string_view cause, absl::string_view problem) {
  Refusal refusal;
  refusal.reason = Reason::kIdTokenInvalid;
  refusal.message = absl::StrCat("the provider's ID token ", problem);
  refusal.cause = std::string(cause);
  return ToStatus(refusal);
}

absl::Status Unreadable() { return Invalid("unreadable", "cannot be read"); }

// An absent claim leaves `to` as it is.
absl::Status ReadString(const json::object& claims, absl::string_view name, std::string* to) {
  if (Find(claims, name) == nullptr) return absl::OkStatus();
  const absl::optional<absl::string_view> text = FindString(claims, name);
  if (!text || text->size() > kMaxClaimBytes || !IsPrintableUtf8(*text)) return Unreadable();
  *to = std::string(*text);
  return absl::OkStatus();
}

absl::Status ReadTime(const json::object& claims, absl::string_view name,
                      absl::optional<absl::Time>* to) {
  const json::value* value = Find(claims, name);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_number()) return Unreadable();
  const double seconds = value->to_number<double>();
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kMaxUnixSeconds) return Unreadable();
  *to = absl::FromUnixSeconds(static_cast<int64_t>(seconds));
  return absl::OkStatus();
}

absl::Status ReadAudience(const json::object& claims, std::vector<std::string>* to) {
  const json::value* value = Find(claims, "aud");
  if (value == nullptr) return absl::OkStatus();
  if (value->is_string()) {
    to->emplace_back();
    return ReadString(claims, "aud", &to->back());
  }
  if (!value->is_array()) return Unreadable();
  for (const json::value& item : value->get_array()) {
    if (!item.is_string()) return Unreadable();
    to->emplace_back(item.get_string().data(), item.get_string().size());
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const IdTokenClaims& claims, absl::Time now) {
  if (!claims.expires_at || now >= *claims.expires_at + kIdTokenSkew) {
    return Invalid("expiry", "has expired or has no expiry: check this machine's clock");
  }
  if (!claims.issued_at || *claims.issued_at > now + kIdTokenSkew) {
    return Invalid("issue_time",
                   "was issued in the future or at no time: check this machine's "
                   "clock");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<IdTokenClaims> DecodeIdToken(absl::string_view jwt) {
  if (jwt.size() > kMaxIdTokenBytes) return Unreadable();
  const std::vector<absl::string_view> parts = absl::StrSplit(jwt, '.');
  if (parts.size() != 3) return Unreadable();
  const absl::optional<std::string> header = Base64UrlDecode(parts[0]);
  const absl::optional<std::string> payload = Base64UrlDecode(parts[1]);
  if (!header || !payload || !Base64UrlDecode(parts[2])) return Unreadable();
  const absl::StatusOr<json::object> object = ParseJsonObject(*payload);
  if (!ParseJsonObject(*header).ok() || !object.ok()) return Unreadable();
  IdTokenClaims claims;
  TB_RETURN_IF_ERROR(ReadString(*object, "iss", &claims.issuer));
  TB_RETURN_IF_ERROR(ReadString(*object, "sub", &claims.subject));
  TB_RETURN_IF_ERROR(ReadString(*object, "azp", &claims.authorized_party));
  TB_RETURN_IF_ERROR(ReadString(*object, "nonce", &claims.nonce));
  TB_RETURN_IF_ERROR(ReadAudience(*object, &claims.audience));
  TB_RETURN_IF_ERROR(ReadTime(*object, "exp", &claims.expires_at));
  TB_RETURN_IF_ERROR(ReadTime(*object, "iat", &claims.issued_at));
  return claims;
}

absl::Status CheckIdToken(const IdTokenClaims& claims, const IdTokenExpectation& expected) {
  if (claims.issuer.empty() || (!expected.issuer.empty() && claims.issuer != expected.issuer)) {
    return Invalid("issuer", "comes from another issuer than the provider's");
  }
  if (claims.subject.empty() || claims.subject.size() > kMaxSubjectClaimBytes) {
    return Invalid("subject", "names no subject");
  }
  if (!absl::c_linear_search(claims.audience, expected.client_id)) {
    return Invalid("audience", "is meant for another client");
  }
  const bool several = claims.audience.size() > 1;
  if ((several || !claims.authorized_party.empty()) &&
      claims.authorized_party != expected.client_id) {
    return Invalid("authorized_party", "was issued to another client");
  }
  TB_RETURN_IF_ERROR(CheckTimes(claims, expected.now));
  if (!expected.nonce.empty() && !(Secret(claims.nonce) == expected.nonce)) {
    return Invalid("nonce", "belongs to another login: the code may have been injected");
  }
  return absl::OkStatus();
}

Identity CompareIdentity(const IdTokenClaims& claims, const Account& account,
                         absl::string_view client_id) {
  if (!absl::c_linear_search(claims.audience, client_id)) return Identity::kChanged;
  if (!account.known() || account.issuer.empty()) return Identity::kSame;
  return AccountOf(claims) == account ? Identity::kSame : Identity::kChanged;
}

Account AccountOf(const IdTokenClaims& claims) { return Account{claims.issuer, claims.subject}; }

}  // namespace tokenbroker
