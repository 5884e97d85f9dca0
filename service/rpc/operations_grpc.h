// OperationsService over gRPC.
#pragma once

#include <tokenbroker/v1/operations.grpc.pb.h>

#include "rpc/grpc_call.h"
#include "rpc/operations_handler.h"

namespace tokenbroker {

// OperationsService with its messages as bytes (rpc/grpc_call.h says why).
using RawOperationsService = v1::OperationsService::WithRawCallbackMethod_GetStatus<
    v1::OperationsService::WithRawCallbackMethod_SetLogLevel<v1::OperationsService::Service>>;

// Called by gRPC's threads, which are never blocked here. Only adapts: see the handler.
class OperationsGrpc : public RawOperationsService {
 public:
  using Bytes = grpc::ByteBuffer;
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  // Both must outlive the service and its calls.
  OperationsGrpc(OperationsHandler& handler, FrontDoor& door) : handler_(handler), door_(door) {}

  Reactor* GetStatus(Context* context, const Bytes* request, Bytes* response) override {
    return HandleUnary(door_, Rpc::kGetStatus, context, handler_, &OperationsHandler::GetStatus,
                       *request, response);
  }
  Reactor* SetLogLevel(Context* context, const Bytes* request, Bytes* response) override {
    return HandleUnary(door_, Rpc::kSetLogLevel, context, handler_, &OperationsHandler::SetLogLevel,
                       *request, response);
  }

 private:
  OperationsHandler& handler_;
  FrontDoor& door_;
};

}  // namespace tokenbroker
