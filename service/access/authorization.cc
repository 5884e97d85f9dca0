#include "access/authorization.h"

#include "base/status_macros.h"
#include "token/grant_key.h"
#include "token/refusal.h"

namespace tokenbroker {

absl::StatusOr<Permission> Authorize(const KnownCaller& caller, Rpc rpc, absl::string_view tenant,
                                     absl::string_view provider, absl::string_view subject) {
  absl::optional<Permission> permission = caller.rights->Find(rpc, tenant, provider, subject);
  if (permission) return *permission;
  // What no rule covers because it is nothing at all is the caller's mistake.
  const GrantKeyView key = {tenant.empty() ? kDefaultTenant : tenant, provider, subject};
  TB_RETURN_IF_ERROR(Validate(key));
  return CallerNotAllowed();
}

absl::Status AuthorizeCall(const KnownCaller& caller, Rpc rpc) {
  return caller.rights->MayCall(rpc) ? absl::OkStatus() : CallerNotAllowed();
}

bool Covers(const Permission& permission, const KnownCaller& caller, absl::string_view owner) {
  return permission.owner == Owner::kAny || owner == caller.caller.name;
}

}  // namespace tokenbroker
