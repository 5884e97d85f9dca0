// Runs work on gRPC's own threads, those that its callbacks run on: what a call is finished with
// there costs no wake-up, while each one that is finished on another thread wakes one of them.
#pragma once

#include <absl/functional/any_invocable.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server.h>

#include <memory>
#include <vector>

#include "base/mutex.h"

namespace tokenbroker {

// Any thread. gRPC gives no way to do that but by a call's own events: so there is one call, of a
// stream to a server within this process, and a message on it is what wakes them. A message costs
// as much as a few wake-ups: give it many pieces of work at once.
class GrpcThreads {
 public:
  using Work = absl::AnyInvocable<void()>;

  GrpcThreads();
  // Runs what is left; nothing is given any more.
  ~GrpcThreads();
  GrpcThreads(const GrpcThreads&) = delete;
  GrpcThreads& operator=(const GrpcThreads&) = delete;

  // Runs all of `work`, in order, soon.
  void Run(std::vector<Work> work);

 private:
  class Listening;
  class Service;
  class Bell;

  void RunWaiting();

  Mutex mutex_;
  std::vector<Work> waiting_ TB_GUARDED_BY(mutex_);
  const std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::ClientContext context_;
  const std::unique_ptr<Bell> bell_;
};

}  // namespace tokenbroker
