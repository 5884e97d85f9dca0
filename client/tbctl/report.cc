#include "client/tbctl/report.h"

#include <boost/json/object.hpp>
#include <iterator>

#include "client/tbctl/failure.h"
#include "client/tbctl/output.h"

namespace tokenbroker::tbctl {
namespace {

// gRPC's own names for its codes.
constexpr const char* kCodeNames[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

const char* CodeName(grpc::StatusCode code) {
  const auto index = static_cast<size_t>(code);
  return index < std::size(kCodeNames) ? kCodeNames[index] : "UNKNOWN";
}

boost::json::object AsJson(const Failure& failure, const Arguments& arguments) {
  boost::json::object error;
  error["code"] = CodeName(failure.code);
  error["reason"] = failure.reason;
  error["message"] = failure.message;
  boost::json::object metadata;
  for (const auto& [name, value] : failure.metadata) metadata[name] = value;
  error["metadata"] = std::move(metadata);
  if (failure.retry_delay) {
    error["retry_after_seconds"] = absl::ToDoubleSeconds(*failure.retry_delay);
  } else {
    error["retry_after_seconds"] = nullptr;
  }
  error["what_to_do"] = Advice(failure, arguments);
  error["exit_code"] = static_cast<int>(ExitCodeOf(failure));
  return error;
}

}  // namespace

ExitCode ReportFailure(const grpc::Status& status, const Arguments& arguments, std::ostream& err) {
  const Failure failure = ReadFailure(status);
  if (arguments.json) {
    err << JsonLine(boost::json::object{{"error", AsJson(failure, arguments)}});
  } else {
    err << Explain(failure, arguments);
  }
  return ExitCodeOf(failure);
}

ExitCode Written(std::ostream& out, std::ostream& err) {
  if (out.flush()) return ExitCode::kDone;
  err << "tbctl: the answer cannot be written to standard output\n";
  return ExitCode::kFailed;
}

}  // namespace tokenbroker::tbctl
