// What an authorization server publishes about itself: OpenID Connect Discovery 1.0 and RFC 8414.
// Pure functions; any thread. Nothing of the metadata is quoted in errors.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

namespace tokenbroker {

// What of it matters here; endpoints it does not name are empty.
struct ProviderMetadata {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string revocation_endpoint;
  std::string userinfo_endpoint;
  // authorization_response_iss_parameter_supported (RFC 9207 section 3).
  bool issuer_required = false;
};

// Where the metadata of `issuer` may lie, in the order to ask: with the well-known part appended
// (OpenID Connect Discovery 4.1), then inserted before the path (RFC 8414 3.1).
std::vector<std::string> MetadataUrls(absl::string_view issuer);

// INVALID_ARGUMENT when `body` is no metadata at all: another place may have it.
// FAILED_PRECONDITION when it is, and must not be believed: its issuer is not exactly `issuer`
// (RFC 8414 3.3), or an endpoint is not https (but http on loopback for an issuer that is so too).
absl::StatusOr<ProviderMetadata> ParseMetadata(absl::string_view body, absl::string_view issuer);

}  // namespace tokenbroker
