#include "config/policy_rules.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "config/network_rules.h"
#include "config/oauth_rules.h"

namespace tokenbroker {
namespace {

namespace pb = config::v1;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

constexpr size_t kMaxNameBytes = 63;
constexpr size_t kMaxTenantBytes = 64;
constexpr absl::string_view kEverything = "*";

bool IsRuleName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' ||
                  c == '.';
         });
}

absl::Status CheckTenant(const std::string& tenant) {
  if (!tenant.empty() && tenant.size() <= kMaxTenantBytes && !absl::StrContains(tenant, '*')) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("is no tenant; write 1 to ", kMaxTenantBytes,
                   " bytes without '*', or tenants: [ \"*\" ] for any"));
}

absl::Status CheckProvider(const std::string& name) {
  // One that the configuration does not have does no harm: it may come, or have gone.
  if (IsProviderName(name)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "is not a provider's name; write it as in the configuration, or \"*\" alone for any");
}

absl::Status CheckScope(const std::string& scope) {
  if (scope == kEverything) {
    return absl::InvalidArgumentError("is no scope; for no bound leave max_scopes out");
  }
  if (IsScope(scope)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "is not one scope; write one per list item, without spaces, quotes and backslashes");
}

absl::Status CheckExactRedirectUri(const std::string& uri) {
  if (absl::StrContains(uri, '*')) {
    return absl::InvalidArgumentError("has a '*', but is taken exactly; write every URI out");
  }
  return CheckRedirectUri(uri, "");
}

// Reads one rule; a method per kind of key.
class RuleBuilder {
 public:
  RuleBuilder(const pb::Rule& in, std::string path, ConfigErrors& errors)
      : in_(in), path_(std::move(path)), errors_(errors) {}

  PolicyRule Build() {
    TakeName();
    TakeCallers();
    TakeRpcs();
    TakeTenants();
    TakeProviders();
    TakeSubjects();
    TakeBounds();
    out_.owner = in_.owner() == pb::OWNER_SELF ? Owner::kSelf : Owner::kAny;
    out_.browser_binding = in_.browser_binding() == pb::BROWSER_BINDING_OPTIONAL
                               ? BrowserBinding::kOptional
                               : BrowserBinding::kRequired;
    return std::move(out_);
  }

 private:
  void Refuse(absl::string_view key, absl::string_view text) {
    errors_.Add(absl::StrCat(path_, ".", key), text);
  }

  // Calls `take(item)` for every item, which returns what is wrong with it, and refuses
  // repetitions.
  template <typename Take>
  void TakeList(absl::string_view key, const Texts& list, Take take) {
    std::set<std::string> seen;
    for (int i = 0; i < list.size(); ++i) {
      const std::string item_key = absl::StrCat(key, "[", i, "]");
      const absl::Status taken = take(list.Get(i));
      if (!taken.ok()) {
        Refuse(item_key, taken.message());
      } else if (!seen.insert(list.Get(i)).second) {
        Refuse(item_key, "is in the list already; keep one of the two");
      }
    }
  }

  // A list of names of which `*`, alone, is all.
  template <typename Check>
  NameSet TakeNames(absl::string_view key, const Texts& list, Check check) {
    NameSet out;
    TakeList(key, list, [&out, &list, &check](const std::string& name) {
      if (name != kEverything) {
        out.names.push_back(name);
        return check(name);
      }
      out.any = true;
      return list.size() == 1 ? absl::OkStatus()
                              : absl::InvalidArgumentError("covers all others; keep it alone");
    });
    std::sort(out.names.begin(), out.names.end());
    return out;
  }

  void TakeName() {
    out_.name = in_.name();
    if (!in_.has_name()) return Refuse("name", "is missing; say what the rule is called");
    if (!IsRuleName(out_.name)) {
      Refuse("name", "is not a rule's name; use at most 63 letters, digits, '_', '-' and '.'");
    }
  }

  void TakeCallers() {
    if (in_.callers().empty()) Refuse("callers", "is missing; say whom the rule is for");
    TakeList("callers", in_.callers(), [this](const std::string& text) -> absl::Status {
      TB_ASSIGN_OR_RETURN(CallerPattern pattern, CallerPattern::Parse(text));
      out_.callers.push_back(std::move(pattern));
      return absl::OkStatus();
    });
  }

  void TakeRpcs() {
    if (in_.rpcs().empty()) {
      Refuse("rpcs", "is missing; name RPCs, or \"*\" for those of TokenBrokerService");
    }
    TakeList("rpcs", in_.rpcs(), [this](const std::string& name) {
      if (name == kEverything) {
        out_.rpcs.Add(RpcSet::TokenBroker());
        return absl::OkStatus();
      }
      const absl::optional<Rpc> rpc = ParseRpc(name);
      if (rpc) out_.rpcs.Add(*rpc);
      return rpc ? absl::OkStatus() : absl::InvalidArgumentError(DescribeUnknownRpc(name));
    });
  }

  static std::string DescribeUnknownRpc(const std::string& name) {
    const std::string meant = NearestRpcName(name);
    if (!meant.empty()) return absl::StrCat("is no RPC; did you mean ", meant, "?");
    return "is no RPC; name one such as GetFreshToken or RevokeGrant, without its service";
  }

  void TakeTenants() {
    if (in_.has_tenant() && !in_.tenants().empty()) {
      return Refuse("tenants", "stands beside tenant; keep one of the two");
    }
    if (!in_.tenants().empty()) {
      out_.tenants = TakeNames("tenants", in_.tenants(), CheckTenant);
      return;
    }
    out_.fixed_tenant = in_.has_tenant() ? in_.tenant() : std::string(kDefaultTenant);
    if (const absl::Status tenant = CheckTenant(*out_.fixed_tenant); !tenant.ok()) {
      Refuse("tenant", tenant.message());
    }
  }

  void TakeProviders() {
    const bool needed =
        out_.rpcs.HasTarget(RpcTarget::kGrant) || out_.rpcs.HasTarget(RpcTarget::kProvider);
    if (in_.providers().empty() && needed) {
      Refuse("providers", "is missing; name providers of the configuration, or \"*\" for any");
    }
    out_.providers = TakeNames("providers", in_.providers(), CheckProvider);
  }

  void TakeSubjects() {
    if (in_.subjects().empty() && out_.rpcs.HasTarget(RpcTarget::kGrant)) {
      Refuse("subjects",
             "is missing; write which subjects the rule is about, or \"*\" for all of them");
    }
    TakeList("subjects", in_.subjects(), [this](const std::string& text) -> absl::Status {
      TB_ASSIGN_OR_RETURN(SubjectPattern pattern, SubjectPattern::Parse(text));
      out_.subjects.push_back(std::move(pattern));
      return absl::OkStatus();
    });
  }

  // A sorted list, unset when it is not given.
  template <typename Check>
  absl::optional<std::vector<std::string>> TakeBound(absl::string_view key, const Texts& list,
                                                     Check check) {
    if (list.empty()) return absl::nullopt;
    TakeList(key, list, check);
    std::vector<std::string> bound(list.begin(), list.end());
    std::sort(bound.begin(), bound.end());
    return bound;
  }

  void TakeBounds() {
    out_.max_scopes = TakeBound("max_scopes", in_.max_scopes(), CheckScope);
    out_.redirect_uris = TakeBound("redirect_uris", in_.redirect_uris(), CheckExactRedirectUri);
  }

  const pb::Rule& in_;
  const std::string path_;
  ConfigErrors& errors_;
  PolicyRule out_;
};

}  // namespace

std::vector<PolicyRule> BuildRules(const pb::Policy& policy, ConfigErrors& errors) {
  if (policy.rules().empty()) {
    errors.Add("rules", "names no rule, so nobody could do anything; add one below it");
  }
  std::vector<PolicyRule> rules;
  std::set<std::string> names;
  for (int i = 0; i < policy.rules_size(); ++i) {
    const std::string path = absl::StrCat("rules[", i, "]");
    if (policy.rules(i).ByteSizeLong() == 0) {
      errors.Add(path, "says nothing; write name, callers, rpcs, providers and subjects");
      continue;
    }
    rules.push_back(RuleBuilder(policy.rules(i), path, errors).Build());
    if (!rules.back().name.empty() && !names.insert(rules.back().name).second) {
      errors.Add(absl::StrCat(path, ".name"), "is another rule's name; choose one of its own");
    }
  }
  return rules;
}

}  // namespace tokenbroker
