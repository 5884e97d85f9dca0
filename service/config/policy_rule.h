// One rule of the policy, validated: who may do what with which grants. A value; any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>
#include <vector>

#include "config/caller_pattern.h"
#include "config/rpc_name.h"
#include "config/subject_pattern.h"

namespace tokenbroker {

// Whose grants a rule covers: everybody's, or those alone whose owner is the caller.
enum class Owner { kAny, kSelf };

// Whether a login must be bound to the browser that began it, or to a named subject.
enum class BrowserBinding { kRequired, kOptional };

// The tenant of a rule or a request that names none.
inline constexpr absl::string_view kDefaultTenant = "default";

// Names out of a set; `any` for all there are.
struct NameSet {
  bool any = false;
  // Sorted.
  std::vector<std::string> names;

  // Does not allocate.
  bool Has(absl::string_view name) const;

  friend bool operator==(const NameSet&, const NameSet&) = default;
};

struct PolicyRule {
  std::string name;
  // Every caller, whatever `callers` says; only where there is no policy file.
  bool every_caller = false;
  std::vector<CallerPattern> callers;
  RpcSet rpcs;
  // The one tenant that the rule is about, when it fixes it; else `tenants`.
  absl::optional<std::string> fixed_tenant;
  NameSet tenants;
  NameSet providers;
  std::vector<SubjectPattern> subjects;
  // Both sorted; unset: no bound.
  absl::optional<std::vector<std::string>> max_scopes;
  absl::optional<std::vector<std::string>> redirect_uris;
  Owner owner = Owner::kAny;
  BrowserBinding browser_binding = BrowserBinding::kRequired;

  bool Names(const Caller& caller) const;

  friend bool operator==(const PolicyRule&, const PolicyRule&) = default;
};

}  // namespace tokenbroker
