// A caller whose identity was proved, and what the policy gives it.
#pragma once

#include <memory>
#include <utility>

#include "access/caller_usage.h"
#include "config/caller.h"
#include "config/policy.h"

namespace tokenbroker {

// Immutable; any thread.
struct KnownCaller {
  Caller caller;
  // Neither is null. The usage is the caller's, however it shows who it is.
  std::shared_ptr<const CallerRights> rights;
  std::shared_ptr<CallerUsage> usage;
};

// Never null.
using KnownCallerPtr = std::shared_ptr<const KnownCaller>;

inline KnownCallerPtr MakeKnownCaller(Caller caller, const Policy& policy,
                                      std::shared_ptr<CallerUsage> usage) {
  std::shared_ptr<const CallerRights> rights = policy.RightsOf(caller);
  return std::make_shared<const KnownCaller>(
      KnownCaller{std::move(caller), std::move(rights), std::move(usage)});
}

}  // namespace tokenbroker
