#include "rpc/operations_handler.h"

#include <absl/types/optional.h>

#include <utility>

#include "rpc/deadline_answer.h"
#include "rpc/permit.h"
#include "rpc/proto_conversions.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr char kLate[] = "the call's deadline came first; ask again";

v1::LogLevel ToProto(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return v1::LOG_LEVEL_DEBUG;
    case LogLevel::kInfo:
      return v1::LOG_LEVEL_INFO;
    case LogLevel::kWarning:
      return v1::LOG_LEVEL_WARN;
    case LogLevel::kError:
      return v1::LOG_LEVEL_ERROR;
  }
  return v1::LOG_LEVEL_UNSPECIFIED;
}

absl::optional<LogLevel> FromProto(v1::LogLevel level) {
  switch (level) {
    case v1::LOG_LEVEL_DEBUG:
      return LogLevel::kDebug;
    case v1::LOG_LEVEL_INFO:
      return LogLevel::kInfo;
    case v1::LOG_LEVEL_WARN:
      return LogLevel::kWarning;
    case v1::LOG_LEVEL_ERROR:
      return LogLevel::kError;
    default:
      return absl::nullopt;
  }
}

void FillProvider(const ProviderStatus& status, v1::GetStatusResponse::ProviderStatus* out) {
  out->set_provider(status.provider);
  out->set_state(status.frozen ? v1::Provider::STATE_FROZEN : v1::Provider::STATE_ACTIVE);
  out->set_in_flight_count(status.in_flight);
  if (status.not_before) SetTimestamp(*status.not_before, out->mutable_not_before_time());
  if (status.last_success) SetTimestamp(*status.last_success, out->mutable_last_success_time());
  out->set_due_count(status.due);
  SetDuration(status.due_lag, out->mutable_due_lag());
}

void FillStore(StoreStatus store, v1::GetStatusResponse::StoreStatus* out) {
  out->set_location(std::move(store.location));
  out->set_spilled_write_count(store.spilled_writes);
  out->set_spill_writable(store.spill_writable);
  out->set_write_key_id(std::move(store.write_key_id));
  out->set_key_count(store.keys);
}

void FillTls(const TlsStatus& tls, v1::GetStatusResponse::TlsStatus* out) {
  SetTimestamp(tls.certificate_expiry, out->mutable_certificate_expire_time());
  if (tls.revocation_list_expiry) {
    SetTimestamp(*tls.revocation_list_expiry, out->mutable_revocation_list_expire_time());
  }
}

void FillFinding(Finding finding, v1::GetStatusResponse::Finding* out) {
  out->set_severity(finding.severity == Finding::Severity::kError
                        ? v1::GetStatusResponse::Finding::SEVERITY_ERROR
                        : v1::GetStatusResponse::Finding::SEVERITY_WARNING);
  out->set_message(std::move(finding.message));
}

void FillStatus(ReplicaStatus status, v1::GetStatusResponse* response) {
  response->set_version(std::move(status.version));
  SetTimestamp(status.start_time, response->mutable_start_time());
  response->set_serving(status.serving);
  SetTimestamp(status.config_load_time, response->mutable_config_load_time());
  response->set_config_error(std::move(status.config_error));
  response->set_store_reachable(status.store_reachable);
  response->set_cached_grant_count(status.cached_grants);
  response->set_log_level(ToProto(status.log_level));
  for (const ProviderStatus& p : status.providers) FillProvider(p, response->add_providers());
  response->set_host(std::move(status.host));
  FillStore(std::move(status.store), response->mutable_store());
  if (status.tls) FillTls(*status.tls, response->mutable_tls());
  for (Finding& f : status.findings) FillFinding(std::move(f), response->add_findings());
}

}  // namespace

void OperationsHandler::GetStatus(const CallInfo& call, const v1::GetStatusRequest&,
                                  v1::GetStatusResponse* response, CallDone done) {
  if (absl::Status s = PermitForBroker(call, Rpc::kGetStatus); !s.ok()) return done(std::move(s));
  loop_.Spawn(AnswerInTime<ReplicaStatus, v1::GetStatusResponse>(
      &loop_, kLate, [this, held = call.waiting] { return operations_.GetStatus(); }, call.deadline,
      FillStatus, response, std::move(done)));
}

void OperationsHandler::SetLogLevel(const CallInfo& call, const v1::SetLogLevelRequest& request,
                                    v1::SetLogLevelResponse* response, CallDone done) {
  if (absl::Status s = PermitForBroker(call, Rpc::kSetLogLevel); !s.ok()) return done(std::move(s));
  const absl::optional<LogLevel> level = FromProto(request.level());
  if (!level) {
    return done(FieldInvalid("level", "names no level; DEBUG, INFO, WARN and ERROR are"));
  }
  call.notes->log_level = std::string(LogLevelName(*level));
  loop_.Post(
      [this, level = *level, response, held = call.waiting, done = std::move(done)]() mutable {
        response->set_previous_level(ToProto(operations_.ChangeLogLevel(level)));
        done(absl::OkStatus());
      });
}

}  // namespace tokenbroker
