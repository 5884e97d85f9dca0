// Whether a caller may make a call. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include "access/known_caller.h"

namespace tokenbroker {

// What the policy permits the caller for this grant; CALLER_NOT_ALLOWED, or FIELD_INVALID for what
// is no grant's key at all. An empty `tenant`: the
// request names none; the permission names the one that is meant.
absl::StatusOr<Permission> Authorize(const KnownCaller& caller, Rpc rpc, absl::string_view tenant,
                                     absl::string_view provider, absl::string_view subject);

// Where the call is about no grant, or which ones is not known yet: whether any rule has the RPC.
absl::Status AuthorizeCall(const KnownCaller& caller, Rpc rpc);

// Whether the permission extends to a grant of that owner. Somebody else's grant is to be answered
// as one that does not exist.
bool Covers(const Permission& permission, const KnownCaller& caller, absl::string_view owner);

}  // namespace tokenbroker
