#include "tests/integration/error_details.h"

#include "tokenbroker/rpc/v1/status.pb.h"

namespace tokenbroker {

ErrorDetails DetailsOf(const grpc::ClientContext& context, const grpc::Status& status) {
  ErrorDetails details;
  rpc::v1::Status parsed;
  if (status.ok() || !parsed.ParseFromString(status.error_details())) return details;
  for (const google::protobuf::Any& any : parsed.details()) {
    rpc::v1::ErrorInfo info;
    if (any.type_url() == "type.googleapis.com/google.rpc.ErrorInfo" &&
        info.ParseFromString(any.value())) {
      details.reason = info.reason();
      details.domain = info.domain();
      details.metadata.insert(info.metadata().begin(), info.metadata().end());
    }
    if (any.type_url() == "type.googleapis.com/google.rpc.RetryInfo") {
      details.has_retry_info = true;
    }
  }
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto pushback = trailers.find("grpc-retry-pushback-ms");
  if (pushback != trailers.end()) {
    details.pushback = std::string(pushback->second.data(), pushback->second.size());
  }
  return details;
}

}  // namespace tokenbroker
