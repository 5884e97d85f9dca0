// What became of a login as a message of tokenbroker.store.v1, and back. Pure functions; any
// thread.
#pragma once

#include <absl/status/status.h>
#include <tokenbroker/store/v1/record.pb.h>

#include "store/login_store.h"

namespace tokenbroker {

void Put(const LoginOutcome& outcome, store::v1::SealedOutcome* out);
// UNIMPLEMENTED when a newer version wrote a kind or a reason that this one does not know.
absl::Status Take(const store::v1::SealedOutcome& message, LoginOutcome* outcome);

}  // namespace tokenbroker
