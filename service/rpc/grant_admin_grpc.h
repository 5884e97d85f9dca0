// GrantAdminService over gRPC.
#pragma once

#include <tokenbroker/v1/grant_admin.grpc.pb.h>

#include "rpc/caller_identity.h"
#include "rpc/grant_admin_handler.h"

namespace tokenbroker {

// Called by gRPC's threads, which are never blocked here. Only adapts: see the handler.
class GrantAdminGrpc : public v1::GrantAdminService::CallbackService {
 public:
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  // All must outlive the service and its calls.
  GrantAdminGrpc(GrantAdminHandler& handler, CallerIdentity& identity, const Clock& clock)
      : handler_(handler), identity_(identity), clock_(clock) {}

  Reactor* GetGrant(Context* context, const v1::GetGrantRequest* request,
                    v1::GetGrantResponse* response) override;
  Reactor* ListGrants(Context* context, const v1::ListGrantsRequest* request,
                      v1::ListGrantsResponse* response) override;
  Reactor* RefreshGrant(Context* context, const v1::RefreshGrantRequest* request,
                        v1::RefreshGrantResponse* response) override;
  Reactor* RevokeGrant(Context* context, const v1::RevokeGrantRequest* request,
                       v1::RevokeGrantResponse* response) override;
  Reactor* RevokeGrants(Context* context, const v1::RevokeGrantsRequest* request,
                        v1::RevokeGrantsResponse* response) override;
  Reactor* DeleteGrant(Context* context, const v1::DeleteGrantRequest* request,
                       v1::DeleteGrantResponse* response) override;
  Reactor* ImportGrant(Context* context, const v1::ImportGrantRequest* request,
                       v1::ImportGrantResponse* response) override;
  Reactor* GetKeyUsage(Context* context, const v1::GetKeyUsageRequest* request,
                       v1::GetKeyUsageResponse* response) override;

 private:
  GrantAdminHandler& handler_;
  CallerIdentity& identity_;
  const Clock& clock_;
};

}  // namespace tokenbroker
