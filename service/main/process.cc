#include "main/process.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/log.h"

namespace tokenbroker {
namespace {

LogLevel ToLogLevel(gpr_log_severity severity) {
  switch (severity) {
    case GPR_LOG_SEVERITY_DEBUG:
      return LogLevel::kDebug;
    case GPR_LOG_SEVERITY_INFO:
      return LogLevel::kInfo;
    case GPR_LOG_SEVERITY_ERROR:
      return LogLevel::kError;
  }
  return LogLevel::kError;
}

void LogFromGrpc(gpr_log_func_args* line) {
  Log(ToLogLevel(line->severity), "grpc", {{"message", line->message}});
}

void LogFromProtobuf(google::protobuf::LogLevel level, const char*, int,
                     const std::string& message) {
  const bool fatal = level == google::protobuf::LOGLEVEL_FATAL;
  Log(fatal ? LogLevel::kError : LogLevel::kDebug, "protobuf", {{"message", message}});
}

}  // namespace

void ForbidCoreDumps() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
    Log(LogLevel::kWarning, "core_dumps_not_forbidden");
  }
}

void LogLibrariesAsJson() {
  gpr_set_log_function(LogFromGrpc);
  google::protobuf::SetLogHandler(LogFromProtobuf);
}

}  // namespace tokenbroker
