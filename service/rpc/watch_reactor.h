// One gRPC stream of WatchToken: one message under way, and one view that waits for its turn.
//
// Who owns it: gRPC, from Start until OnDone (self_), and whoever watches for it (the use case, the
// handler, what they posted). The last of them frees it.
// Why nothing comes too late: gRPC calls OnDone after Finish, when every write is done and every
// reaction has returned. Finish is called once, by whoever makes phase_ kFinished; StartWrite by
// whoever makes is_writing_ true, which happens in kOpen only, and nobody finishes before that
// write is done. Both are decided under the mutex, and called without it by a thread that holds the
// stream. So the call and its context are alive whenever phase_ is not kFinished.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>

#include "base/mutex.h"
#include "broker/watch_progress.h"
#include "rpc/front_door.h"
#include "rpc/watch_handler.h"

namespace tokenbroker {

// Any thread; gRPC's reactions and the loop's calls may come at the same time.
class WatchReactor : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public WatchStream {
 public:
  // All must outlive the server's calls; `context` and `request` are gRPC's.
  struct Parts {
    FrontDoor& door;
    WatchHandler& handler;
  };
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(Parts parts,
                                                           grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request);
  // For Start.
  WatchReactor(Parts parts, grpc::CallbackServerContext* context, const grpc::ByteBuffer* request);

  void Show(WatchView view) override;
  void End(absl::Status why) override;
  absl::optional<KeptCredentials> Shown() override;
  void SetRule(absl::string_view rule) override;
  void Close() override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // kBeginning: it is not known yet who calls, or not handed to the handler.
  enum class Phase { kBeginning, kOpen, kFinished };
  enum class Act { kNothing, kWrite, kFinish };
  // Is called with who calls, or dropped when the broker stops.
  class Beginning;

  WatchMeters& meters() const { return parts_.handler.meters(); }
  void Identified(absl::StatusOr<KnownCallerPtr> caller);
  absl::Status HandOver(absl::StatusOr<KnownCallerPtr> caller);
  void Begun();
  // The first reason counts.
  void EndFor(absl::Status why) TB_REQUIRES(mutex_);
  void EndSoon(absl::Status why);
  void Proceed();
  Act Decide() TB_REQUIRES(mutex_);
  Act Write() TB_REQUIRES(mutex_);
  void Leave() TB_REQUIRES(mutex_);
  // Of a reader who does not read: nothing waits for it for ever.
  void Abandon();

  const Parts parts_;
  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer* const request_;
  std::shared_ptr<WatchReactor> self_;
  // Of whoever begins it, until then; later its rule and its place change, under the mutex.
  Visit visit_;
  bool is_handed_over_ = false;

  Mutex mutex_;
  Phase phase_ TB_GUARDED_BY(mutex_) = Phase::kBeginning;
  bool is_writing_ TB_GUARDED_BY(mutex_) = false;
  // Was let watch: its begin is in the audit trail, and it counts as open.
  bool is_open_ TB_GUARDED_BY(mutex_) = false;
  // Not OK: it ends for that reason, so soon as no write is under way.
  absl::Status why_ TB_GUARDED_BY(mutex_);
  WatchProgress progress_ TB_GUARDED_BY(mutex_){0};
  // What is shown and not all told.
  absl::optional<WatchView> newest_ TB_GUARDED_BY(mutex_);

  // Of whoever starts the write, and of gRPC until it is done.
  grpc::ByteBuffer bytes_;
  // Of whoever finishes.
  grpc::Status status_;
};

}  // namespace tokenbroker
