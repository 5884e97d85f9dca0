#include "broker/failure_report.h"

#include <algorithm>
#include <utility>

#include "broker/refresh_flight.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(2);

enum class Heard { kNo, kYes };

// Once. kNo also when another refresh token was stored between the two questions.
// A login that inherited the token has passed the attempt: its end was noted, all the same.
Task<Heard> ReportNotSent(BrokerParts* parts, GrantKey key, Attempt attempt) {
  const LoadAnswer loaded = co_await parts->grants.Load(key);
  if (loaded.outcome == LoadAnswer::Outcome::kNotFound) co_return Heard::kYes;
  if (!loaded.grant) co_return Heard::kNo;
  FailRequest request;
  request.key = std::move(key);
  request.attempt = std::move(attempt);
  request.parent = loaded.grant->refresh_token_generation;
  const int64_t parent = request.parent;
  const FailAnswer answer = co_await parts->grants.Fail(std::move(request));
  switch (answer.outcome) {
    case FailAnswer::Outcome::kOk:
    case FailAnswer::Outcome::kGone:
    case FailAnswer::Outcome::kNotYours:
      co_return Heard::kYes;
    case FailAnswer::Outcome::kNewer:
      if (answer.grant && answer.grant->refresh_token_generation == parent) co_return Heard::kYes;
      break;
    case FailAnswer::Outcome::kNoStore:
    case FailAnswer::Outcome::kUnavailable:
      break;
  }
  co_return Heard::kNo;
}

Task<void> TakeBackUntilHeard(BrokerParts* parts, GrantKey key, Attempt attempt,
                              SteadyTime not_after, [[maybe_unused]] InFlight::Ticket ticket,
                              [[maybe_unused]] HeldGrants::Hold hold) {
  // Before that it could still be executed, after our report.
  co_await parts->loop.SleepUntil(not_after + absl::Milliseconds(1));
  for (absl::Duration pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    const Heard heard = co_await ReportNotSent(parts, key, attempt);
    if (heard == Heard::kYes) co_return;
    co_await parts->loop.Sleep(pause);
  }
}

}  // namespace

Task<FailAnswer> ReportFailure(BrokerParts* parts, FailRequest request) {
  const SteadyTime give_up = parts->Now() + kFlightPatience;
  for (;;) {
    FailAnswer answer = co_await parts->grants.Fail(request);
    const bool heard = answer.outcome != FailAnswer::Outcome::kUnavailable &&
                       answer.outcome != FailAnswer::Outcome::kNoStore;
    if (heard || parts->Now() >= give_up) co_return answer;
    co_await parts->loop.Sleep(kFirstPause);
  }
}

void TakeBack(BrokerParts* parts, const GrantKey& key, Attempt attempt, SteadyTime not_after) {
  InFlight::Ticket ticket(parts->in_flight);
  HeldGrants::Hold hold(parts->held, key);
  parts->loop.Spawn(TakeBackUntilHeard(parts, key, std::move(attempt), not_after, std::move(ticket),
                                       std::move(hold)));
}

}  // namespace tokenbroker
