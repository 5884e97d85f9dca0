// What the whole process is told at its start.
#pragma once

namespace tokenbroker {

// Descriptors 0 to 2 lead somewhere, to nowhere if need be: what is opened later must not be taken
// for standard output, which the audit trail goes to. Before anything is opened.
void KeepStandardDescriptors();

// No core dump, and no look into our memory by other processes of the same user: it holds secrets.
void ForbidCoreDumps();

// No secret is written to swap: what the process touches stays in memory. Where that cannot be had
// without risk (neither an unlimited RLIMIT_MEMLOCK nor CAP_IPC_LOCK: a limit would be reached
// later, in the middle of an allocation) one log line says so.
void KeepOutOfSwap();

// Debian's absl looks for deadlocks whenever one of gRPC's mutexes is taken, which costs every
// call; from now on it does not. Before gRPC starts.
void DoNotLookForDeadlocks();

// The allocator keeps 8 MiB for its threads at most, in place of 32: what a busy moment leaves
// there stays. TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES in the environment comes first. Nothing in a
// build without tcmalloc (docs/adr/0040).
void KeepAllocatorCachesSmall();

// The log lines of gRPC and protobuf become ours. What protobuf finds wrong with a caller's bytes
// is for debugging only: a caller must not fill the log. Nor must somebody who knocks on the TLS
// port without a right: failed handshakes are one line, `handshake_failed`, every ten seconds at
// most, which counts them.
void LogLibrariesAsJson();

}  // namespace tokenbroker
