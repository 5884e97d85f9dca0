// Values with something else in every field, and all their fields as one, for the tests of what is
// written down. A new field of a value stops this from compiling until it is written down too.
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "store/grant_store.h"
#include "store/login_store.h"

namespace tokenbroker {

inline absl::Time AtMillisecond(int64_t n) { return absl::FromUnixMillis(1'800'000'000'000 + n); }

inline Grant WholeGrant() {
  Grant grant;
  grant.key = {"music", "spotify", "user-42/häuschen"};
  grant.generation = 1'800'000'000'101;
  grant.login_generation = 1'800'000'000'102;
  grant.refresh_token_generation = 1'800'000'000'103;
  grant.access_token = Secret("access-token");
  grant.token_type = "bEaReR";
  grant.refresh_token = Secret("refresh-token");
  grant.client_id = "client-id";
  grant.account = {"https://id.example", "account-1"};
  grant.attributes = {{"instance_url", "https://na1.example"}, {"realmId", "no UTF-8: \xFF"}};
  grant.scopes = {"openid", "playlist-read-private"};
  grant.state = GrantState::kReauthorizationRequired;
  grant.state_reason = StateReason::kIdentityChanged;
  grant.issued_at = AtMillisecond(1);
  grant.expires_at = AtMillisecond(2);
  grant.refresh_at = AtMillisecond(3);
  grant.authorized_at = AtMillisecond(4);
  grant.created_at = AtMillisecond(5);
  grant.last_used_at = AtMillisecond(6);
  grant.last_refresh_at = AtMillisecond(7);
  grant.last_error = "invalid_grant";
  grant.reauthorize_at = AtMillisecond(8);
  grant.owner = "spiffe://example/web";
  return grant;
}

inline Login WholeLogin() {
  Login login;
  login.key = {"music", "spotify", "user-42/häuschen"};
  login.caller = "spiffe://example/web";
  login.client_id = "client-id";
  login.redirect_uri = "https://app.example/callback";
  login.scopes = {"openid", "email"};
  login.code_verifier = Secret("code-verifier");
  login.nonce = Secret("the-nonce");
  login.issuer = "https://id.example";
  login.allow_account_change = true;
  login.caller_context = std::string("\0\xFF", 2);
  login.created_at = AtMillisecond(9);
  return login;
}

inline LoginOutcome WholeRefusal() {
  LoginOutcome outcome;
  outcome.kind = LoginOutcome::Kind::kRefused;
  outcome.generation = 10;
  outcome.refusal.reason = Reason::kAccountMismatch;
  outcome.refusal.message = "the user logged in with another account";
  outcome.refusal.provider = "spotify";
  outcome.refusal.provider_error = "access_denied";
  outcome.refusal.cause = "identity_changed";
  outcome.refusal.generation = 11;
  outcome.refusal.missing_scopes = {"email", "profile"};
  outcome.refusal.retry_after = absl::Milliseconds(1500);
  outcome.refusal.caller_context = std::string("\0\xFE", 2);
  return outcome;
}

inline CommitRequest WholeCommit() {
  return {std::string("\0attempt\xFF", 9),
          12,
          13,
          Rotated::kYes,
          WholeGrant(),
          Demand::kCaller,
          Replay::kHarmless};
}

inline FinishExchangeRequest WholeExchange() {
  return {"07.state", std::string("\0attempt\xFF", 9), 14, 15, WholeRefusal(), WholeGrant(), 16};
}

inline auto Fields(const Grant& grant) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w] = grant;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w);
}
inline auto Fields(const Login& login) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k] = login;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k);
}
inline auto Fields(const LoginOutcome& outcome) {
  const auto& [a, b, c] = outcome;
  return std::tie(a, b, c);
}
inline auto Fields(const CommitRequest& request) {
  const auto& [a, b, c, d, record, f, g] = request;
  return std::tuple_cat(std::tie(a, b, c, d, f, g), Fields(record));
}
// REQUIRES: it has a record.
inline auto Fields(const FinishExchangeRequest& request) {
  // Whoever replays it waits for a store that settles.
  const auto& [a, b, c, d, outcome, record, g, replay_is_not_kept] = request;
  return std::tuple_cat(std::tie(a, b, c, d, g), Fields(outcome), Fields(*record));
}

// The fields of `message` and of those in it that are not set: what nothing was written to.
inline std::vector<std::string> UnsetFields(const google::protobuf::Message& message) {
  std::vector<std::string> unset;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *message.GetDescriptor()->field(i);
    const bool set = field.is_repeated() ? reflection.FieldSize(message, &field) > 0
                                         : reflection.HasField(message, &field);
    if (!set) unset.push_back(field.full_name());
    if (!set || field.is_repeated() || field.message_type() == nullptr) continue;
    for (const std::string& name : UnsetFields(reflection.GetMessage(message, &field))) {
      unset.push_back(name);
    }
  }
  return unset;
}

// A field of a version to come.
inline void AddUnknownField(google::protobuf::Message* message, const std::string& text) {
  message->GetReflection()->MutableUnknownFields(message)->AddLengthDelimited(1000, text);
}
inline std::string UnknownField(const google::protobuf::Message& message) {
  const auto& fields = message.GetReflection()->GetUnknownFields(message);
  return fields.field_count() == 1 ? fields.field(0).length_delimited() : "";
}

}  // namespace tokenbroker
