// Callers for tests that are not about callers.
#pragma once

#include <string>

#include "access/known_caller.h"

namespace tokenbroker {

// May do everything, as without a policy.
inline KnownCallerPtr AnyCaller(const std::string& name = "anonymous") {
  Caller caller;
  caller.name = name;
  return MakeKnownCaller(std::move(caller), *Policy::Open(),
                         std::make_shared<CallerUsage>(QuotaConfig()));
}

// May do what `rule` says, which names every caller.
inline KnownCallerPtr CallerUnder(PolicyRule rule, const std::string& name = "dns:music.internal",
                                  QuotaConfig quota = {}) {
  rule.every_caller = true;
  return MakeKnownCaller(*ParseCaller(name), Policy({std::move(rule)}),
                         std::make_shared<CallerUsage>(quota));
}

// Everything with every grant, for a test to take something away from.
inline PolicyRule AnythingRule() {
  PolicyRule rule;
  rule.name = "anything";
  rule.rpcs = RpcSet::All();
  rule.tenants.any = true;
  rule.providers.any = true;
  rule.subjects.push_back(*SubjectPattern::Parse("*"));
  rule.browser_binding = BrowserBinding::kOptional;
  return rule;
}

}  // namespace tokenbroker
