#include "client/library/rpc_status.h"

#include "client/library/error_details.h"

namespace tokenbroker::client {

absl::Status ToStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const absl::Status bare(static_cast<absl::StatusCode>(status.error_code()),
                          status.error_message());
  const BrokerError error = ParseErrorDetails(status.error_details());
  if (error.reason.empty() && !error.retry_delay) return bare;
  return WithBrokerError(bare, error);
}

}  // namespace tokenbroker::client
