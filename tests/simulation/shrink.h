// Makes a failing plan short, and a history readable.
#pragma once

#include <string>

#include "tests/simulation/checker.h"
#include "tests/simulation/plan.h"

namespace tokenbroker::simulation {

// Leaves out events, and makes those that are left shorter, as long as `invariant` is still
// violated. REQUIRES: the plan violates it.
Plan Shrink(Plan plan, Invariant invariant);

// One line for each thing that happened, in order.
std::string TraceText(const History& history);

}  // namespace tokenbroker::simulation
