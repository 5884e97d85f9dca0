#include "main/process.h"

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

}  // namespace

void ForbidCoreDumps() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
    Log(LogLevel::kWarning, "core_dumps_not_forbidden");
  }
}

void LogGrpcAsJson() { gpr_set_log_function(LogFromGrpc); }

}  // namespace tokenbroker
