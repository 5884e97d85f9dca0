#include "tests/nemesis/watchers.h"

#include <google/protobuf/util/time_util.h>

#include <random>
#include <utility>

#include "tests/support/stop_event.h"

namespace tokenbroker {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kPerReplica = 8;
// Before whoever was turned away comes back.
constexpr absl::Duration kPause = absl::Milliseconds(50);

WatchMessage Said(const v1::WatchTokenResponse& response) {
  WatchMessage message;
  message.at = absl::Now();
  if (response.has_token()) {
    const v1::AccessToken& token = response.token();
    message.generation = token.generation();
    message.access_token = token.access_token();
    message.expires = absl::FromUnixNanos(TimeUtil::TimestampToNanoseconds(token.expire_time()));
    return message;
  }
  const v1::WatchTokenResponse::Status& status = response.status();
  message.generation = status.generation();
  message.state = v1::GrantState_Name(status.state()).substr(sizeof("GRANT_STATE_") - 1);
  if (!status.state_reason().empty()) message.state += " " + status.state_reason();
  return message;
}

}  // namespace

Watchers::Watchers(std::vector<Replica*> replicas, const std::vector<GrantName>& grants,
                   uint64_t seed)
    : replicas_(std::move(replicas)), grants_(grants) {
  for (size_t i = 0; i < replicas_.size() * kPerReplica; ++i) {
    threads_.emplace_back([this, seed, i] {
      WatchOneAfterTheOther(static_cast<int>(i % replicas_.size()),
                            seed * replicas_.size() * kPerReplica + i);
    });
  }
}

void Watchers::WatchOneAfterTheOther(int replica, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<int64_t> milliseconds(500, 40'000);
  Watch next;
  GrantName grant;
  StopEvent never;
  for (bool stopped = false; !stopped; never.StoppedWithin(kPause)) {
    // Every other time it comes back, with what it has.
    if (random() % 2 == 0) next = {};
    if (next.subject.empty()) grant = grants_[random() % grants_.size()];
    next.subject = grant.subject;
    next.replica = replica;
    Watch watch = next;
    Follow(watch, grant.provider, absl::Milliseconds(milliseconds(random)));
    for (const WatchMessage& message : watch.messages) {
      if (message.is_token()) next.known_generation = message.generation;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    if (watch.begun < watch.ended) watches_.push_back(std::move(watch));
    stopped = stopped_;
  }
}

void Watchers::Follow(Watch& watch, const std::string& provider, absl::Duration length) {
  v1::WatchTokenRequest request;
  request.set_provider(provider);
  request.set_subject(watch.subject);
  request.set_known_generation(watch.known_generation);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + length));
  if (!Began(&context)) return;
  watch.begun = absl::Now();
  const auto stream =
      replicas_[static_cast<size_t>(watch.replica)]->client().WatchToken(context, request);
  v1::WatchTokenResponse response;
  while (stream->Read(&response)) watch.messages.push_back(Said(response));
  const grpc::Status status = stream->Finish();
  watch.ended = absl::Now();
  const bool was_stopped = Ended(&context);
  // Its own deadline.
  const bool is_over = status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED &&
                       DetailsOf(context, status).reason.empty();
  if (!was_stopped && !is_over) watch.error = ErrorName(status, DetailsOf(context, status));
}

bool Watchers::Began(grpc::ClientContext* context) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!stopped_) open_.insert(context);
  return !stopped_;
}

bool Watchers::Ended(grpc::ClientContext* context) {
  const std::lock_guard<std::mutex> lock(mutex_);
  open_.erase(context);
  return stopped_;
}

std::vector<Watch> Watchers::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    for (grpc::ClientContext* context : open_) context->TryCancel();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return std::move(watches_);
}

}  // namespace tokenbroker
