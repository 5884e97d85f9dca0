#include "broker/spill_recovery.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "broker/commit_job.h"
#include "broker/kept_write.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(5);

using Outcome = FinishExchangeAnswer::Outcome;

// Whether the login may still be stored over what came between: never over another account.
bool MayFollow(const FinishExchangeRequest& request, const absl::optional<Grant>& present) {
  if (!request.record || request.expected != 0) return false;
  if (!present || present->state == GrantState::kDeleted) return true;
  return request.record->account.known() && request.record->account == present->account;
}

Task<void> RecoverExchange(BrokerParts* parts, LoginStore* logins, FinishExchangeRequest request) {
  const std::shared_ptr<KeptWrite> kept = KeptWrite::Recovered(parts, request.attempt);
  absl::Duration pause = kFirstPause;
  for (;;) {
    FinishExchangeAnswer answer = co_await logins->FinishExchange(request);
    switch (answer.outcome) {
      case Outcome::kStored:
      case Outcome::kAlready:
        kept->Decided();
        co_return;
      case Outcome::kReload:
        if (!MayFollow(request, answer.grant)) {
          Log(LogLevel::kWarning, "spilled_login_superseded");
          kept->Decided();
          co_return;
        }
        request.seen_login_generation = answer.grant ? answer.grant->login_generation : 0;
        break;
      case Outcome::kRenumber:
        request.generation =
            std::max(answer.generation + 1, absl::ToUnixMillis(answer.time.store_time));
        request.outcome.generation = request.generation;
        break;
      case Outcome::kNoStore:
      case Outcome::kUnavailable:
        co_await parts->loop.Sleep(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
  }
}

}  // namespace

Task<void> RecoverSpill(BrokerParts* parts, LoginStore* logins) {
  std::vector<SpilledWrite> writes = co_await parts->spill.Recover();
  if (writes.empty()) co_return;
  Log(LogLevel::kWarning, "spill_recovered", {{"writes", static_cast<int64_t>(writes.size())}});
  for (SpilledWrite& write : writes) {
    if (auto* commit = std::get_if<CommitRequest>(&write)) {
      CommitJob::Recover(parts, std::move(*commit));
      continue;
    }
    auto& exchange = std::get<FinishExchangeRequest>(write);
    parts->loop.Spawn(RecoverExchange(parts, logins, std::move(exchange)));
  }
}

}  // namespace tokenbroker
