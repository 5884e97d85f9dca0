#include "tests/nemesis/callers.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/util/time_util.h>

#include <iterator>
#include <random>
#include <utility>

namespace tokenbroker {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kThreads = 8;
// Between two calls of one: there is a fleet to run on the same machine.
constexpr absl::Duration kPause = absl::Milliseconds(10);
constexpr absl::Duration kDeadline = absl::Seconds(10);

std::string CodeName(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
      return "UNAVAILABLE";
    case grpc::StatusCode::CANCELLED:
      return "CANCELLED";
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "DEADLINE_EXCEEDED";
    default:
      return absl::StrCat("gRPC code ", static_cast<int>(code));
  }
}

}  // namespace

std::string ErrorName(const grpc::Status& status, const ErrorDetails& details) {
  return details.reason.empty() ? CodeName(status.error_code()) : details.reason;
}

Answer AskForToken(Replica& replica, int index, const GrantName& grant) {
  Answer answer;
  answer.asked = absl::Now();
  answer.replica = index;
  answer.subject = grant.subject;
  v1::GetFreshTokenRequest request;
  request.set_provider(grant.provider);
  request.set_subject(grant.subject);
  const auto got = replica.client().GetToken(request, kDeadline);
  answer.answered = absl::Now();
  if (got.ok()) {
    const v1::AccessToken& token = got.response.token();
    answer.access_token = token.access_token();
    answer.generation = token.generation();
    answer.expires = absl::FromUnixNanos(TimeUtil::TimestampToNanoseconds(token.expire_time()));
  } else {
    answer.error = ErrorName(got.status, got.error);
  }
  return answer;
}

Callers::Callers(std::vector<Replica*> replicas, const std::vector<GrantName>& grants,
                 uint64_t seed)
    : replicas_(std::move(replicas)), grants_(grants) {
  for (uint64_t i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this, seed, i] { Call(seed * kThreads + i); });
  }
}

void Callers::Call(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Answer> answers;
  while (!stop_.StoppedWithin(kPause)) {
    const size_t replica = random() % replicas_.size();
    const GrantName& grant = grants_[random() % grants_.size()];
    answers.push_back(AskForToken(*replicas_[replica], static_cast<int>(replica), grant));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  answers_.insert(answers_.end(), std::make_move_iterator(answers.begin()),
                  std::make_move_iterator(answers.end()));
}

std::vector<Answer> Callers::Stop() {
  stop_.Stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return std::move(answers_);
}

}  // namespace tokenbroker
