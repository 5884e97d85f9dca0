#include "rpc/declared_services.h"

#include <tokenbroker/v1/grant_admin.grpc.pb.h>
#include <tokenbroker/v1/operations.grpc.pb.h>
#include <tokenbroker/v1/provider.grpc.pb.h>

#include "rpc/grpc_call.h"

namespace tokenbroker {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

Reactor* Refuse(Context* context, const char* method) {
  Reactor* const reactor = context->DefaultReactor();
  reactor->Finish(NotImplemented(method));
  return reactor;
}

class GrantAdmin : public v1::GrantAdminService::CallbackService {
 public:
  Reactor* GetGrant(Context* context, const v1::GetGrantRequest*, v1::GetGrantResponse*) override {
    return Refuse(context, "GetGrant");
  }
  Reactor* ListGrants(Context* context, const v1::ListGrantsRequest*,
                      v1::ListGrantsResponse*) override {
    return Refuse(context, "ListGrants");
  }
  Reactor* RefreshGrant(Context* context, const v1::RefreshGrantRequest*,
                        v1::RefreshGrantResponse*) override {
    return Refuse(context, "RefreshGrant");
  }
  Reactor* RevokeGrant(Context* context, const v1::RevokeGrantRequest*,
                       v1::RevokeGrantResponse*) override {
    return Refuse(context, "RevokeGrant");
  }
  Reactor* RevokeGrants(Context* context, const v1::RevokeGrantsRequest*,
                        v1::RevokeGrantsResponse*) override {
    return Refuse(context, "RevokeGrants");
  }
  Reactor* DeleteGrant(Context* context, const v1::DeleteGrantRequest*,
                       v1::DeleteGrantResponse*) override {
    return Refuse(context, "DeleteGrant");
  }
  Reactor* ImportGrant(Context* context, const v1::ImportGrantRequest*,
                       v1::ImportGrantResponse*) override {
    return Refuse(context, "ImportGrant");
  }
  Reactor* GetKeyUsage(Context* context, const v1::GetKeyUsageRequest*,
                       v1::GetKeyUsageResponse*) override {
    return Refuse(context, "GetKeyUsage");
  }
};

class Provider : public v1::ProviderService::CallbackService {
 public:
  Reactor* ListProviders(Context* context, const v1::ListProvidersRequest*,
                         v1::ListProvidersResponse*) override {
    return Refuse(context, "ListProviders");
  }
  Reactor* CheckProvider(Context* context, const v1::CheckProviderRequest*,
                         v1::CheckProviderResponse*) override {
    return Refuse(context, "CheckProvider");
  }
};

class Operations : public v1::OperationsService::CallbackService {
 public:
  Reactor* GetStatus(Context* context, const v1::GetStatusRequest*,
                     v1::GetStatusResponse*) override {
    return Refuse(context, "GetStatus");
  }
  Reactor* SetLogLevel(Context* context, const v1::SetLogLevelRequest*,
                       v1::SetLogLevelResponse*) override {
    return Refuse(context, "SetLogLevel");
  }
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MakeDeclaredServices() {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<GrantAdmin>());
  services.push_back(std::make_unique<Provider>());
  services.push_back(std::make_unique<Operations>());
  return services;
}

}  // namespace tokenbroker
