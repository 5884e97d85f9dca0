// Who may do what: the rules of the policy file, compiled. Immutable; any thread.
//
// A caller gets its rights once (RightsOf, as long as the policy stays the same), and each call
// asks those. The first rule of the file that covers caller, RPC, tenant, provider and subject
// decides; what no rule covers is denied.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/caller.h"
#include "config/policy_rule.h"
#include "config/rpc_name.h"

namespace tokenbroker {

// What one rule permits for one grant. Its views and pointers last as long as the CallerRights; and
// `tenant` no longer than the one that Find was given.
struct Permission {
  // The rule's name.
  absl::string_view rule;
  // Whose subject it is: the rule's own tenant, else the request's, else kDefaultTenant.
  absl::string_view tenant;
  Owner owner = Owner::kAny;
  BrowserBinding browser_binding = BrowserBinding::kRequired;
  // Sorted; null: no bound.
  const std::vector<std::string>* max_scopes = nullptr;
  // Null: all that the provider has. A loopback literal without a port stands for every port, as
  // the provider's do.
  const std::vector<std::string>* redirect_uris = nullptr;

  // Whether all of a grant's scopes are within max_scopes. None at all are not: the provider did
  // not tell, and it could be any.
  bool AllowsScopes(const std::vector<std::string>& scopes) const;
};

// What of a rule that names the caller covers a request. Lasts as long as the CallerRights.
struct RuleVerdict {
  absl::string_view rule;
  bool rpc = true;
  bool tenant = true;
  bool provider = true;
  bool subject = true;

  bool Covers() const { return rpc && tenant && provider && subject; }
};

// The rules that name one caller, in the file's order, with the caller's name put in. Keeps what it
// refers to alive.
class CallerRights {
 public:
  // What the first rule that covers the request permits; nullopt: denied. An empty `tenant`: the
  // request names none. Parts that the RPC is not about (TargetOf) are not looked at. Does not
  // allocate.
  absl::optional<Permission> Find(Rpc rpc, absl::string_view tenant, absl::string_view provider,
                                  absl::string_view subject) const;

  // Whether any rule names the RPC: for RPCs that are about no grant, and while the grants of a
  // call are not known yet. Does not allocate.
  bool MayCall(Rpc rpc) const;

  // The tenant that a request about many grants means when it names none: that of the first rule
  // that names the RPC, where it fixes one, else kDefaultTenant.
  absl::string_view ImpliedTenant(Rpc rpc) const;

  // Every rule that names the caller, in order, and what it lacks; for people.
  std::vector<RuleVerdict> Explain(Rpc rpc, absl::string_view tenant, absl::string_view provider,
                                   absl::string_view subject) const;

 private:
  friend class Policy;
  using Rules = std::shared_ptr<const std::vector<PolicyRule>>;
  struct Entry {
    const PolicyRule* rule;
    std::vector<BoundSubjectPattern> subjects;
  };
  CallerRights(Rules rules, const Caller& caller);

  Rules rules_;
  // Point into rules_.
  std::vector<Entry> entries_;
};

class Policy {
 public:
  explicit Policy(std::vector<PolicyRule> rules)
      : rules_(std::make_shared<const std::vector<PolicyRule>>(std::move(rules))) {}

  // What is in force without a policy file: everybody may do everything as any tenant, and no login
  // needs to be bound to its browser.
  static std::shared_ptr<const Policy> Open();

  // Never null, and good for longer than the policy. Costs time in proportion to the rules: keep it
  // while the policy is the same one.
  std::shared_ptr<const CallerRights> RightsOf(const Caller& caller) const;

  const std::vector<PolicyRule>& rules() const { return *rules_; }

  friend bool operator==(const Policy& a, const Policy& b) { return a.rules() == b.rules(); }

 private:
  std::shared_ptr<const std::vector<PolicyRule>> rules_;
};

}  // namespace tokenbroker
