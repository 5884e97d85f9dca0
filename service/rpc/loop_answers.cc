#include "rpc/loop_answers.h"

#include <grpc/support/time.h>
#include <grpcpp/alarm.h>

namespace tokenbroker {
namespace {

// Fewer are given here and now: whoever asked need not wait for another thread.
constexpr size_t kWorthAThread = 4;

// An alarm that has gone off already is gRPC's one way to run work on a thread of its own.
void RunOnGrpcThread(absl::AnyInvocable<void()> work) {
  // The alarm keeps the function, which owns the alarm until it has run. It is one that is copied.
  struct Run {
    grpc::Alarm alarm;
    absl::AnyInvocable<void()> work;
  };
  auto run = std::make_shared<Run>();
  run->work = std::move(work);
  grpc::Alarm& alarm = run->alarm;
  alarm.Set(gpr_inf_past(GPR_CLOCK_MONOTONIC), [run = std::move(run)](bool) mutable {
    run->work();
    run.reset();
  });
}

}  // namespace

void LoopAnswers::Gather(absl::AnyInvocable<void()> answer) {
  std::shared_ptr<Answers> answers = gathered_.lock();
  if (answers == nullptr) {
    answers = std::make_shared<Answers>();
    gathered_ = answers;
    // Behind all that is ready now.
    loop_.Post([this, answers] {
      gathered_.reset();
      GiveAll(std::move(*answers));
    });
  }
  answers->push_back(std::move(answer));
}

void LoopAnswers::GiveAll(Answers answers) {
  const auto give = [](Answers& all) {
    for (absl::AnyInvocable<void()>& answer : all) answer();
  };
  if (answers.size() < kWorthAThread) return give(answers);
  RunOnGrpcThread([give, answers = std::move(answers)]() mutable { give(answers); });
}

}  // namespace tokenbroker
