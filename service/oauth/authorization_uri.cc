#include "oauth/authorization_uri.h"

#include <absl/algorithm/container.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "base/status_macros.h"
#include "config/oauth_rules.h"
#include "oauth/percent_encoding.h"
#include "oauth/pkce.h"
#include "oauth/scope.h"
#include "token/grant_key.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr size_t kMaxParamBytes = 2048;
constexpr size_t kMaxParams = 32;

using Params = std::map<std::string, std::string>;

absl::Status Misconfigured(const ProviderConfig& config, absl::string_view message) {
  Refusal refusal;
  refusal.reason = Reason::kProviderMisconfigured;
  refusal.message = absl::StrCat("provider ", config.name, ": ", message);
  refusal.provider = config.name;
  return ToStatus(refusal);
}

// The names in the endpoint's own query, none of which may be ours.
absl::StatusOr<Params> OwnQuery(const ResolvedProvider& provider) {
  const absl::string_view endpoint = provider.authorization_endpoint;
  const size_t question = endpoint.find('?');
  if (question == absl::string_view::npos) return Params();
  absl::StatusOr<FormFields> fields = ParseForm(endpoint.substr(question + 1));
  if (!fields.ok()) {
    return Misconfigured(*provider.config,
                         "the query of its authorization endpoint cannot be read");
  }
  for (const auto& [name, value] : *fields) {
    if (IsReservedAuthorizationParam(name)) {
      return Misconfigured(*provider.config,
                           "its authorization endpoint's query sets a parameter of the broker's");
    }
  }
  return Params(fields->begin(), fields->end());
}

absl::Status CheckCallersParam(const ProviderConfig& config, const Params& own,
                               const std::string& name, const std::string& value) {
  const bool plain_name = name.size() <= 64 && IsScope(name);
  const std::string field =
      plain_name ? absl::StrCat("authorization_params.", name) : "authorization_params";
  if (IsReservedAuthorizationParam(name)) return FieldInvalid(field, "is set by the broker alone");
  if (!absl::c_linear_search(config.allowed_authorization_params, name)) {
    return FieldInvalid(
        field, absl::StrCat("is not in allowed_authorization_params of provider ", config.name));
  }
  if (own.contains(name)) {
    return FieldInvalid(field, "is part of the provider's authorization endpoint already");
  }
  if (value.size() > kMaxParamBytes || !IsPrintableUtf8(value)) {
    return FieldInvalid(field, absl::StrCat("must be at most ", kMaxParamBytes,
                                            " bytes of UTF-8 without control characters"));
  }
  return absl::OkStatus();
}

// The configured parameters with the caller's laid over them.
absl::StatusOr<Params> ExtraParams(const AuthorizationRequest& request) {
  const ProviderConfig& config = *request.provider->config;
  TB_ASSIGN_OR_RETURN(const Params own, OwnQuery(*request.provider));
  for (const auto& [name, value] : config.authorization_params) {
    if (IsReservedAuthorizationParam(name) || own.contains(name)) {
      return Misconfigured(config,
                           "its authorization_params hold a parameter of the broker's or "
                           "of the authorization endpoint's");
    }
  }
  if (request.params.size() > kMaxParams) {
    return FieldInvalid("authorization_params", absl::StrCat("holds more than ", kMaxParams));
  }
  Params extra = config.authorization_params;
  for (const auto& [name, value] : request.params) {
    TB_RETURN_IF_ERROR(CheckCallersParam(config, own, name, value));
    extra[name] = value;
  }
  return extra;
}

// Adds parameters to a URI that may have a query already.
class QueryWriter {
 public:
  explicit QueryWriter(std::string uri) : uri_(std::move(uri)) {
    if (!absl::StrContains(uri_, '?')) {
      separator_ = "?";
    } else if (absl::EndsWith(uri_, "?") || absl::EndsWith(uri_, "&")) {
      separator_ = "";
    }
  }
  void Add(absl::string_view name, absl::string_view value) {
    absl::StrAppend(&uri_, separator_);
    separator_ = "&";
    AppendPercentEncoded(name, SpaceAs::kPercent20, &uri_);
    uri_.push_back('=');
    AppendPercentEncoded(value, SpaceAs::kPercent20, &uri_);
  }
  std::string Take() { return std::move(uri_); }

 private:
  std::string uri_;
  absl::string_view separator_ = "&";
};

}  // namespace

absl::StatusOr<std::string> BuildAuthorizationUri(const AuthorizationRequest& request) {
  const ScopeSeparator separator = request.provider->config->scope_separator;
  TB_RETURN_IF_ERROR(ValidateScopes(request.scopes, separator));
  TB_ASSIGN_OR_RETURN(const Params extra, ExtraParams(request));
  QueryWriter query(request.provider->authorization_endpoint);
  query.Add("response_type", "code");
  query.Add("client_id", request.provider->config->client_id);
  query.Add("redirect_uri", request.redirect_uri);
  if (!request.scopes.empty()) query.Add("scope", JoinScopes(request.scopes, separator));
  query.Add("state", request.state);
  if (!request.code_verifier.empty()) {
    query.Add("code_challenge", CodeChallengeS256(request.code_verifier));
    query.Add("code_challenge_method", "S256");
  }
  if (!request.nonce.empty()) query.Add("nonce", request.nonce.Expose());
  for (const auto& [name, value] : extra) query.Add(name, value);
  return query.Take();
}

}  // namespace tokenbroker
