// What a run did and saw, counted, for people. On standard output; one thread.
#pragma once

#include <cstddef>
#include <vector>

#include "tests/chaos/replica.h"
#include "tests/nemesis/history.h"

namespace tokenbroker {

void ReportFaults(const std::vector<Incident>& incidents);
// Of several providers' grants together.
void ReportAnswers(const std::vector<const History*>& histories);
void ReportWatches(const std::vector<const History*>& histories);
// What of all that the replicas logged.
void ReportEvents(const std::vector<Replica*>& replicas);
// How each grant that was lost came to its end; no more than so many.
void ShowLost(const History& history, size_t most);

}  // namespace tokenbroker
