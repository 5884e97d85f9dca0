// What a process costs, and on which processor. Any thread. A process that is not there ends the
// program.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <cstdint>

namespace tokenbroker {

// User and system time of all its threads, those included that have ended, by the scheduler's
// clock: nanoseconds, where /proc/PID/stat has hundredths of a second.
double CpuSecondsOf(pid_t process);
double ThreadCpuSecondsOf(pthread_t thread);
int64_t ResidentBytesOf(pid_t process);

// The measured server has one processor, what drives it another, where there are two.
inline constexpr int kDriverProcessor = 0;
inline constexpr int kServerProcessor = 1;
// Moves the threads that a process has, and those that they will start.
void PinProcess(pid_t process, int processor);

}  // namespace tokenbroker
