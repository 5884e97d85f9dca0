#include "rpc/grant_admin_grpc.h"

#include "rpc/grpc_call.h"

namespace tokenbroker {

grpc::ServerUnaryReactor* GrantAdminGrpc::GetGrant(Context* context,
                                                   const v1::GetGrantRequest* request,
                                                   v1::GetGrantResponse* response) {
  return HandleUnary(context, identity_, clock_, handler_, &GrantAdminHandler::GetGrant, request,
                     response);
}

grpc::ServerUnaryReactor* GrantAdminGrpc::ListGrants(Context* context,
                                                     const v1::ListGrantsRequest* request,
                                                     v1::ListGrantsResponse* response) {
  return HandleUnary(context, identity_, clock_, handler_, &GrantAdminHandler::ListGrants, request,
                     response);
}

grpc::ServerUnaryReactor* GrantAdminGrpc::RefreshGrant(Context* context,
                                                       const v1::RefreshGrantRequest* request,
                                                       v1::RefreshGrantResponse* response) {
  return HandleUnary(context, identity_, clock_, handler_, &GrantAdminHandler::RefreshGrant,
                     request, response);
}

grpc::ServerUnaryReactor* GrantAdminGrpc::RevokeGrant(Context* context,
                                                      const v1::RevokeGrantRequest* request,
                                                      v1::RevokeGrantResponse* response) {
  return HandleUnary(context, identity_, clock_, handler_, &GrantAdminHandler::RevokeGrant, request,
                     response);
}

grpc::ServerUnaryReactor* GrantAdminGrpc::RevokeGrants(Context* context,
                                                       const v1::RevokeGrantsRequest* request,
                                                       v1::RevokeGrantsResponse* response) {
  return HandleUnary(context, identity_, clock_, handler_, &GrantAdminHandler::RevokeGrants,
                     request, response);
}

grpc::ServerUnaryReactor* GrantAdminGrpc::DeleteGrant(Context* context,
                                                      const v1::DeleteGrantRequest* request,
                                                      v1::DeleteGrantResponse* response) {
  return HandleUnary(context, identity_, clock_, handler_, &GrantAdminHandler::DeleteGrant, request,
                     response);
}

grpc::ServerUnaryReactor* GrantAdminGrpc::ImportGrant(Context* context,
                                                      const v1::ImportGrantRequest* request,
                                                      v1::ImportGrantResponse* response) {
  return HandleUnary(context, identity_, clock_, handler_, &GrantAdminHandler::ImportGrant, request,
                     response);
}

grpc::ServerUnaryReactor* GrantAdminGrpc::GetKeyUsage(Context* context,
                                                      const v1::GetKeyUsageRequest* request,
                                                      v1::GetKeyUsageResponse* response) {
  return HandleUnary(context, identity_, clock_, handler_, &GrantAdminHandler::GetKeyUsage, request,
                     response);
}

}  // namespace tokenbroker
