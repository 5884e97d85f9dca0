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

void TokenHandler::GetFreshToken(const CallInfo& call, const v1::GetFreshTokenRequest& request,
                                 FreshAnswer* response, CallDone done) {
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  const absl::StatusOr<Permission> permission = Permit(call, Rpc::kGetFreshToken, request);
  if (!permission.ok()) return done(permission.status());

  const std::vector<std::string> required_scopes(request.required_scopes().begin(),
                                                 request.required_scopes().end());
  FreshTokenQuery query;
  query.key = {permission->tenant, request.provider(), request.subject()};
  if (permission->owner == Owner::kSelf) query.required_owner = call.caller->caller.name;
  query.max_scopes = permission->max_scopes;
  if (request.has_min_ttl()) query.min_ttl = FromProto(request.min_ttl());
  query.required_scopes = required_scopes;
  query.rejected_generation = request.rejected_generation();
  query.trace = &call.trace;
  // The caller's rights own max_scopes.
  TokenService::Done answer = [this, response, caller = call.caller,
                               done = std::move(done)](absl::StatusOr<FreshToken> fresh) mutable {
    if (!fresh.ok()) return done(std::move(fresh).status());
    *response = {std::move(fresh->token), fresh->source, Now(clock_)};
    done(absl::OkStatus());
  };
  if (tokens_.AnswerFromCache(query, answer)) return;
  absl::optional<CallerUsage::Waiting> waiting = CallerUsage::Wait(call.caller->usage);
  if (!waiting) return answer(QuotaExceeded(kTooManyWait, kAskAgain));
  tokens_.GetFreshToken(query, call.deadline,
                        [answer = std::move(answer),
                         waiting = std::move(waiting)](absl::StatusOr<FreshToken> fresh) mutable {
                          waiting.reset();
                          answer(std::move(fresh));
                        });
}

}  // namespace tokenbroker
