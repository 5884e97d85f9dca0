// What a gRPC call shows of who makes it.
#pragma once

#include <grpcpp/server_context.h>

#include "access/callers.h"
#include "base/clock.h"

namespace tokenbroker {

// Callers::Identify, with the client certificate of the call's connection and its `authorization`
// metadata. Any thread; the call must live until `done` is called.
void IdentifyPeer(Callers& callers, grpc::CallbackServerContext& call, SteadyTime deadline,
                  Callers::Identified done);

// The same, for later.
KeptCredentials CredentialsOf(grpc::CallbackServerContext& call);

}  // namespace tokenbroker
