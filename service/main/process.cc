#include "main/process.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

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

bool MayLockEverything() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY) return true;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  return syscall(SYS_capget, &header, data) == 0 &&
         (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK)) != 0;
}

}  // namespace

void ForbidCoreDumps() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
    Log(LogLevel::kWarning, "core_dumps_not_forbidden");
  }
}

void KeepOutOfSwap() {
  if (!MayLockEverything()) {
    Log(LogLevel::kInfo, "memory_not_locked",
        {{"why",
          "RLIMIT_MEMLOCK is not unlimited and CAP_IPC_LOCK is missing: allow one of them, "
          "or run without swap"}});
  } else if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    // A container's CAP_IPC_LOCK may be good for its own user namespace only.
    Log(LogLevel::kInfo, "memory_not_locked", {{"why", std::strerror(errno)}});
  }
}

void LogLibrariesAsJson() {
  gpr_set_log_function(LogFromGrpc);
  google::protobuf::SetLogHandler(LogFromProtobuf);
}

}  // namespace tokenbroker
