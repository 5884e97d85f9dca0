// Ends a call of a use case that runs on the loop: with its result or, when that comes first, at
// the call's deadline. The use case goes on without its caller.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <memory>
#include <utility>

#include "io/loop.h"
#include "rpc/call.h"

namespace tokenbroker {

// Loop thread only.
class DeadlineAnswer {
 public:
  // `late` is what the caller is told with DEADLINE_EXCEEDED; a literal.
  static std::shared_ptr<DeadlineAnswer> Open(Loop& loop, SteadyTime deadline, const char* late,
                                              CallDone done) {
    auto answer = std::make_shared<DeadlineAnswer>(loop, std::move(done));
    answer->timer_ =
        loop.CallAt(deadline, [answer, late] { answer->Send(absl::DeadlineExceededError(late)); });
    return answer;
  }
  DeadlineAnswer(Loop& loop, CallDone done) : loop_(loop), done_(std::move(done)) {}

  // False once the call has ended: its response must not be touched any more.
  bool open() const { return open_; }

  void Send(absl::Status status) {
    if (!std::exchange(open_, false)) return;
    loop_.Cancel(timer_);
    done_(std::move(status));
  }

 private:
  Loop& loop_;
  CallDone done_;
  Loop::TimerId timer_;
  bool open_ = true;
};

// Runs what `start` gives and answers with it: `fill` writes a good result into `response`. To be
// given to Loop::Spawn.
template <typename Result, typename Response>
Task<void> AnswerInTime(Loop* loop, const char* late,
                        absl::AnyInvocable<Task<absl::StatusOr<Result>>()> start,
                        SteadyTime deadline, void (*fill)(Result, Response*), Response* response,
                        CallDone done) {
  const auto answer = DeadlineAnswer::Open(*loop, deadline, late, std::move(done));
  Task<absl::StatusOr<Result>> use_case = start();
  absl::StatusOr<Result> result = co_await std::move(use_case);
  if (!answer->open()) co_return;
  const absl::Status status = result.status();
  if (status.ok()) fill(*std::move(result), response);
  answer->Send(status);
}

}  // namespace tokenbroker
