#include "rpc/declared_services.h"

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
  services.push_back(std::make_unique<Provider>());
  services.push_back(std::make_unique<Operations>());
  return services;
}

}  // namespace tokenbroker
