#include "client/library/grant_refusal.h"

#include "client/library/error_details.h"

namespace tokenbroker::client {
namespace {

constexpr char kReauthorizationRequired[] = "REAUTHORIZATION_REQUIRED";

absl::Status Refusal(absl::Status status, const char* reason, const std::string& cause) {
  BrokerError error;
  error.reason = reason;
  if (!cause.empty()) error.metadata["cause"] = cause;
  return WithBrokerError(std::move(status), error);
}

absl::Status NeedsLogin(const std::string& cause) {
  return Refusal(absl::FailedPreconditionError("the grant is dead; the user must log in again"),
                 kReauthorizationRequired, cause);
}

}  // namespace

absl::Status RefusalOf(const GrantStatus& grant) {
  switch (grant.state) {
    case v1::GRANT_STATE_REAUTHORIZATION_REQUIRED:
      return NeedsLogin(grant.reason);
    case v1::GRANT_STATE_REVOKED:
      return NeedsLogin(grant.reason.empty() ? "revoked" : grant.reason);
    case v1::GRANT_STATE_FROZEN:
      if (grant.reason == "client_changed") return NeedsLogin(grant.reason);
      return Refusal(
          absl::FailedPreconditionError("the provider refuses the broker; its operator must act"),
          "PROVIDER_MISCONFIGURED", grant.reason);
    case v1::GRANT_STATE_ABSENT:
      return Refusal(absl::NotFoundError("there is no such grant; the user must log in"),
                     "GRANT_NOT_FOUND", "");
    default:
      return absl::OkStatus();
  }
}

absl::Status WithNames(const absl::Status& status, const TokenSourceOptions& grant) {
  BrokerError error = BrokerErrorIn(status);
  if (error.reason.empty()) return status;
  error.metadata["tenant"] = grant.tenant;
  error.metadata["provider"] = grant.provider;
  error.metadata["subject"] = grant.subject;
  return WithBrokerError(status, error);
}

bool MayPass(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

}  // namespace tokenbroker::client
