// The provider of a run: rotation as the plan says, reuse detection, and a book of all that is
// presented to it. And one process's connection to it, on which requests and answers get lost.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "oauth/token_endpoint.h"
#include "tests/simulation/network.h"

namespace tokenbroker::simulation {

class Provider {
 public:
  // What it says; the refresh token's number is -1 when there is none.
  struct Reply {
    enum class Kind { kTokens, kInvalidGrant, kUnavailable, kGatewayError, kThrottled };
    Kind kind = Kind::kTokens;
    int refresh_token = -1;
    int grant = -1;
  };
  enum class Gives { kRefreshToken, kAccessTokenOnly };

  Provider(Scheduler& scheduler, History& history, const Plan& plan);

  // A login that was made elsewhere.
  int Authorize(int grant, SteadyTime sent);
  // The user has consented: the code that the browser brings back.
  std::string MakeCode(int grant, Gives gives);

  // What the network does to a request, what it does with it, and how long all that takes.
  struct Fate {
    enum class Kind { kArrives, kNotSent, kLostThere, kLostBack };
    Kind kind = Kind::kArrives;
    absl::Duration there;
    absl::Duration back;
    Reply::Kind instead = Reply::Kind::kTokens;
    // The refresh token stays the one that it was.
    bool keeps = false;
  };
  Fate FateOfRequest();

  enum class Renewal { kAnotherToken, kSameToken };
  // The request of presentation `index` arrives.
  Reply Refresh(size_t index, Renewal renewal);
  Reply ExchangeCode(const std::string& code);
  void Revoke(int token);
  void EndByUser(int grant);

  void MakeFlaky(absl::Duration length) { flaky_ = scheduler_.Now() + length; }
  void TakeDown(absl::Duration length) { down_ = scheduler_.Now() + length; }
  void Mend() { flaky_ = down_ = SteadyTime::InfinitePast(); }

  History& history() { return history_; }
  absl::Duration token_life() const { return plan_.token_life; }

 private:
  struct Code {
    int grant = 0;
    Gives gives = Gives::kRefreshToken;
    bool used = false;
  };

  int Mint(int grant, int family, int parent, SteadyTime sent);
  void End(int family, Family::End end);
  void Renew(int grant);
  bool AcceptsAgain(int token) const;

  Scheduler& scheduler_;
  History& history_;
  const Plan& plan_;
  Dice dice_;
  std::vector<Code> codes_;
  // When each used token was used first.
  std::map<int, SteadyTime> used_;
  SteadyTime flaky_ = SteadyTime::InfinitePast();
  SteadyTime down_ = SteadyTime::InfinitePast();
};

class ProviderLink : public TokenEndpoint {
 public:
  ProviderLink(Loop& loop, Network& network, Provider& provider, Process self)
      : loop_(loop), network_(network), provider_(provider), self_(self) {}

  Task<TokenAnswer> Refresh(RefreshTokenRequest request) override;
  Task<TokenAnswer> ExchangeCode(CodeExchangeRequest request) override;
  Task<absl::Status> Revoke(RevocationRequest request) override;
  Task<absl::StatusOr<Account>> FetchAccount(std::shared_ptr<const ResolvedProvider> provider,
                                             Secret access_token) override;

 private:
  struct Call;
  // `name` as in a plan (plan.h).
  Provider::Fate FateOf(absl::string_view name);
  // Sends what `act` does there, and waits for its answer or the time-out.
  Task<TokenAnswer> Send(Provider::Fate fate, absl::AnyInvocable<Provider::Reply()> act);
  TokenAnswer Translate(const Provider::Reply& reply) const;

  Loop& loop_;
  Network& network_;
  Provider& provider_;
  const Process self_;
};

}  // namespace tokenbroker::simulation
