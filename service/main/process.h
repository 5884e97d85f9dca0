// What the whole process is told at its start.
#pragma once

namespace tokenbroker {

// No core dump, and no look into our memory by other processes of the same user: it holds secrets.
void ForbidCoreDumps();

// gRPC's own log lines become ours.
void LogGrpcAsJson();

}  // namespace tokenbroker
