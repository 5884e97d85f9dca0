#include "rpc/loop_answers.h"

#include <utility>

namespace tokenbroker {
namespace {

// Fewer are finished here and now.
constexpr size_t kWorthAMessage = 4;

}  // namespace

void LoopAnswers::Give(absl::AnyInvocable<void()> answer) {
  if (!loop_.context().get_executor().running_in_this_thread()) return answer();
  std::shared_ptr<Answers> answers = gathered_.lock();
  if (answers == nullptr) {
    answers = std::make_shared<Answers>();
    gathered_ = answers;
    // Behind all that is ready now.
    loop_.Post([this, answers] {
      gathered_.reset();
      Finish(std::move(*answers));
    });
  }
  answers->push_back(std::move(answer));
}

void LoopAnswers::Finish(Answers answers) {
  if (answers.size() >= kWorthAMessage) return threads_.Run(std::move(answers));
  for (absl::AnyInvocable<void()>& answer : answers) answer();
}

}  // namespace tokenbroker
