#include "rpc/grant_admin_handler.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "access/authorization.h"
#include "base/status_macros.h"
#include "broker/refusals.h"
#include "rpc/deadline_answer.h"
#include "rpc/permit.h"
#include "rpc/proto_conversions.h"
#include "rpc/request_validation.h"
#include "token/grant_key.h"

namespace tokenbroker {
namespace {

constexpr char kLate[] =
    "the call's deadline came first; what was begun goes on: look at the grant, or call again";
constexpr int kDefaultPageSize = 100;
constexpr int kLargestPageSize = 1000;

// The one grant that a call is about, and what its caller may do with it.
struct Target {
  GrantKey key;
  // Another owner's grant is answered as one that does not exist; empty: anybody's will do.
  std::string required_owner;
};

template <typename Request>
absl::StatusOr<Target> AuthorizedTarget(const CallInfo& call, Rpc rpc, const Request& request) {
  TB_ASSIGN_OR_RETURN(const Permission permission, Permit(call, rpc, request));
  Target target;
  target.key = {std::string(permission.tenant), request.provider(), request.subject()};
  TB_RETURN_IF_ERROR(Validate(target.key.view()));
  if (permission.owner == Owner::kSelf) target.required_owner = call.caller->caller.name;
  return target;
}

// Those that the caller's rules cover.
std::function<bool(const Grant&)> CoveredBy(KnownCallerPtr caller, Rpc rpc) {
  return [caller = std::move(caller), rpc](const Grant& grant) {
    const GrantKey& key = grant.key;
    const auto permission = caller->rights->Find(rpc, key.tenant, key.provider, key.subject);
    return permission && Covers(*permission, *caller, grant.owner);
  };
}

ListedState FromProto(v1::GrantState state) {
  switch (state) {
    case v1::GRANT_STATE_ACTIVE:
      return ListedState::kActive;
    case v1::GRANT_STATE_REAUTHORIZATION_REQUIRED:
      return ListedState::kReauthorizationRequired;
    case v1::GRANT_STATE_FROZEN:
      return ListedState::kFrozen;
    case v1::GRANT_STATE_REVOKED:
      return ListedState::kRevoked;
    default:
      return ListedState::kAny;
  }
}

template <typename Response>
void FillGrant(GrantView view, Response* response) {
  SetGrant(view, response->mutable_grant());
}

void FillPage(GrantPage page, v1::ListGrantsResponse* response) {
  for (const GrantView& view : page.grants) SetGrant(view, response->add_grants());
  response->set_next_page_token(std::move(page.next_page));
}

void FillRevoked(RevokedGrant revoked, v1::RevokeGrantResponse* response) {
  SetGrant(revoked.view, response->mutable_grant());
  response->set_revoked_at_provider(revoked.revoked_at_provider);
}

void FillCount(RevokedCount count, v1::RevokeGrantsResponse* response) {
  response->set_matched_count(count.matched);
  response->set_revoked_count(count.revoked);
}

void FillKeys(std::vector<KeyUsage> keys, v1::GetKeyUsageResponse* response) {
  for (const KeyUsage& key : keys) {
    v1::GetKeyUsageResponse::KeyUsage* out = response->add_keys();
    out->set_key_id(key.key_id);
    out->set_grant_count(key.grants);
    if (key.write_from) SetTimestamp(*key.write_from, out->mutable_write_from_time());
    out->set_retirable(key.retirable);
  }
}

// What a use case that only says whether it worked answers with.
struct Nothing {};
void FillNothing(Nothing, v1::DeleteGrantResponse*) {}

// The use case, unless the grant is another owner's.
template <typename Result>
Task<absl::StatusOr<Result>> IfCovered(
    GrantAdminService* admin, Target target,
    absl::AnyInvocable<Task<absl::StatusOr<Result>>()> use_case) {
  if (!target.required_owner.empty()) {
    GrantKey key = target.key;
    const absl::StatusOr<GrantView> view = co_await admin->GetGrant(std::move(key));
    if (!view.ok()) co_return view.status();
    if (view->grant.owner != target.required_owner) co_return GrantNotFound(target.key.view());
  }
  Task<absl::StatusOr<Result>> task = use_case();
  co_return co_await std::move(task);
}

Task<absl::StatusOr<Nothing>> Delete(GrantAdminService* admin, GrantKey key) {
  const absl::Status status = co_await admin->DeleteGrant(std::move(key));
  if (!status.ok()) co_return status;
  co_return Nothing();
}

}  // namespace

void GrantAdminHandler::GetGrant(const CallInfo& call, const v1::GetGrantRequest& request,
                                 v1::GetGrantResponse* response, CallDone done) {
  absl::StatusOr<Target> target = AuthorizedTarget(call, Rpc::kGetGrant, request);
  if (!target.ok()) return done(target.status());
  loop_.Spawn(AnswerInTime<GrantView, v1::GetGrantResponse>(
      &loop_, kLate,
      [this, target = *std::move(target), held = call.waiting] {
        return IfCovered<GrantView>(&admin_, target,
                                    [this, key = target.key] { return admin_.GetGrant(key); });
      },
      call.deadline, FillGrant, response, std::move(done)));
}

void GrantAdminHandler::ListGrants(const CallInfo& call, const v1::ListGrantsRequest& request,
                                   v1::ListGrantsResponse* response, CallDone done) {
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  if (absl::Status s = AuthorizeCall(*call.caller, Rpc::kListGrants); !s.ok()) return done(s);
  ListGrantsQuery query;
  query.tenant = request.tenant();
  query.provider = request.provider();
  query.subject = request.subject();
  query.state = FromProto(request.state());
  query.page_size =
      request.page_size() == 0 ? kDefaultPageSize : std::min(request.page_size(), kLargestPageSize);
  query.page = request.page_token();
  query.covered = CoveredBy(call.caller, Rpc::kListGrants);
  query.deadline = call.deadline;
  loop_.Spawn(AnswerInTime<GrantPage, v1::ListGrantsResponse>(
      &loop_, kLate,
      [this, query = std::move(query), held = call.waiting] { return admin_.ListGrants(query); },
      call.deadline, FillPage, response, std::move(done)));
}

void GrantAdminHandler::RefreshGrant(const CallInfo& call, const v1::RefreshGrantRequest& request,
                                     v1::RefreshGrantResponse* response, CallDone done) {
  absl::StatusOr<Target> target = AuthorizedTarget(call, Rpc::kRefreshGrant, request);
  if (!target.ok()) return done(target.status());
  loop_.Spawn(AnswerInTime<GrantView, v1::RefreshGrantResponse>(
      &loop_, kLate,
      [this, target = *std::move(target), held = call.waiting, deadline = call.deadline] {
        return IfCovered<GrantView>(&admin_, target, [this, key = target.key, deadline] {
          return admin_.RefreshGrant(key, deadline);
        });
      },
      call.deadline, FillGrant, response, std::move(done)));
}

void GrantAdminHandler::RevokeGrant(const CallInfo& call, const v1::RevokeGrantRequest& request,
                                    v1::RevokeGrantResponse* response, CallDone done) {
  absl::StatusOr<Target> target = AuthorizedTarget(call, Rpc::kRevokeGrant, request);
  if (!target.ok()) return done(target.status());
  loop_.Spawn(AnswerInTime<RevokedGrant, v1::RevokeGrantResponse>(
      &loop_, kLate,
      [this, target = *std::move(target), held = call.waiting, deadline = call.deadline] {
        return IfCovered<RevokedGrant>(&admin_, target, [this, key = target.key, deadline] {
          return admin_.RevokeGrant(key, deadline);
        });
      },
      call.deadline, FillRevoked, response, std::move(done)));
}

void GrantAdminHandler::RevokeGrants(const CallInfo& call, const v1::RevokeGrantsRequest& request,
                                     v1::RevokeGrantsResponse* response, CallDone done) {
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  if (absl::Status s = AuthorizeCall(*call.caller, Rpc::kRevokeGrants); !s.ok()) return done(s);
  RevokeGrantsQuery query;
  query.tenant = request.tenant().empty()
                     ? std::string(call.caller->rights->ImpliedTenant(Rpc::kRevokeGrants))
                     : request.tenant();
  query.covered = CoveredBy(call.caller, Rpc::kRevokeGrants);
  query.provider = request.provider();
  query.subject = request.subject();
  query.account_id = request.account_id();
  query.dry_run = request.dry_run();
  loop_.Spawn(AnswerInTime<RevokedCount, v1::RevokeGrantsResponse>(
      &loop_, kLate,
      [this, query = std::move(query), held = call.waiting] { return admin_.RevokeGrants(query); },
      call.deadline, FillCount, response, std::move(done)));
}

void GrantAdminHandler::DeleteGrant(const CallInfo& call, const v1::DeleteGrantRequest& request,
                                    v1::DeleteGrantResponse* response, CallDone done) {
  absl::StatusOr<Target> target = AuthorizedTarget(call, Rpc::kDeleteGrant, request);
  if (!target.ok()) return done(target.status());
  loop_.Spawn(AnswerInTime<Nothing, v1::DeleteGrantResponse>(
      &loop_, kLate,
      [this, target = *std::move(target), held = call.waiting] {
        return IfCovered<Nothing>(&admin_, target,
                                  [this, key = target.key] { return Delete(&admin_, key); });
      },
      call.deadline, FillNothing, response, std::move(done)));
}

void GrantAdminHandler::ImportGrant(const CallInfo& call, const v1::ImportGrantRequest& request,
                                    v1::ImportGrantResponse* response, CallDone done) {
  absl::StatusOr<Target> target = AuthorizedTarget(call, Rpc::kImportGrant, request);
  if (!target.ok()) return done(target.status());
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  ImportGrantQuery query;
  query.key = std::move(target->key);
  query.caller = call.caller->caller.name;
  query.replaces_own_only = !target->required_owner.empty();
  query.refresh_token = Secret(request.refresh_token());
  query.scopes.assign(request.scopes().begin(), request.scopes().end());
  if (request.has_authorize_time()) query.authorize_time = FromProto(request.authorize_time());
  loop_.Spawn(AnswerInTime<GrantView, v1::ImportGrantResponse>(
      &loop_, kLate,
      [this, query = std::move(query), held = call.waiting, deadline = call.deadline] {
        return admin_.ImportGrant(query, deadline);
      },
      call.deadline, FillGrant, response, std::move(done)));
}

void GrantAdminHandler::GetKeyUsage(const CallInfo& call, const v1::GetKeyUsageRequest&,
                                    v1::GetKeyUsageResponse* response, CallDone done) {
  if (absl::Status s = AuthorizeCall(*call.caller, Rpc::kGetKeyUsage); !s.ok()) return done(s);
  loop_.Spawn(AnswerInTime<std::vector<KeyUsage>, v1::GetKeyUsageResponse>(
      &loop_, kLate, [this, held = call.waiting] { return admin_.GetKeyUsage(); }, call.deadline,
      FillKeys, response, std::move(done)));
}

}  // namespace tokenbroker
