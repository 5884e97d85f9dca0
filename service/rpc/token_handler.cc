#include "rpc/token_handler.h"

#include <utility>
#include <vector>

#include "access/caller_refusals.h"
#include "rpc/permit.h"
#include "rpc/request_validation.h"

namespace tokenbroker {
namespace {

constexpr char kTooManyWait[] = "too many calls of this caller wait for an answer";
constexpr absl::Duration kAskAgain = absl::Seconds(1);

}  // namespace

void TokenHandler::GetFreshToken(const CallInfo& call, const FreshRequest& request,
                                 FreshAnswer* response, CallDone done) {
  const v1::GetFreshTokenRequest& wishes = request.wishes();
  if (absl::Status valid = Validate(wishes); !valid.ok()) return done(std::move(valid));
  const absl::StatusOr<Permission> permission = Permit(call, Rpc::kGetFreshToken, request);
  if (!permission.ok()) return done(permission.status());

  const std::vector<std::string> required_scopes(wishes.required_scopes().begin(),
                                                 wishes.required_scopes().end());
  FreshTokenQuery query;
  query.key = {permission->tenant, request.provider(), request.subject()};
  if (permission->owner == Owner::kSelf) query.required_owner = call.caller->caller.name;
  query.max_scopes = permission->max_scopes;
  if (wishes.has_min_ttl()) query.min_ttl = FromProto(wishes.min_ttl());
  query.required_scopes = required_scopes;
  query.rejected_generation = wishes.rejected_generation();
  query.trace = &call.trace;
  if (absl::optional<FreshToken> fresh = tokens_.AnswerFromCache(query)) {
    *response = {std::move(fresh->token), fresh->source, Now(clock_)};
    return done(absl::OkStatus());
  }
  absl::optional<CallerUsage::Waiting> waiting = CallerUsage::Wait(call.caller->usage);
  if (!waiting) return done(QuotaExceeded(kTooManyWait, kAskAgain));
  // The caller's rights own max_scopes.
  tokens_.GetFreshToken(query, call.deadline,
                        [this, response, caller = call.caller, waiting = std::move(waiting),
                         done = std::move(done)](absl::StatusOr<FreshToken> fresh) mutable {
                          waiting.reset();
                          if (!fresh.ok()) return done(std::move(fresh).status());
                          *response = {std::move(fresh->token), fresh->source, Now(clock_)};
                          done(absl::OkStatus());
                        });
}

}  // namespace tokenbroker
