// How an exchange ends: what it stores, and how long it tries.
#include <absl/time/time.h>

#include <algorithm>
#include <utility>

#include "broker/code_exchange.h"
#include "broker/grant_mapping.h"
#include "broker/kept_write.h"
#include "broker/login_refusals.h"
#include "broker/login_report.h"
#include "broker/token_disposal.h"
#include "broker/unknown_rotation.h"

namespace tokenbroker {
namespace {

// Full jitter below this, doubled at every failure.
constexpr absl::Duration kFirstBackoff = absl::Milliseconds(100);
constexpr absl::Duration kLongestBackoff = absl::Seconds(2);
constexpr absl::Duration kNoTime = absl::ZeroDuration();

LoginOutcome RefusedWith(const Refusal& refusal) {
  LoginOutcome outcome;
  outcome.kind = LoginOutcome::Kind::kRefused;
  outcome.refusal = refusal;
  return outcome;
}

}  // namespace

// Stores the grant and the login's end in one step, against whatever else happens to the grant.
Task<CodeExchange::Result> CodeExchange::StoreGrant(TokenAnswer answer,
                                                    absl::StatusOr<Account> account) {
  listener_.emplace(parts_.announced, login_.key);
  const Account known = account.ok() ? *account : Account();
  const std::map<std::string, std::string> attributes =
      CallbackAttributes(checked_.callback, config_.attributes);
  int64_t above = 0;
  for (;;) {
    const AccountVerdict verdict = JudgeAccount(login_, present_, account);
    if (verdict != AccountVerdict::kAccepted) {
      // Dropped, not revoked: that could end a whole consent, the stored grant's or that of another
      // subject who is this account.
      Refusal refusal = RefusalOfAccount(verdict, config_.name, present_);
      co_return co_await Refuse(std::move(refusal));
    }
    LoginRecord record = MakeLoginRecord(
        {login_, answer, known, attributes, present_, mark_, config_}, parts_.jitter);
    LoginOutcome outcome;
    outcome.kind = LoginOutcome::Kind::kGrant;
    outcome.generation = NextGeneration(above);
    FinishExchangeRequest request = MakeFinishRequest(std::move(outcome));
    request.record = record.grant;
    request.expected = record.inherited;
    FinishExchangeAnswer stored = co_await Finish(std::move(request));
    if (stored.outcome == FinishExchangeAnswer::Outcome::kReload) {
      present_ = std::move(stored.grant);
      mark_ = stored.time;
      if (!MayReplacePresent()) {
        Refusal refusal = *RefusalOf(CallerNotAllowed());
        co_return co_await Refuse(std::move(refusal));
      }
      continue;
    }
    if (stored.outcome == FinishExchangeAnswer::Outcome::kRenumber) {
      above = stored.generation;
      continue;
    }
    const Grant grant = AsStored(std::move(record), stored.generation, stored.time.store_time);
    parts_.recent_commits.Add(grant, attempt_, parts_.Now());
    parts_.failures.erase(grant.key);
    ReportGrantedLogin(parts_.metrics, login_, checked_.trace, grant.generation);
    co_return Complete(grant, stored.time, TokenSource::kRefreshed);
  }
}

// The login's end: whoever asks again gets the same refusal.
Task<CodeExchange::Result> CodeExchange::Refuse(Refusal refusal) {
  refusal.caller_context = login_.caller_context;
  refusal.retry = Retry::kUseless;
  if (ReasonCode(refusal.reason) == absl::StatusCode::kUnavailable && refusal.cause.empty()) {
    refusal.cause = "new_login_needed";
  }
  FinishExchangeRequest request = MakeFinishRequest(RefusedWith(refusal));
  co_await Finish(std::move(request));
  ReportRefusedLogin(parts_.metrics, login_, checked_.trace, refusal);
  co_return ToStatus(refusal);
}

// Nothing was presented: the same callback may be tried again.
Task<CodeExchange::Result> CodeExchange::GiveBack(Refusal refusal) {
  FinishExchangeRequest request = MakeFinishRequest(LoginOutcome());
  co_await Finish(std::move(request));
  ReportUnsentLogin(parts_.metrics, login_, checked_.trace, refusal);
  co_return ToStatus(refusal);
}

// Repeats until the store has taken it: the tokens exist nowhere else.
Task<FinishExchangeAnswer> CodeExchange::Finish(FinishExchangeRequest request) {
  using Outcome = FinishExchangeAnswer::Outcome;
  std::shared_ptr<KeptWrite> kept;
  if (request.record) {
    kept = KeptWrite::Watch(
        &parts_, attempt_, [&request] { return request; }, [this] { ticket_.reset(); });
  }
  for (int failures = 0;; ++failures) {
    FinishExchangeAnswer answer = co_await logins_.FinishExchange(request);
    waits_for_store_ = answer.outcome == Outcome::kUnavailable ||
                       answer.outcome == Outcome::kNoStore || answer.outcome == Outcome::kSettling;
    if (!waits_for_store_) {
      if (kept != nullptr) kept->Decided();
      co_return answer;
    }
    co_await BackOff(failures);
  }
}

Task<void> CodeExchange::BackOff(int failures) {
  const absl::Duration most =
      std::min(kFirstBackoff * (int64_t{1} << std::min(failures, 10)), kLongestBackoff);
  // Never at once: a store that fails instantly must not spin the loop.
  const absl::Duration wait = most / 10 + parts_.jitter.Below(most);
  co_await parts_.loop.Sleep(wait);
}

FinishExchangeRequest CodeExchange::MakeFinishRequest(LoginOutcome outcome) const {
  FinishExchangeRequest request;
  request.state = checked_.callback.state;
  request.attempt = attempt_;
  request.seen_login_generation = present_ ? present_->login_generation : 0;
  request.generation = outcome.generation;
  request.outcome = std::move(outcome);
  request.replay = ReplayOf(config_);
  return request;
}

// Above everything that is known of the grant, and at least the store's clock in milliseconds.
int64_t CodeExchange::NextGeneration(int64_t above) const {
  const int64_t clock = absl::ToUnixMillis(mark_.ToStore(parts_.Now()));
  return std::max({clock, above + 1, present_ ? present_->generation + 1 : 1});
}

CompletedLogin CodeExchange::Complete(const Grant& grant, const StoreTimeMark& mark,
                                      TokenSource source) const {
  CompletedLogin login;
  login.grant = grant;
  const std::shared_ptr<const CachedToken> token = ToCachedToken(grant, mark, &parts_.traits);
  parts_.Cache(grant.key, token);
  const bool is_good = !grant.access_token.empty() && token->Remaining(parts_.Now()) > kNoTime;
  if (is_good) login.token.token = token;
  login.token.source = source;
  login.caller_context = login_.caller_context;
  login.frozen = parts_.gates.For(config_.name).IsFrozen(config_);
  return login;
}

void CodeExchange::Revoke(const TokenResponse& tokens) {
  if (checked_.provider->revocation_endpoint.empty()) return;
  parts_.loop.Spawn(
      RevokeTokens(&parts_.endpoint, InFlight::Ticket(in_flight_), checked_.provider,
                   parts_.gates.For(config_.name).secrets().ChooseForOne(config_).secret,
                   tokens.refresh_token, tokens.access_token));
}

}  // namespace tokenbroker
