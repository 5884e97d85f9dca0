#include "store/outcome_proto.h"

#include <absl/types/optional.h>

#include <string>

#include "store/record_proto.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

namespace pb = store::v1;
using Kind = LoginOutcome::Kind;

pb::SealedOutcome::Kind ToProto(Kind kind) {
  switch (kind) {
    case Kind::kNotSent:
      return pb::SealedOutcome::KIND_NOT_SENT;
    case Kind::kGrant:
      return pb::SealedOutcome::KIND_GRANT;
    case Kind::kRefused:
      return pb::SealedOutcome::KIND_REFUSED;
  }
  return pb::SealedOutcome::KIND_UNSPECIFIED;
}

void Put(const Refusal& refusal, pb::Refusal* out) {
  out->set_reason(std::string(ReasonName(refusal.reason)));
  out->set_message(refusal.message);
  out->set_provider(refusal.provider);
  out->set_provider_error(refusal.provider_error);
  out->set_cause(refusal.cause);
  out->set_generation(refusal.generation);
  PutTexts(refusal.missing_scopes, out->mutable_missing_scopes());
  out->clear_retry_after_ns();
  if (refusal.retry_after) out->set_retry_after_ns(absl::ToInt64Nanoseconds(*refusal.retry_after));
  out->set_caller_context(refusal.caller_context);
}

absl::Status Take(const pb::Refusal& message, Refusal* refusal) {
  const absl::optional<Reason> reason = ReasonFromName(message.reason());
  if (!reason) return NewerVersion("the reason of the refusal");
  refusal->reason = *reason;
  refusal->message = message.message();
  refusal->provider = message.provider();
  refusal->provider_error = message.provider_error();
  refusal->cause = message.cause();
  refusal->generation = message.generation();
  refusal->missing_scopes = TakeTexts(message.missing_scopes());
  refusal->retry_after.reset();
  if (message.has_retry_after_ns()) {
    refusal->retry_after = absl::Nanoseconds(message.retry_after_ns());
  }
  refusal->caller_context = message.caller_context();
  return absl::OkStatus();
}

}  // namespace

void Put(const LoginOutcome& outcome, pb::SealedOutcome* out) {
  out->set_kind(ToProto(outcome.kind));
  out->set_generation(outcome.generation);
  out->clear_refusal();
  if (outcome.kind == Kind::kRefused) Put(outcome.refusal, out->mutable_refusal());
}

absl::Status Take(const pb::SealedOutcome& message, LoginOutcome* outcome) {
  outcome->generation = message.generation();
  outcome->refusal = Refusal();
  for (const Kind kind : {Kind::kNotSent, Kind::kGrant, Kind::kRefused}) {
    if (ToProto(kind) != message.kind()) continue;
    outcome->kind = kind;
    if (kind != Kind::kRefused) return absl::OkStatus();
    return Take(message.refusal(), &outcome->refusal);
  }
  return NewerVersion("the outcome of the login");
}

}  // namespace tokenbroker
