// A grant: what a user consented to, as the broker knows it. A plain value; any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/secret.h"
#include "token/grant_key.h"

namespace tokenbroker {

// Who the grant belongs to at the provider, where the provider tells (OpenID Connect Core 5.7:
// issuer and subject together are unique and never reassigned).
struct Account {
  std::string issuer;
  std::string id;

  bool known() const { return !id.empty(); }
  friend bool operator==(const Account& a, const Account& b) {
    return a.issuer == b.issuer && a.id == b.id;
  }
  friend bool operator!=(const Account& a, const Account& b) { return !(a == b); }
};

// Stored states. FROZEN of the public API is computed when read and is never stored.
enum class GrantState : uint8_t {
  kActive,
  kReauthorizationRequired,
  kRevoked,
  kDeleted,  // A tombstone; every RPC reads it as not found.
};

// Why a grant is not active; the `cause` of REAUTHORIZATION_REQUIRED.
enum class StateReason : uint8_t {
  kNone,
  kRevoked,
  kRotationLost,
  kNoRefreshToken,
  kIdentityChanged,
  kClientChanged,
  kProviderSaysDead,
};
// "rotation_lost"; empty for kNone.
absl::string_view StateReasonName(StateReason reason);

// All times are of the store's clock.
struct Grant {
  GrantKey key;

  // The version: grows at every committed refresh, login, import, revoke and delete; not by one.
  int64_t generation = 0;
  // The generation of the last login.
  int64_t login_generation = 0;
  // The generation that brought the present refresh token: what a refresh calls its parent.
  int64_t refresh_token_generation = 0;

  Secret access_token;
  std::string token_type;
  // Empty when the provider gave none.
  Secret refresh_token;
  // The registration that it was given to; it can be refreshed by no other (RFC 6749 section 6).
  std::string client_id;
  Account account;
  // Allow-listed values of the provider's answer (Salesforce `instance_url`).
  std::map<std::string, std::string> attributes;
  std::vector<std::string> scopes;

  GrantState state = GrantState::kActive;
  StateReason state_reason = StateReason::kNone;

  // When the request that brought the access token was sent: its life counts from here.
  absl::Time issued_at;
  // When the access token dies; unset: no known expiry.
  absl::optional<absl::Time> expires_at;
  // When the next refresh is due; unset: never by itself.
  absl::optional<absl::Time> refresh_at;
  absl::Time authorized_at;
  absl::Time created_at;
  absl::Time last_used_at;
  absl::optional<absl::Time> last_refresh_at;
  // The provider's registered error code or the broker's word for the last failed refresh; empty
  // after a success.
  std::string last_error;
  // When the refresh token dies whatever we do, where the provider's limits are known.
  absl::optional<absl::Time> reauthorize_at;
  // The caller whose login made the grant.
  std::string owner;

  bool refreshable() const { return !refresh_token.empty(); }
  // The whole life of the present access token; InfiniteDuration without a known expiry.
  absl::Duration life() const {
    return expires_at ? *expires_at - issued_at : absl::InfiniteDuration();
  }
};

}  // namespace tokenbroker
