// What a failed call says beside its code, as a client reads it off the wire.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <string>

namespace tokenbroker {

struct ErrorDetails {
  std::string reason;
  std::string domain;
  std::map<std::string, std::string> metadata;
  bool has_retry_info = false;
  // The trailer grpc-retry-pushback-ms; empty: none.
  std::string pushback;
};

ErrorDetails DetailsOf(const grpc::ClientContext& context, const grpc::Status& status);

}  // namespace tokenbroker
