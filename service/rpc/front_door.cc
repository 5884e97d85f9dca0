#include "rpc/front_door.h"

#include <string>
#include <utility>

#include "access/audit_record.h"
#include "access/caller_refusals.h"
#include "base/status_macros.h"
#include "rpc/peer.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kAskAgain = absl::Seconds(1);
// Places to watch are kept for long.
constexpr absl::Duration kWatchAgain = absl::Seconds(10);
// A second, and at once.
constexpr QuotaConfig kStrangers = {10, 1000, 1};
// What a caller writes into its line at most.
constexpr size_t kMaxFieldBytes = 256;

absl::string_view Cut(absl::string_view text) { return text.substr(0, kMaxFieldBytes); }

absl::string_view Header(const grpc::ServerContextBase& call, const char* name) {
  const auto it = call.client_metadata().find(name);
  if (it == call.client_metadata().end()) return {};
  return absl::string_view(it->second.data(), it->second.size());
}

}  // namespace

FrontDoor::FrontDoor(Callers& callers, AuditLog* audit, Metrics& metrics, Loop& loop)
    : callers_(callers),
      audit_(audit),
      clock_(loop.clock()),
      answers_(loop),
      strangers_(kStrangers),
      over_quota_(metrics.Counter("tokenbroker_calls_over_quota_total",
                                  "Calls that were refused because their caller makes too many.")),
      meters_(metrics) {}

void FrontDoor::Identify(const Visit& visit, SteadyTime deadline, Callers::Identified done) {
  IdentifyPeer(callers_, *visit.context, deadline, std::move(done));
}

absl::Status FrontDoor::LetIn(absl::StatusOr<KnownCallerPtr> caller, Visit* visit) {
  visit->trace = MakeTraceContext(Header(*visit->context, "traceparent"),
                                  Header(*visit->context, "x-request-id"));
  if (caller.ok()) {
    const std::shared_ptr<CallerUsage>& usage = (*caller)->usage;
    visit->caller = *caller;
    // Now, and not when the visit began: to find out who calls may have taken seconds.
    if (const auto wait = usage->TakeCall(clock_.SteadyNow())) {
      over_quota_.Increment();
      return QuotaExceeded("this caller makes too many calls", *wait);
    }
    TB_RETURN_IF_ERROR(TakePlace(visit));
  } else if (strangers_.TakeCall(clock_.SteadyNow())) {
    return caller.status();
  }
  if (audit_ != nullptr && !audit_->Admit()) return AuditUnavailable();
  visit->owes_audit_line = audit_ != nullptr;
  return caller.status();
}

absl::Status FrontDoor::TakePlace(Visit* visit) {
  const std::shared_ptr<CallerUsage>& usage = visit->caller->usage;
  // A hit waits for nothing: GetFreshToken sees to its own.
  if (visit->rpc == Rpc::kGetFreshToken) return absl::OkStatus();
  if (visit->rpc == Rpc::kWatchToken) {
    absl::optional<CallerUsage::Watching> watching = CallerUsage::Watch(usage);
    if (!watching) {
      over_quota_.Increment();
      return QuotaExceeded("this caller watches too many grants at this replica", kWatchAgain);
    }
    visit->watching = *std::move(watching);
    return absl::OkStatus();
  }
  absl::optional<CallerUsage::Waiting> waiting = CallerUsage::Wait(usage);
  if (!waiting) {
    over_quota_.Increment();
    return QuotaExceeded("too many calls of this caller wait for an answer", kAskAgain);
  }
  visit->waiting = std::make_shared<CallerUsage::Waiting>(*std::move(waiting));
  return absl::OkStatus();
}

void FrontDoor::Count(const Visit& visit, const absl::Status& status) {
  if (visit.rpc == Rpc::kWatchToken) return meters_.StreamEnded(visit.rpc, status);
  meters_.Ended(visit.rpc, status, clock_.SteadyNow() - visit.begun);
}

void FrontDoor::Leave(const Visit& visit, const AuditFacts& facts, const absl::Status& status) {
  if (visit.owes_audit_line) Record(visit, facts, status);
}

bool FrontDoor::Note(const Visit& visit, const AuditFacts& facts, const absl::Status& status) {
  if (audit_ == nullptr) return true;
  if (!audit_->Admit()) return false;
  Record(visit, facts, status);
  return true;
}

void FrontDoor::Record(const Visit& visit, const AuditFacts& facts, const absl::Status& status) {
  absl::optional<Refusal> refusal;
  if (!status.ok()) refusal = RefusalOf(status);
  const std::string code = absl::StatusCodeToString(status.code());
  const std::string peer = visit.context->peer();
  const CallNotes& notes = *visit.notes;
  AuditRecord record;
  record.time = clock_.TimeNow();
  if (visit.caller != nullptr) record.caller = visit.caller->caller.name;
  record.rpc = RpcName(visit.rpc);
  record.watch = facts.watch;
  record.tenant = Cut(notes.key.tenant);
  record.provider = Cut(notes.key.provider);
  record.subject = Cut(notes.key.subject);
  record.generation = facts.generation;
  record.grants = facts.grants;
  record.dry_run = facts.dry_run;
  record.log_level = notes.log_level;
  record.outcome = code;
  if (refusal) {
    record.outcome = ReasonName(refusal->reason);
    record.cause = refusal->cause;
    if (record.generation == 0) record.generation = refusal->generation;
  }
  record.rule = notes.rule;
  record.peer = peer;
  record.trace_id = TraceIdOf(visit.trace.traceparent);
  record.request_id = visit.trace.request_id;
  audit_->Record(FormatAuditLine(record, audit_->hash_key()));
}

}  // namespace tokenbroker
