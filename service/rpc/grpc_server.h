// The gRPC listener: limits, keepalive, health, reflection, start and stop.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "rpc/health_service.h"

namespace tokenbroker {

struct ConnectionLimits {
  // Calls at once; more wait at the client.
  int streams = 1000;
  // A caller connects anew now and then, in its own time: so that it meets new replicas, and shows
  // a certificate that today's authorities issue. Calls that have not ended within `grace` after
  // that are cut.
  absl::Duration age = absl::InfiniteDuration();
  absl::Duration grace = absl::InfiniteDuration();
};

// Any thread. Serves grpc.health.v1.Health and server reflection beside what it is given.
class GrpcServer {
 public:
  // Listens on `address` (`127.0.0.1:8443`, `[::1]:0`, `unix:/run/broker.sock`; port 0 picks a free
  // one), in plaintext or with `credentials`. The services must outlive the server; their health is
  // kYes from the start. UNAVAILABLE when it cannot listen there, or somebody else does.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const std::string& address, const std::vector<grpc::Service*>& services,
      std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials(),
      const ConnectionLimits& limits = {});
  // Shutdown(zero) unless that was done.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // Where it listens, with the port that was picked.
  const std::string& address() const { return address_; }

  // What grpc.health.v1.Health says of every service, and of the whole server.
  void SetServing(Serving serving);

  // Takes no new connection or call, ends the watches of its health, lets the running calls end
  // within `grace`, then cancels them;
  // returns when the last one has been answered. Blocks: not for the loop's or gRPC's threads. The
  // loop must go on meanwhile, or its tasks be dropped from another thread.
  void Shutdown(absl::Duration grace);

 private:
  GrpcServer(std::shared_ptr<grpc::ServerCredentials> credentials,
             std::unique_ptr<HealthService> health, std::unique_ptr<grpc::Server> server,
             std::string address);

  // gRPC keeps what they made, not them.
  const std::shared_ptr<grpc::ServerCredentials> credentials_;
  const std::unique_ptr<HealthService> health_;
  const std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace tokenbroker
