#include "rpc/grant_admin_grpc.h"

namespace tokenbroker {

using Bytes = grpc::ByteBuffer;
using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

template <typename Request, typename Response>
Reactor* GrantAdminGrpc::Handle(Rpc rpc, Context* context,
                                HandlerMethod<GrantAdminHandler, Request, Response> method,
                                const Bytes& request, Bytes* response) {
  return HandleUnary(door_, rpc, context, handler_, method, request, response);
}

Reactor* GrantAdminGrpc::GetGrant(Context* context, const Bytes* request, Bytes* response) {
  return Handle(Rpc::kGetGrant, context, &GrantAdminHandler::GetGrant, *request, response);
}

Reactor* GrantAdminGrpc::ListGrants(Context* context, const Bytes* request, Bytes* response) {
  return Handle(Rpc::kListGrants, context, &GrantAdminHandler::ListGrants, *request, response);
}

Reactor* GrantAdminGrpc::RefreshGrant(Context* context, const Bytes* request, Bytes* response) {
  return Handle(Rpc::kRefreshGrant, context, &GrantAdminHandler::RefreshGrant, *request, response);
}

Reactor* GrantAdminGrpc::RevokeGrant(Context* context, const Bytes* request, Bytes* response) {
  return Handle(Rpc::kRevokeGrant, context, &GrantAdminHandler::RevokeGrant, *request, response);
}

Reactor* GrantAdminGrpc::RevokeGrants(Context* context, const Bytes* request, Bytes* response) {
  return Handle(Rpc::kRevokeGrants, context, &GrantAdminHandler::RevokeGrants, *request, response);
}

Reactor* GrantAdminGrpc::DeleteGrant(Context* context, const Bytes* request, Bytes* response) {
  return Handle(Rpc::kDeleteGrant, context, &GrantAdminHandler::DeleteGrant, *request, response);
}

Reactor* GrantAdminGrpc::ImportGrant(Context* context, const Bytes* request, Bytes* response) {
  return Handle(Rpc::kImportGrant, context, &GrantAdminHandler::ImportGrant, *request, response);
}

Reactor* GrantAdminGrpc::GetKeyUsage(Context* context, const Bytes* request, Bytes* response) {
  return Handle(Rpc::kGetKeyUsage, context, &GrantAdminHandler::GetKeyUsage, *request, response);
}

}  // namespace tokenbroker
