#include "token/grant.h"

namespace tokenbroker {

absl::string_view StateReasonName(StateReason reason) {
  switch (reason) {
    case StateReason::kNone:
      return "";
    case StateReason::kRevoked:
      return "revoked";
    case StateReason::kRotationLost:
      return "rotation_lost";
    case StateReason::kNoRefreshToken:
      return "no_refresh_token";
    case StateReason::kIdentityChanged:
      return "identity_changed";
    case StateReason::kClientChanged:
      return "client_changed";
    case StateReason::kProviderSaysDead:
      return "provider_says_dead";
  }
  return "";
}

}  // namespace tokenbroker
