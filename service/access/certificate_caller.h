// Whom a client certificate stands for. Pure; any thread.
#pragma once

#include <absl/status/statusor.h>

#include "config/caller.h"
#include "crypto/certificate.h"

namespace tokenbroker {

// The SPIFFE ID that is its one URI name (X.509-SVID 2), else the first of its DNS names. That it
// is valid was seen to in the handshake. UNAUTHENTICATED CALLER_UNKNOWN when it is an authority's,
// has neither, has a SPIFFE ID beside another URI, or one that is not well-formed.
absl::StatusOr<Caller> CallerOf(const Certificate& certificate);

}  // namespace tokenbroker
