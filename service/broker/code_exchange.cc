#include "broker/code_exchange.h"

#include <utility>

#include "base/status_macros.h"
#include "broker/login_checks.h"
#include "broker/login_refusals.h"
#include "crypto/random.h"
#include "oauth/error_class.h"
#include "oauth/id_token.h"

namespace tokenbroker {
namespace {

constexpr size_t kAttemptBytes = 16;
// After this the store does not execute a begin that it received.
constexpr absl::Duration kBeginNotAfter = absl::Seconds(5);
// Asking for an account presents nothing that is spent: it may be repeated.
constexpr int kAccountTries = 2;
// What an exchange may take beside its requests before its outcome counts as unknown.
constexpr absl::Duration kExchangeSlack = absl::Seconds(10);

}  // namespace

CodeExchange::CodeExchange(BrokerParts& parts, LoginStore& logins, InFlight& in_flight,
                           CheckedCallback checked)
    : parts_(parts),
      logins_(logins),
      in_flight_(in_flight),
      checked_(std::move(checked)),
      config_(*checked_.provider->config),
      attempt_(RandomBytes(kAttemptBytes)) {}

Task<CodeExchange::Result> CodeExchange::Run() {
  ticket_.emplace(in_flight_);
  BeginExchangeAnswer begun = co_await Begin();
  if (begun.outcome == BeginExchangeAnswer::Outcome::kDone) {
    co_return co_await Replay(std::move(begun));
  }
  if (begun.outcome != BeginExchangeAnswer::Outcome::kGo) {
    co_return RefusalOfBegin(begun.outcome, config_.name);
  }
  login_ = *std::move(begun.login);
  present_ = std::move(begun.grant);
  mark_ = begun.time;
  if (!MayReplacePresent()) {
    Refusal refusal = *RefusalOf(CallerNotAllowed());
    co_return co_await Refuse(std::move(refusal));
  }
  if (checked_.callback.error.empty()) {
    co_return co_await Present();
  }
  Refusal refusal = RefusalOfCallbackError(config_.name, checked_.callback.error);
  co_return co_await Refuse(std::move(refusal));
}

bool CodeExchange::MayReplacePresent() const {
  if (checked_.owner == Owner::kAny || !present_) return true;
  return present_->state == GrantState::kDeleted || present_->owner == checked_.caller;
}

// Repeats the same attempt until the store says something definite, for as long as a login lives.
Task<BeginExchangeAnswer> CodeExchange::Begin() {
  using Outcome = BeginExchangeAnswer::Outcome;
  const SteadyTime give_up = parts_.Now() + kLoginLife;
  const int requests = config_.userinfo_endpoint.empty() ? 1 : 1 + kAccountTries;
  for (int failures = 0;; ++failures) {
    const SteadyTime now = parts_.Now();
    BeginExchangeRequest request;
    request.state = checked_.callback.state;
    request.attempt = attempt_;
    request.code_hash = PresentedHash(checked_.callback);
    request.caller = checked_.caller;
    request.patience = requests * config_.request_timeout + kExchangeSlack;
    request.not_after = now + kBeginNotAfter;
    BeginExchangeAnswer answer = co_await logins_.BeginExchange(std::move(request));
    const bool ask_again = answer.outcome == Outcome::kUnavailable ||
                           answer.outcome == Outcome::kNoStore ||
                           answer.outcome == Outcome::kExpired || answer.outcome == Outcome::kBusy;
    waits_for_store_ = ask_again && answer.outcome != Outcome::kBusy;
    if (!ask_again || now >= give_up) co_return answer;
    // Whoever is busy with the code may take a while: the pace slows down as for a failure.
    co_await BackOff(failures);
  }
}

// The answer that was given before, or the newer grant that came of it.
Task<CodeExchange::Result> CodeExchange::Replay(BeginExchangeAnswer begun) {
  if (begun.login_outcome.kind == LoginOutcome::Kind::kRefused) {
    co_return ToStatus(begun.login_outcome.refusal);
  }
  login_ = *std::move(begun.login);
  listener_.emplace(parts_.announced, login_.key);
  const LoadAnswer loaded = co_await parts_.grants.Load(login_.key);
  TB_CO_RETURN_IF_ERROR(CheckReplay(loaded, login_.key, begun.login_outcome.generation));
  present_ = loaded.grant;
  if (!MayReplacePresent()) co_return CallerNotAllowed();
  co_return Complete(*loaded.grant, loaded.time, TokenSource::kStore);
}

Task<CodeExchange::Result> CodeExchange::Present() {
  CodeExchangeRequest request;
  request.provider = checked_.provider;
  SecretChooser& secrets = parts_.gates.For(config_.name).secrets();
  const ClientSecret secret = secrets.ChooseForOne(config_);
  request.client_secret = secret.secret;
  request.code = checked_.callback.code;
  request.redirect_uri = login_.redirect_uri;
  request.code_verifier = login_.code_verifier;
  request.traceparent = checked_.trace.traceparent;
  TokenAnswer answer = co_await parts_.endpoint.ExchangeCode(std::move(request));
  if (answer.tokens) {
    secrets.Accepted(config_, secret);
    co_return co_await Accept(std::move(answer));
  }
  LearnFrom(answer, secret);
  Refusal refusal = RefusalOfAnswer(config_.name, answer);
  if (answer.delivery == Delivery::kNotSent) {
    co_return co_await GiveBack(std::move(refusal));
  }
  co_return co_await Refuse(std::move(refusal));
}

// Of several client secrets, the one that was refused is not the one to use next.
void CodeExchange::LearnFrom(const TokenAnswer& answer, const ClientSecret& used) {
  if (answer.delivery != Delivery::kAnswered || !RefusesTheSecret(answer.error)) return;
  parts_.gates.For(config_.name).Misconfigured(config_, used, answer.error);
}

// The provider gave tokens: are they this login's, and whose are they?
Task<CodeExchange::Result> CodeExchange::Accept(TokenAnswer answer) {
  const TokenResponse& tokens = *answer.tokens;
  const absl::Status id_token = CheckIdTokenOf(tokens);
  if (!id_token.ok()) {
    // The sign of an injected code: nothing of it may stay alive.
    Revoke(tokens);
    Refusal refusal = LoginRefusal(Reason::kIdTokenInvalid, config_.name, id_token.message());
    if (const absl::optional<Refusal> why = RefusalOf(id_token)) refusal.cause = why->cause;
    co_return co_await Refuse(std::move(refusal));
  }
  if (!tokens.access_token_status.ok() && tokens.refresh_token.empty()) {
    Refusal refusal = LoginRefusal(
        Reason::kProviderMisconfigured, config_.name,
        "the provider's access token cannot be used (see token_type in the configuration) and "
        "there is no refresh token; start a new login when that is mended");
    refusal.cause = "access_token_unusable";
    co_return co_await Refuse(std::move(refusal));
  }
  absl::StatusOr<Account> account = Account();
  if (tokens.id_token) {
    account = AccountOf(**tokens.id_token);
  } else if (!tokens.access_token_status.ok()) {
    account = absl::UnavailableError("there is no access token to ask for the account with");
  } else if (!config_.userinfo_endpoint.empty()) {
    Secret access_token = tokens.access_token;
    account = co_await LearnAccount(std::move(access_token));
  }
  co_return co_await StoreGrant(std::move(answer), std::move(account));
}

absl::Status CodeExchange::CheckIdTokenOf(const TokenResponse& tokens) const {
  if (!tokens.id_token) {
    if (login_.nonce.empty()) return absl::OkStatus();
    Refusal refusal = LoginRefusal(Reason::kIdTokenInvalid, config_.name,
                                   "openid was asked for and the answer has no ID token");
    refusal.cause = "absent";
    return ToStatus(refusal);
  }
  if (!tokens.id_token->ok()) return tokens.id_token->status();
  IdTokenExpectation expected;
  expected.issuer = login_.issuer;
  expected.client_id = login_.client_id;
  expected.nonce = login_.nonce;
  expected.now = parts_.loop.clock().TimeNow();
  return CheckIdToken(**tokens.id_token, expected);
}

Task<absl::StatusOr<Account>> CodeExchange::LearnAccount(Secret access_token) {
  for (int tries = 1;; ++tries) {
    absl::StatusOr<Account> account =
        co_await parts_.endpoint.FetchAccount(checked_.provider, access_token);
    if (account.ok() || tries == kAccountTries) co_return account;
    co_await BackOff(tries);
  }
}

}  // namespace tokenbroker
