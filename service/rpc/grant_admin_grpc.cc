#include "rpc/grant_admin_grpc.h"

namespace tokenbroker {

using Bytes = grpc::ByteBuffer;
using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

template <typename Request, typename Response>
Reactor* GrantAdminGrpc::Handle(Context* context,
                                HandlerMethod<GrantAdminHandler, Request, Response> method,
                                const Bytes& request, Bytes* response) {
  return HandleUnary(context, callers_, clock_, handler_, method, request, response);
}

Reactor* GrantAdminGrpc::GetGrant(Context* context, const Bytes* request, Bytes* response) {
  return Handle(context, &GrantAdminHandler::GetGrant, *request, response);
}

Reactor* GrantAdminGrpc::ListGrants(Context* context, const Bytes* request, Bytes* response) {
  return Handle(context, &GrantAdminHandler::ListGrants, *request, response);
}

Reactor* GrantAdminGrpc::RefreshGrant(Context* context, const Bytes* request, Bytes* response) {
  return Handle(context, &GrantAdminHandler::RefreshGrant, *request, response);
}

Reactor* GrantAdminGrpc::RevokeGrant(Context* context, const Bytes* request, Bytes* response) {
  return Handle(context, &GrantAdminHandler::RevokeGrant, *request, response);
}

Reactor* GrantAdminGrpc::RevokeGrants(Context* context, const Bytes* request, Bytes* response) {
  return Handle(context, &GrantAdminHandler::RevokeGrants, *request, response);
}

Reactor* GrantAdminGrpc::DeleteGrant(Context* context, const Bytes* request, Bytes* response) {
  return Handle(context, &GrantAdminHandler::DeleteGrant, *request, response);
}

Reactor* GrantAdminGrpc::ImportGrant(Context* context, const Bytes* request, Bytes* response) {
  return Handle(context, &GrantAdminHandler::ImportGrant, *request, response);
}

Reactor* GrantAdminGrpc::GetKeyUsage(Context* context, const Bytes* request, Bytes* response) {
  return Handle(context, &GrantAdminHandler::GetKeyUsage, *request, response);
}

}  // namespace tokenbroker
