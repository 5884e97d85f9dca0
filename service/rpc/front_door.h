// What every call passes on its way to a handler, and leaves behind when it ends: who calls, its
// quotas, and its line in the audit trail.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>
#include <grpcpp/server_context.h>

#include <cstdint>
#include <memory>

#include "access/audit_log.h"
#include "access/caller_usage.h"
#include "access/callers.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/trace_context.h"
#include "config/rpc_name.h"
#include "io/loop.h"
#include "rpc/call.h"
#include "rpc/loop_answers.h"
#include "rpc/rpc_meters.h"

namespace tokenbroker {

// One call's way.
struct Visit {
  Visit(Rpc the_rpc, grpc::CallbackServerContext* the_context)
      : rpc(the_rpc), context(the_context) {}

  Rpc rpc;
  grpc::CallbackServerContext* context;
  // When it came; of a unary call.
  SteadyTime begun;
  // Null until it is known.
  KnownCallerPtr caller;
  // What the call takes of its caller's quotas.
  std::shared_ptr<CallerUsage::Waiting> waiting;
  CallerUsage::Watching watching;
  std::shared_ptr<CallNotes> notes = std::make_shared<CallNotes>();
  // `traceparent` and `x-request-id` of its metadata.
  TraceContext trace;
  bool owes_audit_line = false;
};

// What a call's messages tell for its audit line.
struct AuditFacts {
  int64_t generation = 0;
  // AuditRecord's.
  absl::string_view watch = {};
  // How many grants an act on many was about, and whether they were only counted.
  absl::optional<int64_t> grants;
  bool dry_run = false;
};

// Any thread; never blocks.
class FrontDoor {
 public:
  // `audit` is null where there is no audit trail. All must outlive it and its visits.
  FrontDoor(Callers& callers, AuditLog* audit, Metrics& metrics, Loop& loop);

  const Clock& clock() const { return clock_; }
  LoopAnswers& answers() { return answers_; }

  // Callers::Identify for the visit's call.
  void Identify(const Visit& visit, SteadyTime deadline, Callers::Identified done);
  // Whether the visit goes on: not without a caller, nor beyond its quotas (CALLER_UNKNOWN,
  // QUOTA_EXCEEDED), nor where the audit trail has no room for it (AUDIT_UNAVAILABLE).
  absl::Status LetIn(absl::StatusOr<KnownCallerPtr> caller, Visit* visit);
  // The call was answered so, or the stream ended so. Once for every visit.
  void Count(const Visit& visit, const absl::Status& status);
  // Its line in the audit trail: the visit ended so, or (of one that lasts) was let in.
  void Leave(const Visit& visit, const AuditFacts& facts, const absl::Status& status);

  // A visit that lasts has more than one line: what happened now. False when there is no room for
  // it, and it must not happen.
  bool Note(const Visit& visit, const AuditFacts& facts, const absl::Status& status);

 private:
  absl::Status TakePlace(Visit* visit);
  void Record(const Visit& visit, const AuditFacts& facts, const absl::Status& status);

  Callers& callers_;
  AuditLog* const audit_;
  const Clock& clock_;
  LoopAnswers answers_;
  // Lines of callers who proved no identity: they must not push those of others out.
  CallerUsage strangers_;
  prometheus::Counter& over_quota_;
  RpcMeters meters_;
};

}  // namespace tokenbroker
