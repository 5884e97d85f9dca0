// Decides by a run's history whether those who watched were told what is promised to them. Pure.
#pragma once

#include <string>
#include <vector>

#include "tests/nemesis/history.h"

namespace tokenbroker {

// The invariants, as the comments of WatchToken in the API have them. Each violation in a sentence.
//  - Every token is one that the provider gave for the subject's account, and was good; unless the
//    replica stood still while it was on its way.
//  - Within a watch the generations of tokens grow, and no state is older than the token before it.
//    A watch is not told what its watcher has, nor what is older; unless something went wrong.
//  - No state is told twice in a row, and each has a cause: nobody revokes or deletes here.
//  - Whoever watches hears within seconds of what a caller was answered anywhere; unless something
//    happened to Redis, to the watcher's replica or to the caller's.
//  - No stream ends by itself but with its replica.
std::vector<std::string> ViolationsOfWatches(const History& history);

}  // namespace tokenbroker
