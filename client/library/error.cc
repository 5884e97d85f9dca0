#include "tokenbroker/client/error.h"

#include <absl/strings/cord.h>
#include <absl/strings/str_cat.h>
#include <tokenbroker/rpc/v1/status.pb.h>

#include "client/library/error_details.h"

namespace tokenbroker::client {
namespace {

constexpr absl::string_view kErrorInfo = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr absl::string_view kRetryInfo = "type.googleapis.com/google.rpc.RetryInfo";
constexpr absl::string_view kDomain = "tokenbroker";

void ReadDetail(absl::string_view type_url, const std::string& value, BrokerError* error) {
  rpc::v1::ErrorInfo info;
  if (type_url == kErrorInfo && info.ParseFromString(value) && info.domain() == kDomain) {
    error->reason = info.reason();
    error->metadata.insert(info.metadata().begin(), info.metadata().end());
  }
  rpc::v1::RetryInfo retry;
  if (type_url == kRetryInfo && retry.ParseFromString(value)) {
    error->retry_delay = absl::Seconds(retry.retry_delay().seconds()) +
                         absl::Nanoseconds(retry.retry_delay().nanos());
  }
}

absl::Cord Bytes(const google::protobuf::Message& message) {
  const std::string bytes = message.SerializeAsString();
  // Debian's Abseil lacks the constructor from a string that is moved.
  return absl::Cord(absl::string_view(bytes.data(), bytes.size()));
}

std::string Find(const BrokerError& error, const char* name) {
  const auto found = error.metadata.find(name);
  return found == error.metadata.end() ? "" : found->second;
}

}  // namespace

BrokerError ParseErrorDetails(const std::string& details) {
  BrokerError error;
  rpc::v1::Status status;
  if (!status.ParseFromString(details)) return error;
  for (const google::protobuf::Any& detail : status.details()) {
    ReadDetail(detail.type_url(), detail.value(), &error);
  }
  return error;
}

absl::Status WithBrokerError(absl::Status status, const BrokerError& error) {
  rpc::v1::ErrorInfo info;
  info.set_domain(kDomain.data(), kDomain.size());
  info.set_reason(error.reason);
  info.mutable_metadata()->insert(error.metadata.begin(), error.metadata.end());
  status.SetPayload(kErrorInfo, Bytes(info));
  if (error.retry_delay) {
    rpc::v1::RetryInfo retry;
    absl::Duration rest;
    retry.mutable_retry_delay()->set_seconds(
        absl::IDivDuration(*error.retry_delay, absl::Seconds(1), &rest));
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
    status.SetPayload(kRetryInfo, Bytes(retry));
  }
  return status;
}

BrokerError BrokerErrorIn(const absl::Status& status) {
  BrokerError error;
  for (const absl::string_view type_url : {kErrorInfo, kRetryInfo}) {
    const absl::optional<absl::Cord> value = status.GetPayload(type_url);
    if (value) ReadDetail(type_url, std::string(*value), &error);
  }
  return error;
}

absl::optional<ReauthorizationRequired> ReauthorizationRequiredIn(const absl::Status& status) {
  const BrokerError error = BrokerErrorIn(status);
  const bool absent = error.reason == "GRANT_NOT_FOUND";
  if (!absent && error.reason != "REAUTHORIZATION_REQUIRED") return absl::nullopt;
  return ReauthorizationRequired{Find(error, "tenant"), Find(error, "provider"),
                                 Find(error, "subject"), absent ? "absent" : Find(error, "cause")};
}

}  // namespace tokenbroker::client
