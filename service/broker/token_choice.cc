#include "broker/token_choice.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "broker/refusals.h"
#include "token/freshness_policy.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

bool Contains(const std::vector<std::string>& scopes, const std::string& scope) {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

// Of most short lists nearly all entries differ in their size: searching by halves compares more.
bool ContainsSorted(const std::vector<std::string>& sorted, const std::string& scope) {
  constexpr size_t kShort = 16;
  if (sorted.size() <= kShort) return Contains(sorted, scope);
  return std::binary_search(sorted.begin(), sorted.end(), scope);
}

bool IsOwned(const CachedToken& token, const FreshTokenQuery& query) {
  return query.required_owner.empty() || token.traits->owner == query.required_owner;
}

bool IsWithinMaxScopes(const CachedToken& token, const FreshTokenQuery& query) {
  if (query.max_scopes == nullptr) return true;
  // A provider that never told: it could be anything.
  const std::vector<std::string>& scopes = token.traits->scopes;
  if (scopes.empty()) return false;
  return std::all_of(scopes.begin(), scopes.end(), [&query](const std::string& scope) {
    return ContainsSorted(*query.max_scopes, scope);
  });
}

bool MayBeServed(GrantState state) {
  return state == GrantState::kActive || state == GrantState::kReauthorizationRequired;
}

Shortcoming Refuse(absl::Status refusal) {
  return {Shortcoming::Remedy::kNone, std::move(refusal)};
}

Refusal Make(Reason reason, const FreshTokenQuery& query, const CachedToken& token,
             std::string message) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.provider = std::string(query.key.provider);
  refusal.generation = token.generation;
  refusal.message = std::move(message);
  return refusal;
}

absl::Status ScopeMissing(const CachedToken& token, const FreshTokenQuery& query) {
  Refusal refusal = Make(Reason::kScopeMissing, query, token,
                         "the grant lacks required_scopes: the user must log in with them");
  for (const std::string& scope : query.required_scopes) {
    if (!Contains(token.traits->scopes, scope)) refusal.missing_scopes.push_back(scope);
  }
  return ToStatus(refusal);
}

absl::Status GenerationUnknown(const CachedToken& token, const FreshTokenQuery& query) {
  return ToStatus(Make(Reason::kGenerationUnknown, query, token,
                       absl::StrCat("rejected_generation is above the grant's, ", token.generation,
                                    ": give back the generation of the token that was refused")));
}

absl::Status KeepsBeingRejected(const CachedToken& token, const FreshTokenQuery& query,
                                absl::Duration wait) {
  Refusal refusal = Make(Reason::kTokenKeepsBeingRejected, query, token,
                         "this token is too young to be refreshed again: the resource server "
                         "refuses it for another reason than its age");
  refusal.retry_after = wait;
  return ToStatus(refusal);
}

absl::Status MinTtlUnsatisfiable(const CachedToken& token, const FreshTokenQuery& query,
                                 absl::optional<absl::Duration> wait) {
  Refusal refusal =
      Make(Reason::kMinTtlUnsatisfiable, query, token,
           absl::StrCat("the provider's tokens live ", absl::FormatDuration(token.life()),
                        " in all: ask for a shorter min_ttl"));
  refusal.retry_after = wait;
  return ToStatus(refusal);
}

// A query that asks for more than the whole life of `token`.
bool WantsLongerLife(const CachedToken& token, const FreshTokenQuery& query) {
  return query.min_ttl && *query.min_ttl >= token.life();
}

}  // namespace

bool Answers(const CachedToken& token, const FreshTokenQuery& query, SteadyTime now) {
  if (query.rejected_generation != 0 && token.generation <= query.rejected_generation) return false;
  if (!MayBeServed(token.state) || token.access_token.empty()) return false;
  if (!IsServable(token.Remaining(now), token.life(), query.min_ttl)) return false;
  for (const std::string& scope : query.required_scopes) {
    if (!Contains(token.traits->scopes, scope)) return false;
  }
  return IsOwned(token, query) && IsWithinMaxScopes(token, query);
}

bool IsDue(const CachedToken& token, SteadyTime now) { return now >= token.refresh_due; }

TokenSource SourceOf(const CachedToken& token, TokenSource source) {
  if (token.state != GrantState::kActive || token.refresh_failed) return TokenSource::kStale;
  return source;
}

Shortcoming WhatStandsInTheWay(const CachedToken& token, const FreshTokenQuery& query,
                               SteadyTime now) {
  if (token.state == GrantState::kDeleted || !IsOwned(token, query)) {
    return Refuse(GrantNotFound(query.key));
  }
  if (!IsWithinMaxScopes(token, query)) return Refuse(CallerNotAllowed());
  if (query.rejected_generation > token.generation) return Refuse(GenerationUnknown(token, query));
  for (const std::string& scope : query.required_scopes) {
    if (!Contains(token.traits->scopes, scope)) return Refuse(ScopeMissing(token, query));
  }
  if (token.state != GrantState::kActive) {
    return Refuse(ReauthorizationRequired(query.key.provider, token.state_reason, token.generation,
                                          token.traits->provider_error));
  }
  if (!token.refreshable) {
    return Refuse(ReauthorizationRequired(query.key.provider, StateReason::kNoRefreshToken,
                                          token.generation));
  }
  if (token.access_token.empty() && now < token.refresh_due) {
    // The provider's last answer had no usable access token: it is not asked at every question.
    return Refuse(RefreshFailed(query.key.provider, ErrorClass::kProviderTrouble,
                                "unusable_access_token", token.refresh_due - now));
  }
  const absl::Duration wait = token.issued + MinRefreshInterval(token.life()) - now;
  const bool too_young = wait > absl::ZeroDuration();
  if (too_young && query.rejected_generation == token.generation) {
    return Refuse(KeepsBeingRejected(token, query, wait));
  }
  const bool unmet = query.min_ttl && *query.min_ttl >= token.traits->unmet_ttl;
  if (unmet || (WantsLongerLife(token, query) && too_young)) {
    return Refuse(MinTtlUnsatisfiable(token, query, absl::nullopt));
  }
  // So young, and already too short: only a min_ttl close to the whole life asks for that.
  if (too_young) return Refuse(MinTtlUnsatisfiable(token, query, wait));
  return {Shortcoming::Remedy::kRefresh, absl::OkStatus()};
}

}  // namespace tokenbroker
