#include "broker/spill_recovery.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "broker/commit_job.h"
#include "broker/kept_write.h"
#include "broker/provider_revocation.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(5);

using Outcome = FinishExchangeAnswer::Outcome;

// What became of the subject's grant after the login, as far as that decides about it.
enum class Since { kNothing, kNewerLogin, kEnded };

Since WhatCameSince(const Grant& present, int64_t generation) {
  const bool ended = present.state == GrantState::kRevoked || present.state == GrantState::kDeleted;
  if (ended && present.generation >= generation) return Since::kEnded;
  return present.login_generation > generation ? Since::kNewerLogin : Since::kNothing;
}

// The store's view of a spilled login, from first to last.
class ExchangeRecovery {
 public:
  ExchangeRecovery(BrokerParts& parts, LoginStore& logins, FinishExchangeRequest request)
      : parts_(parts),
        logins_(logins),
        request_(std::move(request)),
        generation_(request_.generation) {}

  Task<void> Run() {
    const std::shared_ptr<KeptWrite> kept = KeptWrite::Recovered(&parts_, request_.attempt);
    absl::Duration pause = kFirstPause;
    for (;;) {
      const Step step = co_await Try();
      if (step == Step::kDone) break;
      if (step == Step::kAgain) continue;
      co_await parts_.loop.Sleep(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
    kept->Decided();
  }

 private:
  enum class Step { kDone, kAgain, kLater };

  Task<Step> Try() {
    FinishExchangeAnswer answer = co_await logins_.FinishExchange(request_);
    switch (answer.outcome) {
      case Outcome::kStored:
      case Outcome::kAlready:
        co_return Step::kDone;
      case Outcome::kReload:
        if (!MayFollow(answer.grant)) co_return Step::kDone;
        request_.seen_login_generation = answer.grant ? answer.grant->login_generation : 0;
        co_return Step::kAgain;
      case Outcome::kRenumber:
        co_return co_await Renumber(answer.generation, answer.time);
      case Outcome::kSettling:
      case Outcome::kNoStore:
      case Outcome::kUnavailable:
        break;
    }
    co_return Step::kLater;
  }

  // The number is taken, by refreshes of the login that ours was checked against, or by a
  // tombstone.
  Task<Step> Renumber(int64_t taken, StoreTimeMark time) {
    const LoadAnswer present = co_await parts_.grants.Load(request_.record->key);
    using Loaded = LoadAnswer::Outcome;
    if (present.outcome != Loaded::kFound && present.outcome != Loaded::kNotFound) {
      co_return Step::kLater;
    }
    const bool deleted = present.deleted_generation >= generation_;
    const bool revoked =
        present.grant && WhatCameSince(*present.grant, generation_) == Since::kEnded;
    if (deleted || revoked) {
      GiveUp(Since::kEnded);
      co_return Step::kDone;
    }
    request_.generation = std::max(taken + 1, absl::ToUnixMillis(time.store_time));
    request_.outcome.generation = request_.generation;
    co_return Step::kAgain;
  }

  // False when something newer is there, or another account's grant: then it was given up.
  bool MayFollow(const Boxed<Grant>& present) {
    if (!present && request_.expected == 0) return true;
    if (!present) {
      // The refresh token that it was to inherit is gone.
      GiveUp(Since::kNothing);
      return false;
    }
    const Since since = WhatCameSince(*present, generation_);
    const bool deleted = present->state == GrantState::kDeleted;
    const bool same_account = request_.record && request_.record->account.known() &&
                              request_.record->account == present->account;
    const bool follows =
        since == Since::kNothing && request_.expected == 0 && (deleted || same_account);
    if (!follows) GiveUp(since);
    return follows;
  }

  // Tokens of a grant that has been ended must not live on; a newer login may depend on the
  // consent.
  void GiveUp(Since since) {
    Log(LogLevel::kWarning, "spilled_login_superseded");
    if (since == Since::kEnded && request_.record) {
      RevokeAtProvider(&parts_, &parts_.in_flight, *request_.record);
    }
  }

  BrokerParts& parts_;
  LoginStore& logins_;
  FinishExchangeRequest request_;
  // When the login was made; it may be stored under a higher one.
  const int64_t generation_;
};

Task<void> RecoverExchange(BrokerParts* parts, LoginStore* logins, FinishExchangeRequest request) {
  ExchangeRecovery recovery(*parts, *logins, std::move(request));
  co_await recovery.Run();
}

Task<void> Recover(BrokerParts* parts, LoginStore* logins,
                   [[maybe_unused]] HeldGrants::HoldOfAll hold) {
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

}  // namespace

Task<void> RecoverSpill(BrokerParts* parts, LoginStore* logins) {
  return Recover(parts, logins, HeldGrants::HoldOfAll(parts->held));
}

}  // namespace tokenbroker
