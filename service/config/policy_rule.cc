#include "config/policy_rule.h"

#include <algorithm>

namespace tokenbroker {

bool NameSet::Has(absl::string_view name) const {
  return any || std::binary_search(names.begin(), names.end(), name);
}

bool PolicyRule::Names(const Caller& caller) const {
  return every_caller ||
         std::any_of(callers.begin(), callers.end(),
                     [&caller](const CallerPattern& pattern) { return pattern.Matches(caller); });
}

}  // namespace tokenbroker
