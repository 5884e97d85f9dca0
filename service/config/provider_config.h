// What the configuration says about one provider, validated and with its secrets loaded. Immutable
// once published; any thread.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <map>
#include <string>
#include <vector>

#include "base/secret.h"
#include "crypto/json_web_signature.h"

namespace tokenbroker {

// RFC 6749 2.3.1, RFC 7523; never detected by trial.
enum class ClientAuthentication { kBasic, kPost, kNone, kPrivateKeyJwt };

// Whether the provider replaces refresh tokens when they are used (RFC 9700 2.2.2), and whether the
// old one works a while longer.
enum class Rotation { kNone, kGrace, kSingleUse };

enum class Pkce { kS256, kDisabled };

// Which `token_type` of an answer is taken: Bearer in any case; anything; Bearer or absent.
enum class TokenTypeRule { kBearer, kAny, kOptional };

// What stands between scopes in a login URI; where it is a comma, answers may have either.
enum class ScopeSeparator { kSpace, kComma };

// A client secret (of a private_key_jwt client: its private key in PEM), and a short, irreversible
// name for it in logs and in freezes.
struct ClientSecret {
  Secret secret;
  std::string fingerprint;

  friend bool operator==(const ClientSecret&, const ClientSecret&) = default;
};

struct RefreshConfig {
  absl::optional<absl::Duration> margin;
  Rotation rotation = Rotation::kSingleUse;
  // For Rotation::kGrace: how long a replaced refresh token still works.
  absl::Duration rotation_grace = absl::ZeroDuration();
  // The refresh token dies this long after the authorization, refreshed or not.
  absl::optional<absl::Duration> refresh_token_lifetime;
  // The refresh token dies when it is not used for this long.
  absl::optional<absl::Duration> idle_lifetime;
  // A grant that nobody used for this long is refreshed on demand only (or to keep it alive).
  absl::Duration active_window = absl::Hours(24);

  friend bool operator==(const RefreshConfig&, const RefreshConfig&) = default;
};

struct ProviderConfig {
  std::string name;
  std::string client_id;
  // Newest first; empty for ClientAuthentication::kNone. Several are accepted during a rotation.
  std::vector<ClientSecret> client_secrets;
  // The files that they are in.
  std::vector<std::string> secret_files;
  ClientAuthentication client_authentication = ClientAuthentication::kBasic;
  // Of kPrivateKeyJwt, whose one client secret is the private key. The id may be empty.
  JwsAlgorithm signing_algorithm = JwsAlgorithm::kRs256;
  std::string key_id;

  // Either `issuer` (RFC 8414 or OpenID discovery) or both endpoints; explicit endpoints win.
  std::string issuer;
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string revocation_endpoint;

  // Empty: nobody can log in, and grants come by import only.
  std::vector<std::string> redirect_uris;
  std::vector<std::string> scopes;
  ScopeSeparator scope_separator = ScopeSeparator::kSpace;
  std::map<std::string, std::string> authorization_params;
  std::vector<std::string> allowed_authorization_params;
  Pkce pkce = Pkce::kS256;
  TokenTypeRule token_type = TokenTypeRule::kBearer;
  // An RFC 6901 pointer to the object of an answer that holds the token. Empty: the answer itself.
  std::string token_pointer;
  // Of an answer without expires_in; unset: no known expiry.
  absl::optional<absl::Duration> default_token_lifetime;

  // Where the account is known from when there is no ID token: an endpoint that answers JSON, and
  // an RFC 6901 pointer to the id in it. Empty: not asked.
  std::string userinfo_endpoint;
  std::string account_id_pointer = "/id";
  // Names of the answer's (or callback's) values that are kept as attributes of the grant.
  std::vector<std::string> attributes;

  absl::Duration request_timeout = absl::Seconds(10);
  absl::Duration connect_timeout = absl::Seconds(3);
  std::string ca_file;
  // It may be at any address (AddressKind), not only where providers are.
  bool allow_link_local = false;
  // Refresh requests at once; and per second, 0 for no limit.
  int max_in_flight = 64;
  double requests_per_second = 0;
  RefreshConfig refresh;

  friend bool operator==(const ProviderConfig&, const ProviderConfig&) = default;
};

}  // namespace tokenbroker
