#include "main/process_metrics.h"

#include <absl/strings/str_cat.h>
#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>

namespace tokenbroker {
namespace {

double ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return SecondsOf(usage.ru_utime) + SecondsOf(usage.ru_stime);
}

// Without the one that it takes to look.
double OpenFiles() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (folder == nullptr) return 0;
  int files = -1;
  while (const dirent* entry = readdir(folder.get())) {
    if (entry->d_name[0] != '.') ++files;
  }
  return files;
}

double MostFiles() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

Metrics::Reading ShowProcess(Metrics& metrics, const Clock& clock) {
  metrics.Gauge("process_start_time_seconds", "When the process began, in seconds since 1970.")
      .Set(absl::ToDoubleSeconds(clock.TimeNow() - absl::UnixEpoch()));
  prometheus::Counter& cpu =
      metrics.Counter("process_cpu_seconds_total", "User and system CPU time spent, in seconds.");
  prometheus::Gauge& memory =
      metrics.Gauge("process_resident_memory_bytes", "Resident memory, in bytes.");
  prometheus::Gauge& files = metrics.Gauge("process_open_fds", "Open file descriptors.");
  prometheus::Gauge& most = metrics.Gauge("process_max_fds", "Most file descriptors allowed.");
  return metrics.ReadBeforeText([&cpu, &memory, &files, &most] {
    cpu.Increment(std::max(CpuSeconds() - cpu.Value(), 0.0));
    memory.Set(ResidentBytes());
    files.Set(OpenFiles());
    most.Set(MostFiles());
  });
}

void ShowBuild(Metrics& metrics, const std::string& version) {
  metrics
      .Gauge("tokenbroker_build_info", "1; which build this is.",
             {{"version", version},
              {"compiler", absl::StrCat("clang ", __clang_major__, ".", __clang_minor__, ".",
                                        __clang_patchlevel__)}})
      .Set(1);
}

}  // namespace tokenbroker
