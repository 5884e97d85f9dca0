#include "broker/watch_view.h"

#include "broker/token_choice.h"

namespace tokenbroker {
namespace {

void SetState(const CachedToken& token, absl::optional<StateReason> frozen, WatchView* view) {
  view->reason = token.state_reason;
  switch (token.state) {
    case GrantState::kActive:
      break;
    case GrantState::kReauthorizationRequired:
      view->state = WatchedState::kReauthorizationRequired;
      return;
    case GrantState::kRevoked:
      view->state = WatchedState::kRevoked;
      return;
    case GrantState::kDeleted:
      view->state = WatchedState::kAbsent;
      return;
  }
  const bool is_over = view->token == nullptr && !token.refreshable;
  if (is_over) {
    view->state = WatchedState::kReauthorizationRequired;
    view->reason = StateReason::kNoRefreshToken;
  } else if (frozen) {
    view->state = WatchedState::kFrozen;
    view->reason = *frozen;
  } else {
    view->state = WatchedState::kActive;
  }
}

}  // namespace

absl::StatusOr<WatchView> ViewFor(const std::shared_ptr<const CachedToken>& token,
                                  absl::optional<StateReason> frozen, const FreshTokenQuery& query,
                                  SteadyTime now) {
  WatchView view;
  if (token == nullptr) return view;
  if (Answers(*token, query, now)) {
    view.token = token;
  } else {
    const Shortcoming shortcoming = WhatStandsInTheWay(*token, query, now);
    if (absl::IsNotFound(shortcoming.refusal)) return view;
    if (absl::IsPermissionDenied(shortcoming.refusal)) return shortcoming.refusal;
  }
  SetState(*token, frozen, &view);
  view.generation = token->generation;
  return view;
}

}  // namespace tokenbroker
