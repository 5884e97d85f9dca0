// The page that an operator reads at night: a replica's status, the verdict first. Pure; any
// thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>

#include "broker/operations_service.h"

namespace tokenbroker {

// HTML of its own, without scripts and without anything from elsewhere.
std::string StatusAsHtml(const ReplicaStatus& status, absl::Time now);
// The same for a terminal.
std::string StatusAsText(const ReplicaStatus& status, absl::Time now);

// The Content-Security-Policy under which the page looks as it should, and nothing else is loaded.
std::string StatusPagePolicy();
// What the policy names by its hash.
absl::string_view StatusPageStyle();

}  // namespace tokenbroker
