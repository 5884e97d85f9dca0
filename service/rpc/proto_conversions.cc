#include "rpc/proto_conversions.h"

namespace tokenbroker {
namespace {

std::string Text(absl::string_view text) { return std::string(text.data(), text.size()); }

v1::GrantState ToProto(GrantState state, bool frozen) {
  switch (state) {
    case GrantState::kActive:
      return frozen ? v1::GRANT_STATE_FROZEN : v1::GRANT_STATE_ACTIVE;
    case GrantState::kReauthorizationRequired:
      return v1::GRANT_STATE_REAUTHORIZATION_REQUIRED;
    case GrantState::kRevoked:
      return v1::GRANT_STATE_REVOKED;
    case GrantState::kDeleted:
      return v1::GRANT_STATE_ABSENT;
  }
  return v1::GRANT_STATE_UNSPECIFIED;
}

void SetGrantTimes(const Grant& grant, v1::Grant* out) {
  SetTimestamp(grant.created_at, out->mutable_create_time());
  SetTimestamp(grant.authorized_at, out->mutable_authorize_time());
  SetTimestamp(grant.last_used_at, out->mutable_last_use_time());
  if (grant.expires_at) SetTimestamp(*grant.expires_at, out->mutable_expire_time());
  if (grant.reauthorize_at) SetTimestamp(*grant.reauthorize_at, out->mutable_reauthorize_time());
  if (grant.last_refresh_at) SetTimestamp(*grant.last_refresh_at, out->mutable_last_refresh_time());
  if (grant.refresh_at) SetTimestamp(*grant.refresh_at, out->mutable_next_refresh_time());
}

}  // namespace

void SetTimestamp(absl::Time time, google::protobuf::Timestamp* out) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  out->set_seconds(seconds);
  out->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

void SetDuration(absl::Duration duration, google::protobuf::Duration* out) {
  out->set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  out->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

TokenTimes TimesOf(const CachedToken& token, const Now& now) {
  TokenTimes times;
  if (token.expires != SteadyTime::InfiniteFuture()) {
    times.expire = now.wall + token.Remaining(now.steady);
  }
  const bool refreshes_by_itself = token.refreshable && token.state == GrantState::kActive;
  if (refreshes_by_itself && token.refresh_due != SteadyTime::InfiniteFuture()) {
    times.refresh = now.wall + (token.refresh_due - now.steady);
  }
  if (token.reauthorize_at_ms != 0) {
    times.reauthorize = absl::FromUnixMillis(token.reauthorize_at_ms);
  }
  return times;
}

void SetAccessToken(const CachedToken& token, const Now& now, v1::AccessToken* out) {
  const absl::string_view secret = token.access_token.Expose();
  out->set_access_token(secret.data(), secret.size());
  out->set_token_type(token.traits->token_type);
  out->set_generation(token.generation);
  const TokenTimes times = TimesOf(token, now);
  if (times.expire) SetTimestamp(*times.expire, out->mutable_expire_time());
  if (times.refresh) SetTimestamp(*times.refresh, out->mutable_refresh_time());
  if (times.reauthorize) SetTimestamp(*times.reauthorize, out->mutable_reauthorize_time());
  for (const std::string& scope : token.traits->scopes) out->add_scopes(scope);
  for (const auto& [name, value] : token.traits->attributes) {
    (*out->mutable_attributes())[name] = value;
  }
}

v1::GetFreshTokenResponse::Source ToProto(TokenSource source) {
  switch (source) {
    case TokenSource::kCache:
      return v1::GetFreshTokenResponse::SOURCE_CACHE;
    case TokenSource::kStore:
      return v1::GetFreshTokenResponse::SOURCE_STORE;
    case TokenSource::kRefreshed:
      return v1::GetFreshTokenResponse::SOURCE_REFRESHED;
    case TokenSource::kStale:
      return v1::GetFreshTokenResponse::SOURCE_STALE;
  }
  return v1::GetFreshTokenResponse::SOURCE_UNSPECIFIED;
}

void SetStatus(const WatchView& view, v1::WatchTokenResponse::Status* out) {
  switch (view.state) {
    case WatchedState::kActive:
      out->set_state(v1::GRANT_STATE_ACTIVE);
      break;
    case WatchedState::kReauthorizationRequired:
      out->set_state(v1::GRANT_STATE_REAUTHORIZATION_REQUIRED);
      break;
    case WatchedState::kFrozen:
      out->set_state(v1::GRANT_STATE_FROZEN);
      break;
    case WatchedState::kRevoked:
      out->set_state(v1::GRANT_STATE_REVOKED);
      break;
    case WatchedState::kAbsent:
      out->set_state(v1::GRANT_STATE_ABSENT);
      break;
  }
  out->set_state_reason(Text(StateReasonName(view.reason)));
  out->set_generation(view.generation);
}

void SetGrant(const GrantView& view, v1::Grant* out) {
  const Grant& grant = view.grant;
  out->set_tenant(grant.key.tenant);
  out->set_provider(grant.key.provider);
  out->set_subject(grant.key.subject);
  if (grant.account.known()) {
    out->mutable_account()->set_issuer(grant.account.issuer);
    out->mutable_account()->set_id(grant.account.id);
  }
  const StateReason reason = view.freeze == GrantView::Freeze::kClientChanged
                                 ? StateReason::kClientChanged
                                 : grant.state_reason;
  out->set_state(ToProto(grant.state, view.freeze != GrantView::Freeze::kNone));
  out->set_state_reason(Text(StateReasonName(reason)));
  out->set_generation(grant.generation);
  for (const std::string& scope : grant.scopes) out->add_scopes(scope);
  out->set_refreshable(grant.refreshable());
  out->set_owner(grant.owner);
  for (const auto& [name, value] : grant.attributes) (*out->mutable_attributes())[name] = value;
  SetGrantTimes(grant, out);
  out->set_last_error(grant.last_error);
}

}  // namespace tokenbroker
