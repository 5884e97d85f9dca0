// Asks a server about itself, as grpcurl does.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

namespace tokenbroker {

// The names of all services that the server lists.
std::vector<std::string> ReflectServices(const std::shared_ptr<grpc::Channel>& channel);
// The methods of `service` in the description that the server gives; empty when it has none.
std::vector<std::string> ReflectMethods(const std::shared_ptr<grpc::Channel>& channel,
                                        const std::string& service);

}  // namespace tokenbroker
