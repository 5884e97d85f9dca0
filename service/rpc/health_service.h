// grpc.health.v1.Health of this server. In place of gRPC's own, which leaves every Watch open: one
// client that watches would hold up each shutdown until its last moment.
#pragma once

#include <grpc/health/v1/health.grpc.pb.h>

#include <string>
#include <unordered_set>
#include <vector>

#include "base/mutex.h"

namespace tokenbroker {

enum class Serving { kYes, kNo };

// Any thread. Must outlive the server that it is registered with.
class HealthService : public grpc::health::v1::Health::CallbackService {
 public:
  // Knows `services`, and "" for the server as a whole. All serve from the start.
  explicit HealthService(std::vector<std::string> services);
  ~HealthService() override;

  // Of every service; those who watch are told.
  void SetServing(Serving serving);
  // Ends the streams of those who watch, when they have been told the last change; later ones end
  // with their first message.
  void EndWatches();

  // NOT_FOUND for a service that this server does not have.
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  class Watcher;

  const std::unordered_set<std::string> services_;
  Mutex mutex_;
  Serving serving_ TB_GUARDED_BY(mutex_) = Serving::kYes;
  bool ended_ TB_GUARDED_BY(mutex_) = false;
  // Each leaves before it deletes itself.
  std::unordered_set<Watcher*> watchers_ TB_GUARDED_BY(mutex_);
};

}  // namespace tokenbroker
