#include "tests/bench/process_cost.h"

#include <absl/strings/str_cat.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace tokenbroker {
namespace {

double ReadClock(clockid_t clock) {
  timespec time = {};
  if (clock_gettime(clock, &time) != 0) std::abort();
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

double CpuSecondsOf(pid_t process) {
  clockid_t clock = 0;
  if (clock_getcpuclockid(process, &clock) != 0) std::abort();
  return ReadClock(clock);
}

double ThreadCpuSecondsOf(pthread_t thread) {
  clockid_t clock = 0;
  if (pthread_getcpuclockid(thread, &clock) != 0) std::abort();
  return ReadClock(clock);
}

int64_t ResidentBytesOf(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/statm"));
  int64_t size = 0;
  int64_t resident = 0;
  if (!(file >> size >> resident)) std::abort();
  return resident * sysconf(_SC_PAGESIZE);
}

void PinProcess(pid_t process, int processor) {
  if (processor >= sysconf(_SC_NPROCESSORS_ONLN)) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  const std::filesystem::path tasks = absl::StrCat("/proc/", process, "/task");
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    const pid_t thread = std::stoi(task.path().filename().string());
    if (sched_setaffinity(thread, sizeof(set), &set) != 0) std::cerr << "not pinned: " << thread;
  }
}

}  // namespace tokenbroker
