#include "rpc/grant_admin_handler.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "rpc/deadline_answer.h"
#include "rpc/proto_conversions.h"
#include "rpc/request_validation.h"
#include "token/grant_key.h"

namespace tokenbroker {
namespace {

constexpr char kLate[] =
    "the call's deadline came first; what was begun goes on: look at the grant, or call again";
constexpr int kDefaultPageSize = 100;
constexpr int kLargestPageSize = 1000;

template <typename Request>
GrantKey KeyOf(const Request& request) {
  return {std::string(TenantOf(request)), request.provider(), request.subject()};
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

Task<absl::StatusOr<Nothing>> Delete(GrantAdminService* admin, GrantKey key) {
  const absl::Status status = co_await admin->DeleteGrant(std::move(key));
  if (!status.ok()) co_return status;
  co_return Nothing();
}

}  // namespace

void GrantAdminHandler::GetGrant(const CallInfo& call, const v1::GetGrantRequest& request,
                                 v1::GetGrantResponse* response, CallDone done) {
  const GrantKey key = KeyOf(request);
  if (absl::Status valid = Validate(key.view()); !valid.ok()) return done(std::move(valid));
  loop_.Spawn(AnswerInTime<GrantView, v1::GetGrantResponse>(
      &loop_, kLate, [this, key] { return admin_.GetGrant(key); }, call.deadline, FillGrant,
      response, std::move(done)));
}

void GrantAdminHandler::ListGrants(const CallInfo& call, const v1::ListGrantsRequest& request,
                                   v1::ListGrantsResponse* response, CallDone done) {
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  ListGrantsQuery query;
  query.tenant = request.tenant();
  query.provider = request.provider();
  query.subject = request.subject();
  query.state = FromProto(request.state());
  query.page_size =
      request.page_size() == 0 ? kDefaultPageSize : std::min(request.page_size(), kLargestPageSize);
  query.page = request.page_token();
  loop_.Spawn(AnswerInTime<GrantPage, v1::ListGrantsResponse>(
      &loop_, kLate, [this, query = std::move(query)] { return admin_.ListGrants(query); },
      call.deadline, FillPage, response, std::move(done)));
}

void GrantAdminHandler::RefreshGrant(const CallInfo& call, const v1::RefreshGrantRequest& request,
                                     v1::RefreshGrantResponse* response, CallDone done) {
  const GrantKey key = KeyOf(request);
  if (absl::Status valid = Validate(key.view()); !valid.ok()) return done(std::move(valid));
  loop_.Spawn(AnswerInTime<GrantView, v1::RefreshGrantResponse>(
      &loop_, kLate,
      [this, key, deadline = call.deadline] { return admin_.RefreshGrant(key, deadline); },
      call.deadline, FillGrant, response, std::move(done)));
}

void GrantAdminHandler::RevokeGrant(const CallInfo& call, const v1::RevokeGrantRequest& request,
                                    v1::RevokeGrantResponse* response, CallDone done) {
  const GrantKey key = KeyOf(request);
  if (absl::Status valid = Validate(key.view()); !valid.ok()) return done(std::move(valid));
  loop_.Spawn(AnswerInTime<RevokedGrant, v1::RevokeGrantResponse>(
      &loop_, kLate,
      [this, key, deadline = call.deadline] { return admin_.RevokeGrant(key, deadline); },
      call.deadline, FillRevoked, response, std::move(done)));
}

void GrantAdminHandler::RevokeGrants(const CallInfo& call, const v1::RevokeGrantsRequest& request,
                                     v1::RevokeGrantsResponse* response, CallDone done) {
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  RevokeGrantsQuery query;
  query.tenant = std::string(TenantOf(request));
  query.provider = request.provider();
  query.subject = request.subject();
  query.account_id = request.account_id();
  query.dry_run = request.dry_run();
  loop_.Spawn(AnswerInTime<RevokedCount, v1::RevokeGrantsResponse>(
      &loop_, kLate, [this, query = std::move(query)] { return admin_.RevokeGrants(query); },
      call.deadline, FillCount, response, std::move(done)));
}

void GrantAdminHandler::DeleteGrant(const CallInfo& call, const v1::DeleteGrantRequest& request,
                                    v1::DeleteGrantResponse* response, CallDone done) {
  const GrantKey key = KeyOf(request);
  if (absl::Status valid = Validate(key.view()); !valid.ok()) return done(std::move(valid));
  loop_.Spawn(AnswerInTime<Nothing, v1::DeleteGrantResponse>(
      &loop_, kLate, [this, key] { return Delete(&admin_, key); }, call.deadline, FillNothing,
      response, std::move(done)));
}

void GrantAdminHandler::ImportGrant(const CallInfo& call, const v1::ImportGrantRequest& request,
                                    v1::ImportGrantResponse* response, CallDone done) {
  ImportGrantQuery query;
  query.key = KeyOf(request);
  if (absl::Status valid = Validate(query.key.view()); !valid.ok()) return done(std::move(valid));
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  query.caller = call.caller.name;
  query.refresh_token = Secret(request.refresh_token());
  query.scopes.assign(request.scopes().begin(), request.scopes().end());
  if (request.has_authorize_time()) query.authorize_time = FromProto(request.authorize_time());
  loop_.Spawn(AnswerInTime<GrantView, v1::ImportGrantResponse>(
      &loop_, kLate,
      [this, query = std::move(query), deadline = call.deadline] {
        return admin_.ImportGrant(query, deadline);
      },
      call.deadline, FillGrant, response, std::move(done)));
}

void GrantAdminHandler::GetKeyUsage(const CallInfo& call, const v1::GetKeyUsageRequest&,
                                    v1::GetKeyUsageResponse* response, CallDone done) {
  loop_.Spawn(AnswerInTime<std::vector<KeyUsage>, v1::GetKeyUsageResponse>(
      &loop_, kLate, [this] { return admin_.GetKeyUsage(); }, call.deadline, FillKeys, response,
      std::move(done)));
}

}  // namespace tokenbroker
