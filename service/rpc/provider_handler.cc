#include "rpc/provider_handler.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "access/authorization.h"
#include "rpc/deadline_answer.h"
#include "rpc/permit.h"
#include "rpc/proto_conversions.h"
#include "rpc/request_validation.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using Check = v1::CheckProviderResponse::Check;
using Checks = std::vector<ProviderCheck>;

constexpr char kLate[] =
    "the call's deadline came first; a check goes on: ask again for its result";
constexpr int kDefaultPageSize = 100;
constexpr int kLargestPageSize = 1000;

v1::Provider ToProto(const ProviderView& view) {
  const ProviderConfig& config = *view.config;
  v1::Provider out;
  out.set_name(config.name);
  out.set_issuer(config.issuer);
  out.set_client_id(config.client_id);
  out.set_authorization_endpoint(view.authorization_endpoint);
  out.set_token_endpoint(view.token_endpoint);
  for (const std::string& uri : config.redirect_uris) out.add_redirect_uris(uri);
  for (const std::string& scope : config.scopes) out.add_scopes(scope);
  out.set_state(view.frozen ? v1::Provider::STATE_FROZEN : v1::Provider::STATE_ACTIVE);
  if (view.frozen) {
    const absl::string_view reason = ReasonName(Reason::kProviderMisconfigured);
    out.set_state_reason(std::string(reason));
  }
  return out;
}

Check::Result ToProto(ProviderCheck::Result result) {
  switch (result) {
    case ProviderCheck::Result::kPassed:
      return Check::RESULT_PASSED;
    case ProviderCheck::Result::kFailed:
      return Check::RESULT_FAILED;
    case ProviderCheck::Result::kSkipped:
      return Check::RESULT_SKIPPED;
  }
  return Check::RESULT_UNSPECIFIED;
}

void FillPage(ProviderPage page, v1::ListProvidersResponse* response) {
  for (const ProviderView& view : page.providers) *response->add_providers() = ToProto(view);
  response->set_next_page_token(std::move(page.next_page));
}

void FillChecks(Checks checks, v1::CheckProviderResponse* response) {
  for (ProviderCheck& check : checks) {
    Check* out = response->add_checks();
    out->set_name(std::string(check.name));
    out->set_result(ToProto(check.result));
    out->set_detail(std::move(check.detail));
    SetDuration(check.duration, out->mutable_duration());
  }
}

}  // namespace

void ProviderHandler::ListProviders(const CallInfo& call, const v1::ListProvidersRequest& request,
                                    v1::ListProvidersResponse* response, CallDone done) {
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  if (absl::Status s = AuthorizeCall(*call.caller, Rpc::kListProviders); !s.ok()) return done(s);
  ListProvidersQuery query;
  query.page_size =
      request.page_size() == 0 ? kDefaultPageSize : std::min(request.page_size(), kLargestPageSize);
  query.page = request.page_token();
  query.covered = [caller = call.caller](absl::string_view provider) {
    return caller->rights->Find(Rpc::kListProviders, "", provider, "").has_value();
  };
  loop_.Spawn(AnswerInTime<ProviderPage, v1::ListProvidersResponse>(
      &loop_, kLate,
      [this, query = std::move(query), held = call.waiting] {
        return providers_.ListProviders(query);
      },
      call.deadline, FillPage, response, std::move(done)));
}

void ProviderHandler::CheckProvider(const CallInfo& call, const v1::CheckProviderRequest& request,
                                    v1::CheckProviderResponse* response, CallDone done) {
  if (absl::Status s = PermitForProvider(call, Rpc::kCheckProvider, request.provider()); !s.ok()) {
    return done(std::move(s));
  }
  loop_.Spawn(AnswerInTime<Checks, v1::CheckProviderResponse>(
      &loop_, kLate,
      [this, provider = request.provider(), held = call.waiting, deadline = call.deadline] {
        return providers_.CheckProvider(provider, deadline);
      },
      call.deadline, FillChecks, response, std::move(done)));
}

}  // namespace tokenbroker
