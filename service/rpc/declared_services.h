// The services that are declared and not offered yet. They are registered all the same, so that a
// caller is told so in a sentence and reflection shows them.
#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>
#include <vector>

namespace tokenbroker {

// ProviderService, OperationsService.
std::vector<std::unique_ptr<grpc::Service>> MakeDeclaredServices();

}  // namespace tokenbroker
