// A policy file of any bytes: refused with errors that can be logged, or rules that decide alike
// however they are asked.
#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "config/policy_file.h"

namespace tokenbroker {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

absl::optional<std::string> Variable(const std::string& name) {
  if (name.size() > 3) return absl::nullopt;
  return name + "*\n{caller}";
}

void CheckErrors(const std::string& errors) {
  Require(!errors.empty() && errors.size() < 100'000);
  Require(std::all_of(errors.begin(), errors.end(), [](char c) {
    return c == '\n' || absl::ascii_isprint(static_cast<unsigned char>(c));
  }));
}

void CheckRule(const PolicyRule& rule) {
  Require(!rule.name.empty() && !rule.callers.empty() && !rule.rpcs.empty());
  Require(!rule.every_caller);
  Require(!rule.fixed_tenant || !rule.fixed_tenant->empty());
  Require(rule.fixed_tenant.has_value() == (!rule.tenants.any && rule.tenants.names.empty()));
  const bool about_grants = rule.rpcs.HasTarget(RpcTarget::kGrant);
  Require(!about_grants || !rule.subjects.empty());
  Require(!about_grants || rule.providers.any || !rule.providers.names.empty());
  Require(!rule.max_scopes || !rule.max_scopes->empty());
  Require(!rule.redirect_uris || !rule.redirect_uris->empty());
}

// The first rule that Explain says covers the request is the one that Find gives.
void CheckDecision(const CallerRights& rights, Rpc rpc, absl::string_view tenant,
                   absl::string_view provider, absl::string_view subject) {
  const absl::optional<Permission> found = rights.Find(rpc, tenant, provider, subject);
  const std::vector<RuleVerdict> verdicts = rights.Explain(rpc, tenant, provider, subject);
  const auto covers = std::find_if(verdicts.begin(), verdicts.end(),
                                   [](const RuleVerdict& verdict) { return verdict.Covers(); });
  Require(found.has_value() == (covers != verdicts.end()));
  if (!found) return;
  Require(found->rule == covers->rule && rights.MayCall(rpc) && !found->tenant.empty());
  Require(tenant.empty() || TargetOf(rpc) != RpcTarget::kGrant || found->tenant == tenant);
}

void CheckRights(const Policy& policy, const Caller& caller) {
  const auto rights = policy.RightsOf(caller);
  for (const Rpc rpc :
       {Rpc::kGetFreshToken, Rpc::kListGrants, Rpc::kCheckProvider, Rpc::kGetStatus}) {
    for (const absl::string_view tenant : {"", "default", "music"}) {
      CheckDecision(*rights, rpc, tenant, "spotify", "user-42");
      CheckDecision(*rights, rpc, tenant, "spotify", caller.name);
    }
  }
}

void CheckPolicy(absl::string_view text) {
  const absl::StatusOr<Policy> policy = ParsePolicy(text, "/etc/policy.yaml", Variable);
  if (!policy.ok()) return CheckErrors(std::string(policy.status().message()));
  Require(!policy->rules().empty());
  for (const PolicyRule& rule : policy->rules()) CheckRule(rule);
  CheckRights(*policy, Caller());
  CheckRights(*policy, *ParseCaller("spiffe://prod.example/ns/music/sa/player"));
  CheckRights(*policy, *ParseCaller("serviceaccount:music/player"));
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tokenbroker::CheckPolicy(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
