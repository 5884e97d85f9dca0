// A policy as a fleet of teams has it: twenty rules, of which the last but one is the caller's.
#pragma once

#include <absl/strings/str_cat.h>

#include <memory>
#include <utility>
#include <vector>

#include "config/policy.h"
#include "tests/support/known_callers.h"

namespace tokenbroker {

inline std::shared_ptr<const Policy> TwentyRules() {
  std::vector<PolicyRule> rules;
  for (int i = 0; i < 20; ++i) {
    PolicyRule rule = AnythingRule();
    rule.name = absl::StrCat("rule-", i);
    rule.callers = {*CallerPattern::Parse(
        i == 18 ? "spiffe://prod.example/ns/music/sa/*"
                : absl::StrCat("spiffe://prod.example/ns/team-", i, "/sa/*"))};
    rule.fixed_tenant = "music";
    rule.providers = {false, {"spotify"}};
    rule.max_scopes = {{"playlist-read-private", "user-read-email"}};
    rule.owner = Owner::kSelf;
    rules.push_back(std::move(rule));
  }
  return std::make_shared<const Policy>(std::move(rules));
}

}  // namespace tokenbroker
