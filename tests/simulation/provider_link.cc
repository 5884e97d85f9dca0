#include "io/event.h"
#include "tests/simulation/names.h"
#include "tests/simulation/provider.h"

namespace tokenbroker::simulation {
namespace {

using Fate = Provider::Fate;
using Reply = Provider::Reply;

TokenAnswer Failed(Delivery delivery, ErrorClass error_class, std::string error) {
  TokenAnswer answer;
  answer.delivery = delivery;
  answer.error_class = error_class;
  answer.error = std::move(error);
  return answer;
}

Presentation::Heard HeardFrom(const TokenAnswer& answer) {
  if (answer.tokens) return Presentation::Heard::kTokens;
  if (answer.delivery == Delivery::kNotSent) return Presentation::Heard::kNotSent;
  if (answer.delivery == Delivery::kLostAnswer) return Presentation::Heard::kLostAnswer;
  const bool refused = answer.error_class == ErrorClass::kGrantDead;
  return refused ? Presentation::Heard::kRefused : Presentation::Heard::kBusy;
}

}  // namespace

struct ProviderLink::Call {
  explicit Call(Loop& loop) : done(loop) {}
  Event done;
  Reply reply;
};

Task<TokenAnswer> ProviderLink::Send(Fate fate, absl::AnyInvocable<Reply()> act) {
  const SteadyTime sent = network_.Now();
  const absl::Duration timeout = provider_.history().request_timeout;
  if (fate.kind == Fate::Kind::kNotSent) {
    co_await loop_.Sleep(fate.there);
    co_return Failed(Delivery::kNotSent, ErrorClass::kProviderTrouble, "connection");
  }
  const auto call = std::make_shared<Call>(loop_);
  if (fate.kind != Fate::Kind::kLostThere) {
    const std::weak_ptr<Call> waiting = call;
    network_.scheduler().After(fate.there, [network = &network_, self = self_, waiting, fate,
                                            act = std::move(act)]() mutable {
      Reply reply;
      reply.kind = fate.instead;
      // What it answers itself it has acted upon; a gateway's error may stand before or after it.
      const bool acts = fate.instead == Reply::Kind::kTokens ||
                        (fate.instead == Reply::Kind::kGatewayError && fate.back > fate.there);
      if (acts) {
        const Reply said = act();
        if (fate.instead == Reply::Kind::kTokens) reply = said;
      }
      if (fate.kind == Fate::Kind::kLostBack) return;
      network->Tell(self, network->Now() + fate.back, [waiting, reply] {
        const std::shared_ptr<Call> waits = waiting.lock();
        if (waits == nullptr) return;
        waits->reply = reply;
        waits->done.Notify();
      });
    });
  }
  const bool heard = co_await call->done.WaitUntil(sent + timeout);
  TokenAnswer answer = heard
                           ? Translate(call->reply)
                           : Failed(Delivery::kLostAnswer, ErrorClass::kProviderTrouble, "timeout");
  answer.sent_at = sent;
  co_return answer;
}

TokenAnswer ProviderLink::Translate(const Reply& reply) const {
  TokenAnswer answer;
  switch (reply.kind) {
    case Reply::Kind::kTokens: {
      TokenResponse tokens;
      tokens.access_token = Secret(absl::StrCat("at-", reply.grant));
      tokens.token_type = "Bearer";
      tokens.expires_in = provider_.token_life();
      if (reply.refresh_token >= 0) {
        tokens.refresh_token = Secret(absl::StrCat("rt-", reply.refresh_token));
      }
      answer.delivery = Delivery::kAnswered;
      answer.tokens = std::move(tokens);
      return answer;
    }
    case Reply::Kind::kInvalidGrant:
      return Failed(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant");
    case Reply::Kind::kUnavailable:
      return Failed(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503");
    case Reply::Kind::kGatewayError:
      return Failed(Delivery::kLostAnswer, ErrorClass::kProviderTrouble, "http_502");
    case Reply::Kind::kThrottled:
      answer = Failed(Delivery::kAnswered, ErrorClass::kQuota, "slow_down");
      answer.retry_after = absl::Seconds(3);
      return answer;
  }
  return answer;
}

Fate ProviderLink::FateOf(absl::string_view name) {
  Fate fate = provider_.FateOfRequest();
  for (const Happening& mishap : network_.TakeMishaps(self_.replica, name)) {
    using Kind = Happening::Kind;
    if (mishap.kind == Kind::kLoseCall) fate.kind = Fate::Kind::kLostThere;
    if (mishap.kind == Kind::kLoseAnswer) fate.kind = Fate::Kind::kLostBack;
    if (mishap.kind == Kind::kLateCall) fate.there = mishap.length;
    if (mishap.kind == Kind::kLateAnswer) fate.back = mishap.length;
    if (mishap.kind == Kind::kBusyAnswer) fate.instead = Reply::Kind::kUnavailable;
    if (mishap.kind == Kind::kKeepToken) fate.keeps = true;
  }
  return fate;
}

Task<TokenAnswer> ProviderLink::Refresh(RefreshTokenRequest request) {
  History& history = provider_.history();
  Presentation p;
  p.token = NumberIn(request.refresh_token);
  p.by = self_;
  p.sent = network_.Now();
  history.presentations.push_back(p);
  const size_t index = history.presentations.size() - 1;
  const Fate fate = FateOf("refresh");
  // Tells the history at once: not sent is not presented.
  if (fate.kind == Fate::Kind::kNotSent) {
    history.presentations[index].heard = Presentation::Heard::kNotSent;
  }
  const auto renewal =
      fate.keeps ? Provider::Renewal::kSameToken : Provider::Renewal::kAnotherToken;
  absl::AnyInvocable<Reply()> act = [provider = &provider_, index, renewal] {
    return provider->Refresh(index, renewal);
  };
  TokenAnswer answer = co_await Send(fate, std::move(act));
  history.presentations[index].heard = HeardFrom(answer);
  history.presentations[index].heard_at = network_.Now();
  co_return answer;
}

Task<TokenAnswer> ProviderLink::ExchangeCode(CodeExchangeRequest request) {
  const Fate fate = FateOf("exchange");
  const std::string code(request.code.Expose().data(), request.code.Expose().size());
  if (fate.kind != Fate::Kind::kNotSent) {
    provider_.history().codes[static_cast<size_t>(NumberIn(code))].push_back(network_.Now());
  }
  absl::AnyInvocable<Reply()> act = [provider = &provider_, code] {
    return provider->ExchangeCode(code);
  };
  TokenAnswer answer = co_await Send(fate, std::move(act));
  const bool refused = !answer.tokens && answer.error_class == ErrorClass::kGrantDead;
  if (refused) answer.error_class = ErrorClass::kCodeRefused;
  co_return answer;
}

Task<absl::Status> ProviderLink::Revoke(RevocationRequest request) {
  const Fate fate = FateOf("revoke");
  const bool refresh = request.token_type_hint == "refresh_token";
  const int token = refresh ? NumberIn(request.token) : -1;
  absl::AnyInvocable<Reply()> act = [provider = &provider_, token] {
    provider->Revoke(token);
    return Reply();
  };
  const TokenAnswer answer = co_await Send(fate, std::move(act));
  co_return answer.tokens ? absl::OkStatus() : absl::UnavailableError("not revoked");
}

Task<absl::StatusOr<Account>> ProviderLink::FetchAccount(std::shared_ptr<const ResolvedProvider>,
                                                         Secret access_token) {
  const Fate fate = FateOf("account");
  Reply reply;
  reply.grant = NumberIn(access_token);
  absl::AnyInvocable<Reply()> act = [reply] { return reply; };
  const TokenAnswer answer = co_await Send(fate, std::move(act));
  if (!answer.tokens) co_return absl::UnavailableError("no account");
  Account account;
  account.issuer = "music";
  account.id = absl::StrCat("account-", reply.grant);
  co_return account;
}

}  // namespace tokenbroker::simulation
