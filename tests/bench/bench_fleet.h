// Brokers to measure: the real program over a real Redis, with identity, a policy of twenty rules,
// metrics and the audit trail on, and grants with access tokens as long as Spotify's.
#pragma once

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/bench_line.h"
#include "tests/bench/call_load.h"
#include "tests/bench/pairs.h"
#include "tests/bench/process_cost.h"
#include "tests/chaos/fleet.h"

namespace tokenbroker {

inline constexpr size_t kAccessTokenBytes = 476;
inline constexpr size_t kRequestBytes = 60;
using Transport = Replica::Server::Transport;

// What a load cost the process that answered it.
struct ServedLoad {
  // Of a call.
  double cpu_us = 0;
  double per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
};

// For the test's thread, which stays on the driver's processor.
class BenchFleet : public FleetTest {
 protected:
  BenchFleet();

  // A replica on a port of its own and on the server's processor.
  Replica& AddMeasured(Transport transport);
  // A broker with a certificate sees the player, one without sees nobody.
  std::shared_ptr<grpc::ChannelCredentials> CallerCredentials(Transport transport) const;

  // Subject `i`, as long as a request of kRequestBytes has it.
  static std::string Subject(int i);
  // Serialized requests for the subjects from `begin` to before `end`.
  static std::vector<std::string> Requests(int begin, int end);
  static std::string AccessToken() { return std::string(kAccessTokenBytes, 'a'); }

  // Runs `load` and says what it cost `server`.
  template <typename Run>
  static ServedLoad Serve(pid_t server, Run load) {
    const double before = CpuSecondsOf(server);
    const LoadResult result = load();
    const double used = CpuSecondsOf(server) - before;
    return {used / result.calls * 1e6, result.calls / result.seconds, result.p50_us, result.p99_us};
  }

  // The trail of all calls so far goes: it would fill the disk.
  void EmptyAuditTrail();
  const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_;
};

}  // namespace tokenbroker
