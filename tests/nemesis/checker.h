// Decides by a run's history whether the promises were kept. Pure.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "tests/nemesis/history.h"

namespace tokenbroker {

struct Verdict {
  // Each in a sentence.
  std::vector<std::string> violations;
  // What the promises allow on bad days, and is counted: presentations of one refresh token that
  // overlap after its holder had been stopped, and grants whose new refresh token died with a
  // replica, or on its way, and could not be had again in time.
  int64_t explained_overlaps = 0;
  int64_t explained_losses = 0;
};

// The invariants:
//  1. A refresh token is presented by one at a time. Two at once: only when a replica stood still,
//     died or lost Redis meanwhile, and never of a token that may be used once unless a replica
//     stood still.
//  2. Once somebody was answered with what a refresh token was replaced by, it is not presented
//     again; unless a replica died while Redis had lost what it had acknowledged, or was away.
//  3. Every token that was answered is one that the provider gave for the subject's account, and
//     was good when it was asked for.
//  4. The generations of a grant never go back: at one replica never, and nowhere when all was well
//     for a while.
//  5. A grant that ended was ended by the provider; of its own accord, or because a refresh token
//     was used twice whose successor was given out in vain while something went wrong.
//  6. Every error has a cause in what was done.
//  7. What those who watch are told: see watch_checker.h.
Verdict Check(const History& history);

}  // namespace tokenbroker
