#include "store/record_proto.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "base/status_macros.h"
#include "store/record_time.h"

namespace tokenbroker {
namespace {

namespace pb = store::v1;

std::string Text(absl::string_view text) { return std::string(text.data(), text.size()); }

absl::optional<absl::Time> Time(bool given, int64_t milliseconds) {
  return given ? absl::make_optional(FromRecordTime(milliseconds)) : absl::nullopt;
}

pb::GrantState ToProto(GrantState state) {
  switch (state) {
    case GrantState::kActive:
      return pb::GRANT_STATE_ACTIVE;
    case GrantState::kReauthorizationRequired:
      return pb::GRANT_STATE_REAUTHORIZATION_REQUIRED;
    case GrantState::kRevoked:
      return pb::GRANT_STATE_REVOKED;
    case GrantState::kDeleted:
      return pb::GRANT_STATE_DELETED;
  }
  return pb::GRANT_STATE_UNSPECIFIED;
}

absl::Status FromProto(pb::GrantState message, GrantState* state) {
  for (const GrantState known : {GrantState::kActive, GrantState::kReauthorizationRequired,
                                 GrantState::kRevoked, GrantState::kDeleted}) {
    if (ToProto(known) != message) continue;
    *state = known;
    return absl::OkStatus();
  }
  return NewerVersion("the grant's state");
}

pb::StateReason ToProto(StateReason reason) {
  switch (reason) {
    case StateReason::kNone:
      return pb::STATE_REASON_UNSPECIFIED;
    case StateReason::kRevoked:
      return pb::STATE_REASON_REVOKED;
    case StateReason::kRotationLost:
      return pb::STATE_REASON_ROTATION_LOST;
    case StateReason::kNoRefreshToken:
      return pb::STATE_REASON_NO_REFRESH_TOKEN;
    case StateReason::kIdentityChanged:
      return pb::STATE_REASON_IDENTITY_CHANGED;
    case StateReason::kClientChanged:
      return pb::STATE_REASON_CLIENT_CHANGED;
    case StateReason::kProviderSaysDead:
      return pb::STATE_REASON_PROVIDER_SAYS_DEAD;
  }
  return pb::STATE_REASON_UNSPECIFIED;
}

absl::Status FromProto(pb::StateReason message, StateReason* reason) {
  for (const StateReason known :
       {StateReason::kNone, StateReason::kRevoked, StateReason::kRotationLost,
        StateReason::kNoRefreshToken, StateReason::kIdentityChanged, StateReason::kClientChanged,
        StateReason::kProviderSaysDead}) {
    if (ToProto(known) != message) continue;
    *reason = known;
    return absl::OkStatus();
  }
  return NewerVersion("the reason of the grant's state");
}

void PutTimes(const Grant& grant, pb::WholeGrant* out) {
  out->clear_expires_at();
  out->clear_refresh_at();
  out->clear_last_refresh_at();
  out->clear_reauthorize_at();
  if (grant.expires_at) out->set_expires_at(ToRecordTime(*grant.expires_at));
  if (grant.refresh_at) out->set_refresh_at(ToRecordTime(*grant.refresh_at));
  if (grant.last_refresh_at) out->set_last_refresh_at(ToRecordTime(*grant.last_refresh_at));
  if (grant.reauthorize_at) out->set_reauthorize_at(ToRecordTime(*grant.reauthorize_at));
  out->set_authorized_at(ToRecordTime(grant.authorized_at));
  out->set_created_at(ToRecordTime(grant.created_at));
  out->set_last_used_at(ToRecordTime(grant.last_used_at));
}

void TakeTimes(const pb::WholeGrant& message, Grant* grant) {
  grant->expires_at = Time(message.has_expires_at(), message.expires_at());
  grant->refresh_at = Time(message.has_refresh_at(), message.refresh_at());
  grant->last_refresh_at = Time(message.has_last_refresh_at(), message.last_refresh_at());
  grant->reauthorize_at = Time(message.has_reauthorize_at(), message.reauthorize_at());
  grant->authorized_at = FromRecordTime(message.authorized_at());
  grant->created_at = FromRecordTime(message.created_at());
  grant->last_used_at = FromRecordTime(message.last_used_at());
}

}  // namespace

absl::Status NewerVersion(absl::string_view what) {
  return absl::UnimplementedError(absl::StrCat(what, " is one that only a newer version knows"));
}

Secret TakeSecret(std::string* out) {
  Secret secret(std::move(*out));
  out->clear();
  return secret;
}

void Put(const GrantKey& key, pb::GrantKey* out) {
  out->set_tenant(key.tenant);
  out->set_provider(key.provider);
  out->set_subject(key.subject);
}

GrantKey Take(const pb::GrantKey& message) {
  return {message.tenant(), message.provider(), message.subject()};
}

void PutSealed(const Grant& grant, pb::SealedGrant* out) {
  out->set_access_token(Text(grant.access_token.Expose()));
  out->set_token_type(grant.token_type);
  out->set_refresh_token(Text(grant.refresh_token.Expose()));
  out->set_client_id(grant.client_id);
  if (grant.account == Account()) {
    out->clear_account();
  } else {
    out->mutable_account()->set_issuer(grant.account.issuer);
    out->mutable_account()->set_id(grant.account.id);
  }
  out->clear_attributes();
  for (const auto& [name, value] : grant.attributes) (*out->mutable_attributes())[name] = value;
  out->set_issued_at(ToRecordTime(grant.issued_at));
}

void WipeSecrets(pb::SealedGrant* message) {
  TakeSecret(message->mutable_access_token());
  TakeSecret(message->mutable_refresh_token());
}

void TakeSealed(pb::SealedGrant* message, Grant* grant) {
  grant->access_token = TakeSecret(message->mutable_access_token());
  grant->token_type = message->token_type();
  grant->refresh_token = TakeSecret(message->mutable_refresh_token());
  grant->client_id = message->client_id();
  grant->account = {message->account().issuer(), message->account().id()};
  grant->attributes = {message->attributes().begin(), message->attributes().end()};
  grant->issued_at = FromRecordTime(message->issued_at());
}

void Put(const Grant& grant, pb::WholeGrant* out) {
  Put(grant.key, out->mutable_key());
  PutSealed(grant, out->mutable_sealed());
  out->set_generation(grant.generation);
  out->set_login_generation(grant.login_generation);
  out->set_refresh_token_generation(grant.refresh_token_generation);
  PutTexts(grant.scopes, out->mutable_scopes());
  out->set_state(ToProto(grant.state));
  out->set_state_reason(ToProto(grant.state_reason));
  PutTimes(grant, out);
  out->set_last_error(grant.last_error);
  out->set_owner(grant.owner);
}

absl::Status Take(pb::WholeGrant* message, Grant* grant) {
  grant->key = Take(message->key());
  TakeSealed(message->mutable_sealed(), grant);
  grant->generation = message->generation();
  grant->login_generation = message->login_generation();
  grant->refresh_token_generation = message->refresh_token_generation();
  grant->scopes = TakeTexts(message->scopes());
  TB_RETURN_IF_ERROR(FromProto(message->state(), &grant->state));
  TB_RETURN_IF_ERROR(FromProto(message->state_reason(), &grant->state_reason));
  TakeTimes(*message, grant);
  grant->last_error = message->last_error();
  grant->owner = message->owner();
  return absl::OkStatus();
}

Secret Serialize(const google::protobuf::MessageLite& message) {
  return Secret(message.SerializeAsString());
}

absl::Status Parse(absl::string_view bytes, google::protobuf::MessageLite* message) {
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::OkStatus();
  }
  return absl::DataLossError("is not the record that it ought to be");
}

}  // namespace tokenbroker
