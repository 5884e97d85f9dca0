// Watchers at every replica, each of one grant after the other, who write down what they are told.
#pragma once

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/replica.h"
#include "tests/nemesis/callers.h"
#include "tests/nemesis/history.h"

namespace tokenbroker {

class Watchers {
 public:
  // Begin at once. The replicas' clients and the grants must outlive them.
  Watchers(std::vector<Replica*> replicas, const std::vector<GrantName>& grants, uint64_t seed);
  ~Watchers() { Stop(); }
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  // All that they were told.
  std::vector<Watch> Stop();

 private:
  void WatchOneAfterTheOther(int replica, uint64_t seed);
  // Until its time is over, or it ends by itself.
  void Follow(Watch& watch, const std::string& provider, absl::Duration length);
  bool Began(grpc::ClientContext* context);
  bool Ended(grpc::ClientContext* context);

  const std::vector<Replica*> replicas_;
  const std::vector<GrantName>& grants_;
  std::mutex mutex_;
  bool stopped_ = false;
  std::set<grpc::ClientContext*> open_;
  std::vector<Watch> watches_;
  std::vector<std::thread> threads_;
};

}  // namespace tokenbroker
