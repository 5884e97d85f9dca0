// The answers that the loop has for gRPC's calls, gathered while it has more to do and finished
// together by gRPC's own threads.
#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>
#include <vector>

#include "io/loop.h"
#include "rpc/grpc_threads.h"

namespace tokenbroker {

class LoopAnswers {
 public:
  // `loop` must outlive it. What the loop drops is dropped here.
  explicit LoopAnswers(Loop& loop) : loop_(loop) {}

  // Any thread. Calls `answer`: from the loop soon and on whatever thread, else at once.
  void Give(absl::AnyInvocable<void()> answer);

 private:
  using Answers = std::vector<absl::AnyInvocable<void()>>;

  void Finish(Answers answers);

  Loop& loop_;
  // Those of this turn of the loop, which owns them.
  std::weak_ptr<Answers> gathered_;
  GrpcThreads threads_;
};

}  // namespace tokenbroker
