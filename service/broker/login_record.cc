#include "broker/login_record.h"

#include <utility>

#include "broker/grant_mapping.h"

namespace tokenbroker {
namespace {

bool IsThere(const Boxed<Grant>& grant) { return grant && grant->state != GrantState::kDeleted; }

}  // namespace

AccountVerdict JudgeAccount(const Login& login, const Boxed<Grant>& present,
                            const absl::StatusOr<Account>& account) {
  if (login.allow_account_change || !IsThere(present) || !present->account.known()) {
    return AccountVerdict::kAccepted;
  }
  if (!account.ok()) return AccountVerdict::kUnlearned;
  // An id from a userinfo endpoint (no issuer) and one from an ID token are different names.
  const bool comparable =
      account->known() && account->issuer.empty() == present->account.issuer.empty();
  if (!comparable) return AccountVerdict::kUntold;
  return *account == present->account ? AccountVerdict::kAccepted : AccountVerdict::kOther;
}

bool MayInherit(const Login& login, const Boxed<Grant>& present, const Account& account) {
  return present && present->state == GrantState::kActive && present->refreshable() &&
         present->client_id == login.client_id && account.known() && present->account == account;
}

LoginRecord MakeLoginRecord(const LoginRecordInputs& in, Jitter& jitter) {
  LoginRecord record;
  Grant& grant = record.grant;
  const absl::Time authorized_at = in.mark.ToStore(in.answer.sent_at);
  grant.key = in.login.key;
  grant.account = in.account;
  grant.scopes = in.login.scopes;
  grant.attributes = in.attributes;
  grant.owner = in.login.caller;
  grant.authorized_at = authorized_at;
  grant.last_used_at = authorized_at;
  if (IsThere(in.present)) grant.created_at = in.present->created_at;

  if (!in.answer.tokens->refresh_token.empty()) {
    if (in.config.refresh.refresh_token_lifetime) {
      grant.reauthorize_at = authorized_at + *in.config.refresh.refresh_token_lifetime;
    }
  } else if (MayInherit(in.login, in.present, in.account)) {
    // An inherited refresh token dies when it would have.
    grant.refresh_token = in.present->refresh_token;
    grant.reauthorize_at = in.present->reauthorize_at;
    record.inherited = in.present->refresh_token_generation;
  }
  ApplyTokens(*in.answer.tokens, in.answer.sent_at, in.mark, in.config, jitter, &grant);
  return record;
}

Grant AsStored(LoginRecord record, int64_t generation, absl::Time stored_at) {
  Grant grant = std::move(record.grant);
  grant.generation = generation;
  grant.login_generation = generation;
  grant.refresh_token_generation = record.inherited != 0 ? record.inherited : generation;
  if (grant.created_at == absl::Time()) grant.created_at = stored_at;
  return grant;
}

}  // namespace tokenbroker
