#include "main/process.h"

#include <absl/synchronization/mutex.h>
#include <fcntl.h>
#ifdef TB_TCMALLOC
#include <gperftools/malloc_extension.h>
#endif
#include <grpc/support/log.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace tokenbroker {
namespace {

// What a process is told cannot be taken back, so each test is told in a child. It leaves by _exit:
// LeakSanitizer would need the look into memory that is forbidden.
using ProcessDeathTest = testing::Test;

constexpr rlim_t kLittle = 64 * 1024;

bool LimitLockedMemory(rlim_t bytes) {
  const rlimit limit{bytes, bytes};
  return setrlimit(RLIMIT_MEMLOCK, &limit) == 0;
}

void DropCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  syscall(SYS_capset, &header, none);
}

// Of all that is mapped, "VmLck:" of /proc/self/status.
long LockedKilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long kilobytes = 0;
    if (word == "VmLck:" && status >> kilobytes) return kilobytes;
  }
  return -1;
}

TEST_F(ProcessDeathTest, ForbidsCoreDumpsAndALookIntoMemory) {
  EXPECT_EXIT(
      {
        ForbidCoreDumps();
        rlimit core;
        const bool read = getrlimit(RLIMIT_CORE, &core) == 0;
        const bool no_core = read && core.rlim_cur == 0 && core.rlim_max == 0;
        _exit(no_core && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

// Sanitizers make mlockall do nothing.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
// Whether the kernel lets a child of ours do it: without a limit, or whatever the limit is.
bool MayLock() {
  const pid_t child = fork();
  if (child == 0) {
    if (!LimitLockedMemory(RLIM_INFINITY)) LimitLockedMemory(kLittle);
    _exit(mlockall(MCL_CURRENT) == 0 ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0;
}

TEST_F(ProcessDeathTest, LocksMemoryWhereItMay) {
  if (!MayLock()) GTEST_SKIP() << "neither an unlimited RLIMIT_MEMLOCK nor the right to have it";
  EXPECT_EXIT(
      {
        LimitLockedMemory(RLIM_INFINITY);
        KeepOutOfSwap();
        _exit(LockedKilobytes() > 0 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "^$");
}
#endif

TEST_F(ProcessDeathTest, WithoutTheRightItSaysSoAndItsMemoryHasNoLimit) {
  EXPECT_EXIT(
      {
        LimitLockedMemory(kLittle);
        DropCapabilities();
        KeepOutOfSwap();
        const std::vector<char> much(64 << 20, 'x');
        _exit(LockedKilobytes() == 0 && much.back() == 'x' ? 0 : 1);
      },
      testing::ExitedWithCode(0), "memory_not_locked.*RLIMIT_MEMLOCK");
}

TEST_F(ProcessDeathTest, NothingThatIsOpenedLaterIsTakenForStandardOutput) {
  const auto later = [] {
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    KeepStandardDescriptors();
    const bool kept = fcntl(STDIN_FILENO, F_GETFD) == 0 && fcntl(STDOUT_FILENO, F_GETFD) == 0;
    _exit(kept && open("/dev/null", O_WRONLY) > STDERR_FILENO ? 0 : 1);
  };
  EXPECT_EXIT(later(), testing::ExitedWithCode(0), "");
}

// Where absl looks for deadlocks, this ends the process.
void LockInBothOrders() {
  absl::Mutex a;
  absl::Mutex b;
  {
    absl::MutexLock first(&a);
    absl::MutexLock second(&b);
  }
  absl::MutexLock first(&b);
  absl::MutexLock second(&a);
}

TEST_F(ProcessDeathTest, NobodyLooksForDeadlocks) {
  EXPECT_EXIT(
      {
        DoNotLookForDeadlocks();
        LockInBothOrders();
        _exit(0);
      },
      testing::ExitedWithCode(0), "^$");
}

TEST(ProcessTest, SomebodyWhoKnocksOnTheTlsPortDoesNotFillTheLog) {
  // What grpc_init does.
  gpr_log_verbosity_init();
  LogLibrariesAsJson();
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) {
    gpr_log_message("ssl_transport_security.cc", 1, GPR_LOG_SEVERITY_ERROR,
                    "Handshake failed with fatal error SSL_ERROR_SSL");
  }
  gpr_log_message("server.cc", 1, GPR_LOG_SEVERITY_ERROR, "something else");
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
  EXPECT_NE(log.find("\"event\":\"handshake_failed\""), std::string::npos);
  EXPECT_NE(log.find("something else"), std::string::npos);
}

#ifdef TB_TCMALLOC
size_t ThreadCacheBytes() {
  size_t bytes = 0;
  MallocExtension::instance()->GetNumericProperty("tcmalloc.max_total_thread_cache_bytes", &bytes);
  return bytes;
}

TEST_F(ProcessDeathTest, KeepsLittleMemoryForItsThreads) {
  EXPECT_EXIT(
      {
        unsetenv("TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES");
        KeepAllocatorCachesSmall();
        _exit(ThreadCacheBytes() == size_t{8} << 20 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(ProcessDeathTest, LeavesTheAllocatorAsTheEnvironmentSays) {
  EXPECT_EXIT(
      {
        const size_t before = ThreadCacheBytes();
        setenv("TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES", "16777216", 1);
        KeepAllocatorCachesSmall();
        _exit(ThreadCacheBytes() == before && before != size_t{8} << 20 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace tokenbroker
