#include "access/token_review.h"

#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>
#include <vector>

#include "access/caller_refusals.h"
#include "crypto/base64url.h"
#include "oauth/json.h"

namespace tokenbroker {
namespace {

namespace json = boost::json;

const json::object* FindObject(const json::object& parent, absl::string_view key) {
  const json::value* value = Find(parent, key);
  return value == nullptr ? nullptr : value->if_object();
}

bool HasText(const json::object& parent, absl::string_view key, absl::string_view text) {
  const json::value* value = Find(parent, key);
  const json::array* all = value == nullptr ? nullptr : value->if_array();
  return all != nullptr && std::any_of(all->begin(), all->end(), [text](const json::value& one) {
           return one.is_string() &&
                  absl::string_view(one.get_string().data(), one.get_string().size()) == text;
         });
}

// "system:serviceaccount:NAMESPACE:NAME"
absl::StatusOr<Caller> CallerOfUsername(absl::string_view username) {
  if (!absl::ConsumePrefix(&username, "system:serviceaccount:")) {
    return CallerUnknown("the token is a user's, not a service account's");
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(username, ':');
  if (parts.size() != 2) return CallerCheckUnavailable();
  absl::StatusOr<Caller> caller = ServiceAccountCaller(parts[0], parts[1]);
  if (!caller.ok()) return CallerCheckUnavailable();
  return caller;
}

}  // namespace

Secret TokenReviewBody(const Secret& token, absl::string_view audience) {
  const json::string_view text(token.Expose().data(), token.Expose().size());
  const json::string_view wanted(audience.data(), audience.size());
  return Secret(json::serialize(
      json::object{{"apiVersion", "authentication.k8s.io/v1"},
                   {"kind", "TokenReview"},
                   {"spec", json::object{{"token", text}, {"audiences", json::array{wanted}}}}}));
}

absl::StatusOr<Caller> ParseTokenReview(const HttpResponse& response, absl::string_view audience) {
  if (response.status != 200 && response.status != 201) return CallerCheckUnavailable();
  const absl::StatusOr<json::object> review = ParseJsonObject(response.body);
  const json::object* status = review.ok() ? FindObject(*review, "status") : nullptr;
  if (status == nullptr) return CallerCheckUnavailable();
  const json::value* authenticated = Find(*status, "authenticated");
  const bool yes =
      authenticated != nullptr && authenticated->is_bool() && authenticated->get_bool();
  if (!yes) {
    return CallerUnknown(
        "the API server does not accept the service-account token: it has expired, was deleted, or "
        "was made for another audience");
  }
  // An authenticator that knows no audiences lists none: such a token could be for anybody.
  if (!HasText(*status, "audiences", audience)) {
    return CallerUnknown("the service-account token was made for another audience");
  }
  const json::object* user = FindObject(*status, "user");
  const absl::optional<absl::string_view> username =
      user == nullptr ? absl::nullopt : FindString(*user, "username");
  if (!username) return CallerCheckUnavailable();
  return CallerOfUsername(*username);
}

absl::optional<TokenClaims> ClaimsOf(absl::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) return absl::nullopt;
  const absl::optional<std::string> text = Base64UrlDecode(parts[1]);
  if (!text) return absl::nullopt;
  const absl::StatusOr<json::object> object = ParseJsonObject(*text);
  if (!object.ok()) return absl::nullopt;
  TokenClaims claims;
  const json::value* expiry = Find(*object, "exp");
  if (expiry != nullptr && expiry->is_int64()) {
    claims.expiry = absl::FromUnixSeconds(expiry->get_int64());
  }
  if (const auto audience = FindString(*object, "aud")) {
    claims.audiences.emplace_back(audience->data(), audience->size());
  }
  const json::value* audiences = Find(*object, "aud");
  const json::array* all = audiences == nullptr ? nullptr : audiences->if_array();
  if (all == nullptr) return claims;
  for (const json::value& one : *all) {
    if (one.is_string()) claims.audiences.emplace_back(one.get_string());
  }
  return claims;
}

}  // namespace tokenbroker
