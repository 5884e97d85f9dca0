#include "rpc/watch_reactor.h"

#include <grpc/grpc.h>

#include <utility>

#include "access/caller_refusals.h"
#include "base/status_macros.h"
#include "rpc/grpc_call.h"
#include "rpc/peer.h"
#include "rpc/proto_conversions.h"

namespace tokenbroker {
namespace {

// How long a write may be under way when the stream ends.
constexpr absl::Duration kLastWrite = absl::Seconds(1);

// The status of a stream that ends because the broker stops. Is no refusal, and reaches nobody as
// it is.
absl::Status Stopping() { return absl::UnavailableError("the broker is shutting down"); }

absl::Status Gone() { return absl::CancelledError("the caller has gone"); }

bool IsOther(const WatchView& a, const WatchView& b) {
  return a.generation != b.generation || a.state != b.state || a.reason != b.reason;
}

}  // namespace

class WatchReactor::Beginning {
 public:
  explicit Beginning(std::shared_ptr<WatchReactor> stream) : stream_(std::move(stream)) {}
  Beginning(Beginning&&) noexcept = default;
  Beginning& operator=(Beginning&&) = delete;
  ~Beginning() {
    if (stream_ == nullptr) return;
    stream_->End(Stopping());
    stream_->Begun();
  }

  void operator()(absl::StatusOr<KnownCallerPtr> caller) {
    const std::shared_ptr<WatchReactor> stream = std::move(stream_);
    stream->Identified(std::move(caller));
  }

 private:
  std::shared_ptr<WatchReactor> stream_;
};

grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchReactor::Start(
    Parts parts, grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  const auto stream = std::make_shared<WatchReactor>(parts, context, request);
  stream->self_ = stream;
  const SteadyTime deadline = parts.door.clock().SteadyNow() + kDefaultCallTimeout;
  parts.door.Identify(stream->visit_, deadline, Beginning(stream));
  return stream.get();
}

WatchReactor::WatchReactor(Parts parts, grpc::CallbackServerContext* context,
                           const grpc::ByteBuffer* request)
    : parts_(parts), context_(context), request_(request), visit_(Rpc::kWatchToken, context) {}

void WatchReactor::Identified(absl::StatusOr<KnownCallerPtr> caller) {
  absl::Status in = HandOver(std::move(caller));
  if (!in.ok()) End(std::move(in));
  Begun();
}

absl::Status WatchReactor::HandOver(absl::StatusOr<KnownCallerPtr> caller) {
  TB_RETURN_IF_ERROR(parts_.door.LetIn(std::move(caller), &visit_));
  v1::WatchTokenRequest request;
  if (!ReadMessage(*request_, &request)) return NotThisMessage();
  {
    MutexLock lock(mutex_);
    progress_ = WatchProgress(request.known_generation());
  }
  const CallInfo info{visit_.caller, SteadyTime::InfiniteFuture(), nullptr, visit_.notes};
  is_handed_over_ = true;
  parts_.handler.WatchToken(info, request, self_);
  return absl::OkStatus();
}

void WatchReactor::Begun() {
  {
    MutexLock lock(mutex_);
    phase_ = Phase::kOpen;
    if (why_.ok()) {
      is_open_ = true;
      meters().open.Increment();
      AuditFacts facts;
      facts.watch = "begin";
      parts_.door.Leave(visit_, facts, absl::OkStatus());
    }
  }
  Proceed();
}

void WatchReactor::Show(WatchView view) {
  {
    MutexLock lock(mutex_);
    const bool was_waiting = newest_ && progress_.Next(*newest_) != WatchProgress::Message::kNone;
    if (was_waiting && IsOther(*newest_, view)) meters().skipped.Increment();
    newest_ = std::move(view);
  }
  Proceed();
}

void WatchReactor::End(absl::Status why) { EndSoon(std::move(why)); }

void WatchReactor::Close() { EndSoon(Stopping()); }

void WatchReactor::EndSoon(absl::Status why) {
  std::shared_ptr<WatchReactor> writing;
  {
    MutexLock lock(mutex_);
    EndFor(std::move(why));
    if (is_writing_) writing = self_;
  }
  if (writing == nullptr) return Proceed();
  // This is the loop's thread: nothing is written to one that only begins.
  Loop& loop = parts_.handler.loop();
  loop.CallAt(loop.clock().SteadyNow() + kLastWrite, [writing] { writing->Abandon(); });
}

void WatchReactor::EndFor(absl::Status why) {
  if (!why_.ok()) return;
  why_ = std::move(why);
  newest_.reset();
}

void WatchReactor::Abandon() {
  MutexLock lock(mutex_);
  if (phase_ == Phase::kFinished) return;
  const grpc::Status last = ShuttingDown();
  grpc_call_cancel_with_status(context_->c_call(), GRPC_STATUS_UNAVAILABLE,
                               last.error_message().c_str(), nullptr);
}

absl::optional<KeptCredentials> WatchReactor::Shown() {
  MutexLock lock(mutex_);
  if (phase_ == Phase::kFinished) return absl::nullopt;
  return CredentialsOf(*context_);
}

void WatchReactor::SetRule(absl::string_view rule) {
  MutexLock lock(mutex_);
  visit_.notes->rule = std::string(rule);
}

void WatchReactor::Proceed() {
  Act act = Act::kNothing;
  {
    MutexLock lock(mutex_);
    act = Decide();
  }
  if (act == Act::kWrite) StartWrite(&bytes_);
  if (act == Act::kFinish) Finish(status_);
}

WatchReactor::Act WatchReactor::Decide() {
  if (phase_ != Phase::kOpen || is_writing_) return Act::kNothing;
  if (why_.ok() && Write() == Act::kWrite) return Act::kWrite;
  if (why_.ok()) return Act::kNothing;
  Leave();
  phase_ = Phase::kFinished;
  return Act::kFinish;
}

WatchReactor::Act WatchReactor::Write() {
  if (!newest_) return Act::kNothing;
  const WatchView& view = *newest_;
  const WatchProgress::Message next = progress_.Advance(view);
  v1::WatchTokenResponse message;
  switch (next) {
    case WatchProgress::Message::kNone:
      newest_.reset();
      return Act::kNothing;
    case WatchProgress::Message::kToken: {
      AuditFacts facts;
      facts.watch = "token";
      facts.generation = view.generation;
      if (!parts_.door.Note(visit_, facts, absl::OkStatus())) {
        EndFor(AuditUnavailable());
        return Act::kNothing;
      }
      SetAccessToken(*view.token, Now(parts_.door.clock()), message.mutable_token());
      meters().tokens.Increment();
      break;
    }
    case WatchProgress::Message::kStatus:
      SetStatus(view, message.mutable_status());
      meters().states.Increment();
      break;
  }
  bytes_ = ToBytes(message);
  is_writing_ = true;
  return Act::kWrite;
}

void WatchReactor::Leave() {
  parts_.door.Count(visit_, why_);
  if (is_open_) {
    meters().open.Decrement();
    AuditFacts facts;
    facts.watch = "end";
    parts_.door.Note(visit_, facts, why_);
  } else {
    parts_.door.Leave(visit_, {}, why_);
  }
  visit_.watching = CallerUsage::Watching();
  status_ = why_ == Stopping() ? ShuttingDown() : ToGrpcStatus(why_, context_);
}

void WatchReactor::OnWriteDone(bool ok) {
  bytes_.Clear();
  {
    MutexLock lock(mutex_);
    is_writing_ = false;
    if (!ok) EndFor(Gone());
  }
  Proceed();
}

void WatchReactor::OnCancel() {
  {
    MutexLock lock(mutex_);
    EndFor(Gone());
  }
  Proceed();
}

void WatchReactor::OnDone() {
  std::shared_ptr<WatchReactor> self = std::move(self_);
  if (is_handed_over_) parts_.handler.Left(std::move(self));
}

}  // namespace tokenbroker
