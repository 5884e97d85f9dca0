#include "rpc/health_service.h"

#include <absl/types/optional.h>

#include <utility>

namespace tokenbroker {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ServingStatus = HealthCheckResponse::ServingStatus;

ServingStatus ToProto(Serving serving) {
  return serving == Serving::kYes ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

std::unordered_set<std::string> WithTheWhole(std::vector<std::string> services) {
  std::unordered_set<std::string> all(services.begin(), services.end());
  all.insert("");
  return all;
}

}  // namespace

// One stream. Sends the newest status: what changes while a message is under way follows it.
class HealthService::Watcher : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  // Of a service that is `known`, or of one that this server does not have.
  Watcher(HealthService& health, bool known) : health_(health), known_(known) {}

  bool known() const { return known_; }

  void Tell(ServingStatus status) {
    MutexLock lock(mutex_);
    newest_ = status;
    Proceed();
  }
  void End() {
    MutexLock lock(mutex_);
    if (phase_ == Phase::kWatching) phase_ = Phase::kEnding;
    Proceed();
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    is_writing_ = false;
    if (!ok) phase_ = Phase::kGone;
    Proceed();
  }
  void OnCancel() override {
    MutexLock lock(mutex_);
    if (phase_ != Phase::kFinished) phase_ = Phase::kGone;
    Proceed();
  }
  // gRPC's last word to a reactor, which owns itself.
  void OnDone() override {
    {
      MutexLock lock(health_.mutex_);
      health_.watchers_.erase(this);
    }
    delete this;
  }

 private:
  // kEnding: one more message, if there is news. kGone: nobody reads any more.
  enum class Phase { kWatching, kEnding, kGone, kFinished };

  // gRPC calls none of the reactions from within StartWrite and Finish.
  void Proceed() TB_REQUIRES(mutex_) {
    if (is_writing_ || phase_ == Phase::kFinished) return;
    if (phase_ != Phase::kGone && told_ != newest_) {
      told_ = newest_;
      message_.set_status(*newest_);
      is_writing_ = true;
      StartWrite(&message_);
    } else if (phase_ != Phase::kWatching) {
      phase_ = Phase::kFinished;
      Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the broker is shutting down"));
    }
  }

  HealthService& health_;
  const bool known_;
  Mutex mutex_;
  Phase phase_ TB_GUARDED_BY(mutex_) = Phase::kWatching;
  bool is_writing_ TB_GUARDED_BY(mutex_) = false;
  absl::optional<ServingStatus> newest_ TB_GUARDED_BY(mutex_);
  absl::optional<ServingStatus> told_ TB_GUARDED_BY(mutex_);
  HealthCheckResponse message_ TB_GUARDED_BY(mutex_);
};

HealthService::HealthService(std::vector<std::string> services)
    : services_(WithTheWhole(std::move(services))) {}

HealthService::~HealthService() = default;

void HealthService::SetServing(Serving serving) {
  MutexLock lock(mutex_);
  serving_ = serving;
  for (Watcher* watcher : watchers_) {
    if (watcher->known()) watcher->Tell(ToProto(serving));
  }
}

void HealthService::EndWatches() {
  MutexLock lock(mutex_);
  ended_ = true;
  for (Watcher* watcher : watchers_) watcher->End();
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (services_.count(request->service()) == 0) {
    reactor->Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no such service here"));
    return reactor;
  }
  {
    MutexLock lock(mutex_);
    response->set_status(ToProto(serving_));
  }
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(
    grpc::CallbackServerContext*, const HealthCheckRequest* request) {
  const bool known = services_.count(request->service()) > 0;
  auto* const watcher = new Watcher(*this, known);
  MutexLock lock(mutex_);
  watcher->Tell(known ? ToProto(serving_) : HealthCheckResponse::SERVICE_UNKNOWN);
  watchers_.insert(watcher);
  if (ended_) watcher->End();
  return watcher;
}

}  // namespace tokenbroker
