// Decides from a run's history whether a promise was broken. Pure; any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "tests/simulation/history.h"

namespace tokenbroker::simulation {

enum class Invariant {
  // A refresh token is not presented while another presentation of it may be under way, or its
  // outcome is unknown and the patience has not run out.
  kOnePresentation,
  // None is presented once its successor is safely stored, nor while a process that could store the
  // successor has it.
  kNoneAfterItsSuccessor,
  // The store gives no generation twice, and none below one that it gave.
  kGenerationsGrow,
  // What one process answers never goes back, and is never older than what has been stored for a
  // while.
  kAnswersDoNotGoBack,
  // A grant is dead only when the provider ended it.
  kOnlyTheProviderKills,
  // Nobody's token is answered for another.
  kNoMixUp,
  // A rotation that a process received is stored in the end, unless the schedule explains the loss.
  kNoRotationLost,
  // None is presented as soon as it has come, whoever asks.
  kNotTooOften,
  // A revocation or deletion that was acknowledged stays.
  kEndedStaysEnded,
  // A code is presented once.
  kOneExchange,
  // Every refusal has a cause, and nobody is refused who could be served.
  kRefusalsAreTrue,
  // The store does nothing for somebody who has given up on it, and nothing twice.
  kNothingAfterItsTime,
  // Nobody waits while nothing is under way and nothing is wrong.
  kNoIdleWaiting,
  // When all is mended, everybody is served again.
  kServedInTheEnd,
};
absl::string_view InvariantName(Invariant invariant);

struct Violation {
  Invariant invariant;
  std::string what;
};

std::vector<Violation> Check(const History& history);

}  // namespace tokenbroker::simulation
