// GrantAdminService over gRPC.
#pragma once

#include <tokenbroker/v1/grant_admin.grpc.pb.h>

#include "rpc/grant_admin_handler.h"
#include "rpc/grpc_call.h"

namespace tokenbroker {

// GrantAdminService with its messages as bytes (rpc/grpc_call.h says why).
using RawGrantAdminService = v1::GrantAdminService::WithRawCallbackMethod_GetGrant<
    v1::GrantAdminService::WithRawCallbackMethod_ListGrants<
        v1::GrantAdminService::WithRawCallbackMethod_RefreshGrant<
            v1::GrantAdminService::WithRawCallbackMethod_RevokeGrant<
                v1::GrantAdminService::WithRawCallbackMethod_RevokeGrants<
                    v1::GrantAdminService::WithRawCallbackMethod_DeleteGrant<
                        v1::GrantAdminService::WithRawCallbackMethod_ImportGrant<
                            v1::GrantAdminService::WithRawCallbackMethod_GetKeyUsage<
                                v1::GrantAdminService::Service>>>>>>>>;

// Called by gRPC's threads, which are never blocked here. Only adapts: see the handler.
class GrantAdminGrpc : public RawGrantAdminService {
 public:
  using Bytes = grpc::ByteBuffer;
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  // All must outlive the service and its calls.
  GrantAdminGrpc(GrantAdminHandler& handler, FrontDoor& door) : handler_(handler), door_(door) {}

  Reactor* GetGrant(Context* context, const Bytes* request, Bytes* response) override;
  Reactor* ListGrants(Context* context, const Bytes* request, Bytes* response) override;
  Reactor* RefreshGrant(Context* context, const Bytes* request, Bytes* response) override;
  Reactor* RevokeGrant(Context* context, const Bytes* request, Bytes* response) override;
  Reactor* RevokeGrants(Context* context, const Bytes* request, Bytes* response) override;
  Reactor* DeleteGrant(Context* context, const Bytes* request, Bytes* response) override;
  Reactor* ImportGrant(Context* context, const Bytes* request, Bytes* response) override;
  Reactor* GetKeyUsage(Context* context, const Bytes* request, Bytes* response) override;

 private:
  template <typename Request, typename Response>
  Reactor* Handle(Rpc rpc, Context* context,
                  HandlerMethod<GrantAdminHandler, Request, Response> method, const Bytes& request,
                  Bytes* response);

  GrantAdminHandler& handler_;
  FrontDoor& door_;
};

}  // namespace tokenbroker
