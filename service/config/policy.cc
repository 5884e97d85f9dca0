#include "config/policy.h"

#include <algorithm>

namespace tokenbroker {
namespace {

// One request; the views live as long as the question.
struct Question {
  Rpc rpc;
  absl::string_view tenant;
  absl::string_view provider;
  absl::string_view subject;
};

absl::string_view TenantOf(const PolicyRule& rule, absl::string_view requested) {
  if (rule.fixed_tenant) return *rule.fixed_tenant;
  return requested.empty() ? kDefaultTenant : requested;
}

bool CoversTenant(const PolicyRule& rule, const Question& question) {
  if (TargetOf(question.rpc) != RpcTarget::kGrant) return true;
  if (!rule.fixed_tenant) return rule.tenants.Has(TenantOf(rule, question.tenant));
  return question.tenant.empty() || question.tenant == *rule.fixed_tenant;
}

bool CoversProvider(const PolicyRule& rule, const Question& question) {
  return TargetOf(question.rpc) == RpcTarget::kBroker || rule.providers.Has(question.provider);
}

bool CoversSubject(const std::vector<BoundSubjectPattern>& subjects, const Question& question) {
  if (TargetOf(question.rpc) != RpcTarget::kGrant) return true;
  return std::any_of(subjects.begin(), subjects.end(),
                     [&question](const BoundSubjectPattern& pattern) {
                       return pattern.Matches(question.subject);
                     });
}

const std::vector<std::string>* Pointer(const absl::optional<std::vector<std::string>>& list) {
  return list ? &*list : nullptr;
}

Permission PermissionOf(const PolicyRule& rule, absl::string_view tenant) {
  Permission permission;
  permission.rule = rule.name;
  permission.tenant = TenantOf(rule, tenant);
  permission.owner = rule.owner;
  permission.browser_binding = rule.browser_binding;
  permission.max_scopes = Pointer(rule.max_scopes);
  permission.redirect_uris = Pointer(rule.redirect_uris);
  return permission;
}

std::shared_ptr<const Policy> MakeOpen() {
  PolicyRule rule;
  rule.name = "no policy";
  rule.every_caller = true;
  rule.rpcs = RpcSet::All();
  rule.tenants.any = true;
  rule.providers.any = true;
  rule.subjects.push_back(*SubjectPattern::Parse("*"));
  rule.browser_binding = BrowserBinding::kOptional;
  return std::make_shared<const Policy>(std::vector<PolicyRule>{std::move(rule)});
}

}  // namespace

bool Permission::AllowsScopes(const std::vector<std::string>& scopes) const {
  if (max_scopes == nullptr) return true;
  if (scopes.empty()) return false;
  return std::all_of(scopes.begin(), scopes.end(), [this](const std::string& scope) {
    return std::binary_search(max_scopes->begin(), max_scopes->end(), scope);
  });
}

CallerRights::CallerRights(Rules rules, const Caller& caller) : rules_(std::move(rules)) {
  for (const PolicyRule& rule : *rules_) {
    if (!rule.Names(caller)) continue;
    Entry entry{&rule, {}};
    for (const SubjectPattern& pattern : rule.subjects)
      entry.subjects.push_back(pattern.For(caller));
    entries_.push_back(std::move(entry));
  }
}

absl::optional<Permission> CallerRights::Find(Rpc rpc, absl::string_view tenant,
                                              absl::string_view provider,
                                              absl::string_view subject) const {
  const Question question{rpc, tenant, provider, subject};
  for (const Entry& entry : entries_) {
    if (entry.rule->rpcs.Has(rpc) && CoversTenant(*entry.rule, question) &&
        CoversProvider(*entry.rule, question) && CoversSubject(entry.subjects, question)) {
      return PermissionOf(*entry.rule, tenant);
    }
  }
  return absl::nullopt;
}

bool CallerRights::MayCall(Rpc rpc) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [rpc](const Entry& entry) { return entry.rule->rpcs.Has(rpc); });
}

absl::string_view CallerRights::ImpliedTenant(Rpc rpc) const {
  const auto first = std::find_if(entries_.begin(), entries_.end(),
                                  [rpc](const Entry& entry) { return entry.rule->rpcs.Has(rpc); });
  return first == entries_.end() ? kDefaultTenant : TenantOf(*first->rule, "");
}

std::vector<RuleVerdict> CallerRights::Explain(Rpc rpc, absl::string_view tenant,
                                               absl::string_view provider,
                                               absl::string_view subject) const {
  const Question question{rpc, tenant, provider, subject};
  std::vector<RuleVerdict> verdicts;
  for (const Entry& entry : entries_) {
    RuleVerdict verdict;
    verdict.rule = entry.rule->name;
    verdict.rpc = entry.rule->rpcs.Has(rpc);
    verdict.tenant = CoversTenant(*entry.rule, question);
    verdict.provider = CoversProvider(*entry.rule, question);
    verdict.subject = CoversSubject(entry.subjects, question);
    verdicts.push_back(verdict);
  }
  return verdicts;
}

std::shared_ptr<const Policy> Policy::Open() {
  static const auto& open = *new std::shared_ptr<const Policy>(MakeOpen());
  return open;
}

std::shared_ptr<const CallerRights> Policy::RightsOf(const Caller& caller) const {
  return std::shared_ptr<const CallerRights>(new CallerRights(rules_, caller));
}

}  // namespace tokenbroker
