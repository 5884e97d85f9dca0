#include "main/process.h"

#include <absl/strings/match.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>
#include <fcntl.h>
#include <google/protobuf/stubs/logging.h>
#ifdef TB_TCMALLOC
#include <gperftools/malloc_extension.h>
#endif
#include <grpc/support/log.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <system_error>

#include "base/clock.h"
#include "base/log.h"

namespace tokenbroker {
namespace {

#ifdef TB_TCMALLOC
// Half a MiB, the least that tcmalloc gives, for each of some sixteen threads.
constexpr size_t kThreadCacheBytes = size_t{8} << 20;
#endif

constexpr absl::Duration kHandshakeLogPause = absl::Seconds(10);

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

// gRPC logs each of them as an error, and a health check that only connects is one.
void LogHandshake(const char* message) {
  static std::atomic<int64_t> failures{0};
  static std::atomic<int64_t> next_at{std::numeric_limits<int64_t>::min()};
  ++failures;
  const int64_t now = absl::ToInt64Milliseconds(Clock::Real().SteadyNow().since_origin());
  int64_t due = next_at;
  if (now < due) return;
  const int64_t next = now + absl::ToInt64Milliseconds(kHandshakeLogPause);
  if (!next_at.compare_exchange_strong(due, next)) return;
  Log(LogLevel::kWarning, "handshake_failed",
      {{"message", message}, {"failures", failures.exchange(0)}});
}

void LogFromGrpc(gpr_log_func_args* line) {
  const bool handshake = absl::StrContains(line->message, "Handshake failed");
  if (handshake) return LogHandshake(line->message);
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

void KeepStandardDescriptors() {
  // open takes the lowest that is free.
  for (int file = open("/dev/null", O_RDWR); file >= 0; file = open("/dev/null", O_RDWR)) {
    if (file <= STDERR_FILENO) continue;
    close(file);
    return;
  }
}

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
    Log(LogLevel::kInfo, "memory_not_locked", {{"why", std::generic_category().message(errno)}});
  }
}

void DoNotLookForDeadlocks() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

void KeepAllocatorCachesSmall() {
#ifdef TB_TCMALLOC
  if (std::getenv("TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES") != nullptr) return;
  MallocExtension::instance()->SetNumericProperty("tcmalloc.max_total_thread_cache_bytes",
                                                  kThreadCacheBytes);
#endif
}

void LogLibrariesAsJson() {
  gpr_set_log_function(LogFromGrpc);
  google::protobuf::SetLogHandler(LogFromProtobuf);
}

}  // namespace tokenbroker
