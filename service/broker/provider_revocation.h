// Tells a provider that a grant is over (RFC 7009), until it has heard.
#pragma once

#include <memory>

#include "broker/broker_parts.h"
#include "broker/in_flight.h"
#include "token/grant.h"

namespace tokenbroker {

// One revocation under way. `confirmed` once the provider has said so; `attempted` fires after the
// first try, whatever came of it.
struct ProviderRevocation {
  explicit ProviderRevocation(Loop& loop) : attempted(loop) {}
  Event attempted;
  bool confirmed = false;
};

// Revokes the refresh token of `grant` and then its access token, at the provider that the
// configuration names now, and goes on trying for an hour while the provider has trouble. A grant
// without tokens, and a provider without a revocation endpoint, end at once unconfirmed. Holds up a
// shutdown (`in_flight`) until the first try has ended, and later while a request is under way: a
// provider that is down must not. Loop
// thread only; both pointers must outlive it.
std::shared_ptr<ProviderRevocation> RevokeAtProvider(BrokerParts* parts, InFlight* in_flight,
                                                     Grant grant);

}  // namespace tokenbroker
