// ProviderService's handler: no transport in it.
#pragma once

#include <tokenbroker/v1/provider.pb.h>

#include "broker/provider_service.h"
#include "io/loop.h"
#include "rpc/call.h"

namespace tokenbroker {

// Any thread; the use case runs on the loop. At the call's deadline the caller gets
// DEADLINE_EXCEEDED, and a check goes on without it. Errors: those of the use case,
// CALLER_NOT_ALLOWED and FIELD_INVALID.
class ProviderHandler {
 public:
  // Both must outlive the handler and its calls.
  ProviderHandler(ProviderService& providers, Loop& loop) : providers_(providers), loop_(loop) {}

  void ListProviders(const CallInfo& call, const v1::ListProvidersRequest& request,
                     v1::ListProvidersResponse* response, CallDone done);
  void CheckProvider(const CallInfo& call, const v1::CheckProviderRequest& request,
                     v1::CheckProviderResponse* response, CallDone done);

 private:
  ProviderService& providers_;
  Loop& loop_;
};

}  // namespace tokenbroker
