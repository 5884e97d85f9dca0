#include "oauth/discovery.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include "base/status_macros.h"
#include "config/network_rules.h"
#include "oauth/json.h"

namespace tokenbroker {
namespace {

absl::Status ReadEndpoint(const boost::json::object& metadata, absl::string_view name,
                          absl::string_view issuer, std::string* to) {
  const boost::json::value* value = Find(metadata, name);
  if (value == nullptr || value->is_null()) return absl::OkStatus();
  const absl::string_view url = FindString(metadata, name).value_or("");
  const bool downgrade =
      absl::StartsWith(issuer, "https://") && !absl::StartsWithIgnoreCase(url, "https://");
  if (downgrade || !CheckEndpointUrl(url).ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the ", name, " in its metadata is not an https URL"));
  }
  *to = std::string(url);
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> MetadataUrls(absl::string_view issuer) {
  issuer = absl::StripSuffix(issuer, "/");
  const size_t host = issuer.find("://") + 3;
  const size_t path = std::min(issuer.find('/', host), issuer.size());
  return {absl::StrCat(issuer, "/.well-known/openid-configuration"),
          absl::StrCat(issuer.substr(0, path), "/.well-known/oauth-authorization-server",
                       issuer.substr(path))};
}

absl::StatusOr<ProviderMetadata> ParseMetadata(absl::string_view body, absl::string_view issuer) {
  TB_ASSIGN_OR_RETURN(const boost::json::object object, ParseJsonObject(body));
  const absl::optional<absl::string_view> named = FindString(object, "issuer");
  if (!named) return absl::InvalidArgumentError("names no issuer");
  if (*named != issuer) {
    return absl::FailedPreconditionError(
        "its metadata names another issuer than the configuration (they must be equal, character "
        "by character)");
  }
  ProviderMetadata metadata;
  TB_RETURN_IF_ERROR(
      ReadEndpoint(object, "authorization_endpoint", issuer, &metadata.authorization_endpoint));
  TB_RETURN_IF_ERROR(ReadEndpoint(object, "token_endpoint", issuer, &metadata.token_endpoint));
  TB_RETURN_IF_ERROR(
      ReadEndpoint(object, "revocation_endpoint", issuer, &metadata.revocation_endpoint));
  TB_RETURN_IF_ERROR(
      ReadEndpoint(object, "userinfo_endpoint", issuer, &metadata.userinfo_endpoint));
  const boost::json::value* iss = Find(object, "authorization_response_iss_parameter_supported");
  metadata.issuer_required = iss != nullptr && iss->is_bool() && iss->get_bool();
  return metadata;
}

}  // namespace tokenbroker
