// What the whole process is told at its start.
#pragma once

namespace tokenbroker {

// No core dump, and no look into our memory by other processes of the same user: it holds secrets.
void ForbidCoreDumps();

// The log lines of gRPC and protobuf become ours. What protobuf finds wrong with a caller's bytes
// is for debugging only: a caller must not fill the log.
void LogLibrariesAsJson();

}  // namespace tokenbroker
