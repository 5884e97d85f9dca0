#include "broker/refresh_flight.h"

#include "base/log.h"
#include "broker/begin.h"
#include "broker/commit.h"
#include "broker/failure_report.h"
#include "broker/lease_renewal.h"
#include "broker/refusals.h"
#include "broker/remember.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

// When the due work of a grant comes back that is not to blame for its failed refresh.
constexpr absl::Duration kBlamelessPause = absl::Seconds(30);
// How often a grant of another client registration is looked at.
constexpr absl::Duration kOtherClientPause = absl::Minutes(10);

// The steps of one flight; lives in its coroutine's frame.
class RefreshFlight {
 public:
  RefreshFlight(BrokerParts& parts, const RefreshOrder& order)
      : parts_(parts), order_(order), give_up_(parts.Now() + kFlightPatience), gate_(nullptr) {}

  Task<RefreshResult> Run() {
    config_ = parts_.config.Current()->FindProvider(order_.key.provider);
    if (config_ == nullptr) {
      co_return Fail(RefreshFailed(order_.key.provider, ErrorClass::kOurConfiguration,
                                   "provider_not_configured", kProbeInterval));
    }
    // A rotated token that could neither be stored nor kept would be lost.
    if (config_->refresh.rotation != Rotation::kNone && !parts_.spill.Writable()) {
      co_return Fail(StoreUnavailable(order_.key.provider));
    }
    gate_ = &parts_.gates.For(order_.key.provider);
    absl::Status open = co_await AwaitOpen();
    if (!open.ok()) co_return Fail(std::move(open));
    auto resolved = co_await parts_.resolver.Resolve(order_.key.provider);
    if (!resolved.ok()) co_return Fail(resolved.status());
    provider_ = *std::move(resolved);
    // The configuration that the request is made of, should it have been reloaded just now.
    config_ = provider_->config;
    Semaphore::Permit permit = co_await gate_->Admit(config_, parts_.Now() + kFlightPatience);
    if (!permit) {
      co_return Fail(
          RefreshFailed(order_.key.provider, ErrorClass::kQuota, "own_limits", absl::Seconds(1)));
    }
    // Those who were served before us may have learned something.
    open = gate_->MayEnter(*config_);
    if (!open.ok()) co_return Fail(std::move(open));
    co_return co_await BeginAndPresent();
  }

 private:
  // Whoever comes while an open circuit is probed is told what the probe says.
  Task<absl::Status> AwaitOpen() {
    absl::Status open = gate_->MayEnter(*config_);
    if (open.ok()) co_return open;
    co_await gate_->AwaitProbe(give_up_);
    co_return gate_->MayEnter(*config_);
  }

  Task<RefreshResult> BeginAndPresent() {
    BeginResult began = co_await BeginRefresh(&parts_, order_, config_);
    if (!began.begun) {
      if (began.ended.status.ok()) co_return began.ended;
      co_return Fail(std::move(began.ended.status));
    }
    begun_ = *std::move(began.begun);
    co_return co_await Present();
  }

  Task<RefreshResult> Present() {
    const Grant& grant = *begun_.grant;
    if (grant.client_id != config_->client_id) {
      co_return co_await GiveBack(
          ReauthorizationRequired(order_.key.provider, StateReason::kClientChanged,
                                  grant.generation),
          kOtherClientPause);
    }
    if (!grant.refreshable()) {
      co_return co_await GiveBack(
          ReauthorizationRequired(order_.key.provider, StateReason::kNoRefreshToken,
                                  grant.generation),
          absl::InfiniteDuration());
    }
    // Too late to be sure that nobody else thinks that it is his turn.
    if (parts_.Now() >= begun_.send_before) {
      co_return co_await GiveBack(StoreUnavailable(order_.key.provider), absl::ZeroDuration());
    }
    absl::Status entered = gate_->Enter(*config_);
    if (!entered.ok()) {
      RefreshResult refused = co_await GiveBack(std::move(entered), kBlamelessPause);
      // Another grant's refresh became the probe since we looked.
      const absl::Status open = co_await AwaitOpen();
      if (!open.ok() || parts_.Now() >= give_up_) co_return refused;
      co_return co_await BeginAndPresent();
    }
    secret_ = gate_->Choose(*config_);
    TokenAnswer answer = co_await Send();
    if (answer.tokens) {
      gate_->Succeeded(*config_, secret_);
      parts_.failures.erase(order_.key);
      gate_->meters().RefreshEnded(order_.trigger, "refreshed");
      co_return co_await CommitTokens(&parts_, order_, std::move(begun_), std::move(answer),
                                      config_);
    }
    co_return co_await Failed(std::move(answer));
  }

  Task<TokenAnswer> Send() {
    const LeaseRenewal renewal(parts_, begun_);
    RefreshTokenRequest request;
    request.provider = provider_;
    request.client_secret = secret_.secret;
    request.refresh_token = begun_.grant->refresh_token;
    request.traceparent = order_.trace.traceparent;
    const ProviderMeters::Request counted(gate_->meters());
    const SteadyTime sent = parts_.Now();
    TokenAnswer answer = co_await parts_.endpoint.Refresh(std::move(request));
    if (answer.delivery != Delivery::kNotSent) gate_->meters().Answered(parts_.Now() - sent);
    co_return answer;
  }

  // Nothing was sent, and nothing will be: the lease goes back.
  Task<RefreshResult> GiveBack(absl::Status why, absl::Duration pause) {
    FailRequest request = NewReport(Delivery::kNotSent, ErrorClass::kNone, pause);
    co_await ReportFailure(&parts_, std::move(request));
    co_return Fail(std::move(why));
  }

  FailRequest NewReport(Delivery delivery, ErrorClass error_class, absl::Duration pause) const {
    FailRequest request;
    request.key = order_.key;
    request.attempt = begun_.attempt;
    request.parent = begun_.parent;
    request.outcome = delivery;
    request.error_class = error_class;
    request.until = begun_.time.ToStore(parts_.Now()) + pause;
    return request;
  }

  // Who is to blame, and what follows.
  Task<RefreshResult> Failed(TokenAnswer answer) {
    Log(LogLevel::kWarning, "refresh_failed",
        {{"provider", order_.key.provider},
         {"class", ErrorClassName(answer.error_class)},
         {"error", answer.error},
         {"generation", begun_.grant->generation},
         TraceIdField(order_.trace),
         RequestIdField(order_.trace)});
    gate_->meters().RefreshEnded(order_.trigger, ErrorClassName(answer.error_class));
    ErrorClass error_class = answer.error_class;
    absl::Duration pause = kBlamelessPause;
    bool another_secret = false;
    switch (error_class) {
      case ErrorClass::kGrantDead:
        if (gate_->BelieveDead(*config_, order_.key, CauseOfDeath())) break;
        error_class = ErrorClass::kOurConfiguration;
        break;
      case ErrorClass::kProviderTrouble:
      case ErrorClass::kQuota:
        pause = gate_->Troubled(error_class, answer.retry_after, ++parts_.failures[order_.key]);
        break;
      default:
        error_class = ErrorClass::kOurConfiguration;
        another_secret = gate_->Misconfigured(*config_, secret_, answer.error) ==
                         ProviderGate::Next::kAnotherSecret;
    }
    FailRequest report = NewReport(answer.delivery, error_class, pause);
    report.last_error = answer.error;
    if (error_class == ErrorClass::kGrantDead) report.cause = CauseOfDeath();
    const bool dead = error_class == ErrorClass::kGrantDead;
    FailAnswer reported = co_await ReportFailure(&parts_, std::move(report));
    switch (reported.outcome) {
      case FailAnswer::Outcome::kOk:
        break;
      case FailAnswer::Outcome::kNewer:
        // We lost a race: somebody else's token is the good one.
        co_return Newer(*reported.grant, reported.time);
      case FailAnswer::Outcome::kNotYours:
        if (dead) error_class = ErrorClass::kProviderTrouble;
        co_return co_await Overtaken(
            RefreshFailed(order_.key.provider, error_class, answer.error, absl::Seconds(1)));
      case FailAnswer::Outcome::kGone:
        parts_.cache.Erase(order_.key.view(), order_.known_generation);
        co_return Refused(GrantNotFound(order_.key.view()));
      case FailAnswer::Outcome::kNoStore:
      case FailAnswer::Outcome::kUnavailable:
        // Whether the stored generation has changed meanwhile is not known.
        if (dead) co_return Fail(StoreUnavailable(order_.key.provider));
        break;
    }
    if (dead) co_return Condemn(answer.error);
    // The client was refused before the token was looked at, so it is unused still.
    if (another_secret && answer.delivery == Delivery::kAnswered) {
      co_return co_await BeginAndPresent();
    }
    co_return Fail(RefreshFailed(order_.key.provider, error_class, answer.error, pause));
  }

  RefreshResult Newer(const Grant& grant, const StoreTimeMark& time) {
    Remember(&parts_, grant, time);
    RefreshResult result;
    result.source = TokenSource::kStore;
    return result;
  }

  static RefreshResult Refused(absl::Status status) {
    RefreshResult result;
    result.status = std::move(status);
    return result;
  }

  // A login or another attempt came between: ours decides nothing about the grant.
  Task<RefreshResult> Overtaken(absl::Status otherwise) {
    const LoadAnswer loaded = co_await parts_.grants.Load(order_.key);
    const bool newer = loaded.grant && loaded.grant->generation > begun_.grant->generation;
    if (newer) co_return Newer(*loaded.grant, loaded.time);
    co_return Fail(std::move(otherwise));
  }

  StateReason CauseOfDeath() const {
    return begun_.despite_unknown ? StateReason::kRotationLost : StateReason::kProviderSaysDead;
  }

  RefreshResult Condemn(const std::string& error) {
    if (begun_.despite_unknown) gate_->meters().RotationLost();
    parts_.failures.erase(order_.key);
    MarkCached([this, &error](CachedToken* token) {
      token->state = GrantState::kReauthorizationRequired;
      token->state_reason = CauseOfDeath();
      TokenTraits traits = *token->traits;
      traits.provider_error = error;
      token->traits = parts_.traits.Share(std::move(traits));
      token->refresh_due = SteadyTime::InfiniteFuture();
    });
    return Refused(ReauthorizationRequired(order_.key.provider, CauseOfDeath(),
                                           begun_.grant->generation, error));
  }

  // The token that callers have is now one whose refresh failed, and when it is tried again; unless
  // a caller demanded that before it was due.
  RefreshResult Fail(absl::Status status) {
    const absl::optional<Refusal> refusal = RefusalOf(status);
    const absl::Duration wait =
        refusal && refusal->retry_after ? *refusal->retry_after : kBlamelessPause;
    MarkCached([now = parts_.Now(), wait](CachedToken* token) {
      if (now < token->refresh_due) return;
      token->refresh_failed = true;
      token->refresh_due = now + wait;
    });
    return Refused(std::move(status));
  }

  template <typename Change>
  void MarkCached(Change change) {
    const std::shared_ptr<const CachedToken> known = parts_.cache.Peek(order_.key.view());
    const bool ours = known != nullptr && known->generation <= order_.known_generation &&
                      known->state == GrantState::kActive;
    if (!ours) return;
    auto marked = std::make_shared<CachedToken>(*known);
    change(marked.get());
    parts_.Keep(order_.key, std::move(marked));
  }

  BrokerParts& parts_;
  const RefreshOrder& order_;
  const SteadyTime give_up_;
  ProviderGate* gate_;
  std::shared_ptr<const ProviderConfig> config_;
  std::shared_ptr<const ResolvedProvider> provider_;
  BegunRefresh begun_;
  ClientSecret secret_;
};

}  // namespace

Task<RefreshResult> RunRefreshFlight(BrokerParts* parts, RefreshOrder order) {
  RefreshFlight flight(*parts, order);
  co_return co_await flight.Run();
}

}  // namespace tokenbroker
