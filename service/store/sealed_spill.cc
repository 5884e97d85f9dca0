#include "store/sealed_spill.h"

#include <tokenbroker/store/v1/record.pb.h>

#include "base/status_macros.h"
#include "crypto/associated_data.h"
#include "store/outcome_proto.h"
#include "store/record_proto.h"

namespace tokenbroker {
namespace {

namespace pb = store::v1;

constexpr absl::string_view kCommitSchema = "commit/1";
constexpr absl::string_view kExchangeSchema = "exchange/1";

}  // namespace

std::string SpilledCommitAssociatedData() { return AssociatedData({kCommitSchema, "", "", "", 0}); }

std::string SpilledExchangeAssociatedData() {
  return AssociatedData({kExchangeSchema, "", "", "", 0});
}

Secret SerializeSpilledCommit(const CommitRequest& request) {
  pb::SpilledCommit message;
  message.set_attempt(request.attempt);
  message.set_parent(request.parent);
  message.set_next(request.next);
  message.set_rotated(request.rotated == Rotated::kYes);
  Put(request.record, message.mutable_record());
  message.set_for_caller(request.demand == Demand::kCaller);
  message.set_replay_harmless(request.replay == Replay::kHarmless);
  Secret bytes = Serialize(message);
  WipeSecrets(message.mutable_record()->mutable_sealed());
  return bytes;
}

absl::StatusOr<CommitRequest> ParseSpilledCommit(absl::string_view bytes) {
  pb::SpilledCommit message;
  TB_RETURN_IF_ERROR(Parse(bytes, &message));
  CommitRequest request;
  request.attempt = message.attempt();
  request.parent = message.parent();
  request.next = message.next();
  request.rotated = message.rotated() ? Rotated::kYes : Rotated::kNo;
  TB_RETURN_IF_ERROR(Take(message.mutable_record(), &request.record));
  request.demand = message.for_caller() ? Demand::kCaller : Demand::kBackground;
  request.replay = message.replay_harmless() ? Replay::kHarmless : Replay::kHarmful;
  return request;
}

Secret SerializeSpilledExchange(const FinishExchangeRequest& request) {
  pb::SpilledExchange message;
  message.set_state(request.state);
  message.set_attempt(request.attempt);
  message.set_seen_login_generation(request.seen_login_generation);
  message.set_generation(request.generation);
  Put(request.outcome, message.mutable_outcome());
  if (request.record) Put(*request.record, message.mutable_record());
  message.set_expected(request.expected);
  Secret bytes = Serialize(message);
  TakeSecret(message.mutable_state());
  if (request.record) WipeSecrets(message.mutable_record()->mutable_sealed());
  return bytes;
}

absl::StatusOr<FinishExchangeRequest> ParseSpilledExchange(absl::string_view bytes) {
  pb::SpilledExchange message;
  TB_RETURN_IF_ERROR(Parse(bytes, &message));
  FinishExchangeRequest request;
  request.state = message.state();
  request.attempt = message.attempt();
  request.seen_login_generation = message.seen_login_generation();
  request.generation = message.generation();
  TB_RETURN_IF_ERROR(Take(message.outcome(), &request.outcome));
  if (message.has_record()) {
    TB_RETURN_IF_ERROR(Take(message.mutable_record(), &request.record.emplace()));
  }
  request.expected = message.expected();
  return request;
}

}  // namespace tokenbroker
