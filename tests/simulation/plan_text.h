// Plans as text, for people and for files: what is fixed in the first line, then an event a line.
// Pure; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "tests/simulation/plan.h"

namespace tokenbroker::simulation {

std::string EventText(const Happening& event);
// Without its events.
std::string PlanText(const Plan& plan);

// Reads what the two wrote; what a line leaves out is as in a plain Plan or Happening. Empty lines
// and those that begin with '#' say nothing.
// INVALID_ARGUMENT, with the line, for anything else.
absl::StatusOr<Plan> ParsePlan(absl::string_view text);

}  // namespace tokenbroker::simulation
