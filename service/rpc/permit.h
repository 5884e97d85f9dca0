// Authorization of a call at its handler, noted for the call's audit line.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "access/authorization.h"
#include "rpc/call.h"

namespace tokenbroker {

// Authorize, for a request that names a grant. Any thread.
template <typename Request>
absl::StatusOr<Permission> Permit(const CallInfo& call, Rpc rpc, const Request& request) {
  absl::StatusOr<Permission> permission =
      Authorize(*call.caller, rpc, request.tenant(), request.provider(), request.subject());
  call.notes->key.provider = std::string(request.provider());
  call.notes->key.subject = std::string(request.subject());
  if (permission.ok()) {
    call.notes->rule = std::string(permission->rule);
    call.notes->key.tenant = std::string(permission->tenant);
  } else {
    call.notes->key.tenant = std::string(request.tenant());
  }
  return permission;
}

// For a request that names a provider and no grant: CALLER_NOT_ALLOWED; FIELD_INVALID when it names
// none. Any thread.
absl::Status PermitForProvider(const CallInfo& call, Rpc rpc, const std::string& provider);

// For a request that is about the broker itself: CALLER_NOT_ALLOWED. Any thread.
absl::Status PermitForBroker(const CallInfo& call, Rpc rpc);

}  // namespace tokenbroker
