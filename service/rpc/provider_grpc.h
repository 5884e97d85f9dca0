// ProviderService over gRPC.
#pragma once

#include <tokenbroker/v1/provider.grpc.pb.h>

#include "rpc/grpc_call.h"
#include "rpc/provider_handler.h"

namespace tokenbroker {

// ProviderService with its messages as bytes (rpc/grpc_call.h says why).
using RawProviderService = v1::ProviderService::WithRawCallbackMethod_ListProviders<
    v1::ProviderService::WithRawCallbackMethod_CheckProvider<v1::ProviderService::Service>>;

// Called by gRPC's threads, which are never blocked here. Only adapts: see the handler.
class ProviderGrpc : public RawProviderService {
 public:
  using Bytes = grpc::ByteBuffer;
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  // Both must outlive the service and its calls.
  ProviderGrpc(ProviderHandler& handler, FrontDoor& door) : handler_(handler), door_(door) {}

  Reactor* ListProviders(Context* context, const Bytes* request, Bytes* response) override {
    return HandleUnary(door_, Rpc::kListProviders, context, handler_,
                       &ProviderHandler::ListProviders, *request, response);
  }
  Reactor* CheckProvider(Context* context, const Bytes* request, Bytes* response) override {
    return HandleUnary(door_, Rpc::kCheckProvider, context, handler_,
                       &ProviderHandler::CheckProvider, *request, response);
  }

 private:
  ProviderHandler& handler_;
  FrontDoor& door_;
};

}  // namespace tokenbroker
