// The answers that the loop has for gRPC's calls, gathered while it has more to do and given
// together, on a thread of gRPC's.
#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>
#include <utility>
#include <vector>

#include "io/loop.h"

namespace tokenbroker {

// Any thread. To finish a call wakes a thread of gRPC's, which then takes gRPC's locks from the
// loop (and with one core the core as well): many answers at once pay that once.
class LoopAnswers {
 public:
  // `loop` must outlive it, and have stopped when it goes. What the loop drops is dropped.
  explicit LoopAnswers(Loop& loop) : loop_(loop) {}

  // Calls `answer`: at once, or (on the loop's thread) soon and on whatever thread.
  template <typename Answer>
  void Give(Answer answer) {
    if (!loop_.context().get_executor().running_in_this_thread()) return answer();
    Gather(std::move(answer));
  }

 private:
  using Answers = std::vector<absl::AnyInvocable<void()>>;

  void Gather(absl::AnyInvocable<void()> answer);
  static void GiveAll(Answers answers);

  Loop& loop_;
  // Those of this turn of the loop, which owns them. The loop's thread.
  std::weak_ptr<Answers> gathered_;
};

}  // namespace tokenbroker
