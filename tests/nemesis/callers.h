// Callers who ask every replica for every grant's token, all the time, and write down each answer.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/replica.h"
#include "tests/nemesis/history.h"
#include "tests/support/stop_event.h"

namespace tokenbroker {

// Of a run's grants each has a subject of its own.
struct GrantName {
  std::string provider;
  std::string subject;
};

class Callers {
 public:
  // Begin at once. The replicas' clients and the grants must outlive them.
  Callers(std::vector<Replica*> replicas, const std::vector<GrantName>& grants, uint64_t seed);
  ~Callers() { Stop(); }
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;

  // All that they were answered.
  std::vector<Answer> Stop();

 private:
  void Call(uint64_t seed);

  const std::vector<Replica*> replicas_;
  const std::vector<GrantName>& grants_;
  StopEvent stop_;
  std::mutex mutex_;
  std::vector<Answer> answers_;
  std::vector<std::thread> threads_;
};

// Of a call or a stream that failed: its reason; when nobody spoke, the gRPC code.
std::string ErrorName(const grpc::Status& status, const ErrorDetails& details);

// Asks one replica once.
Answer AskForToken(Replica& replica, int index, const GrantName& grant);

}  // namespace tokenbroker
