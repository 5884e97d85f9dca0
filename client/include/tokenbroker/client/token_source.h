// A token that is always at hand: keeps one grant's access token fresh in the background.
//
//   TokenSource source(channel, {.provider = "spotify", .subject = "user-42"});
//   const absl::StatusOr<AccessTokenPtr> token = source.Token();
//   if (!token.ok()) return token.status();
//   CallTheirApi((*token)->AuthorizationHeader());     // they say 401?
//   source.Rejected((*token)->generation());           // then Token() once more
//
// Any thread may call anything, except in a child after fork(): gRPC does not work there, so make
// sources after forking. Has no thread of its own.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <grpcpp/channel.h>

#include <cstdint>
#include <memory>

#include "tokenbroker/client/access_token.h"
#include "tokenbroker/client/token_source_options.h"

namespace tokenbroker::client {

class LiveOperations;
class TokenKeeper;

class TokenSource {
 public:
  // Connects and asks in the background; returns at once.
  TokenSource(const std::shared_ptr<grpc::Channel>& channel, TokenSourceOptions options);
  TokenSource(const TokenSource&) = delete;
  TokenSource& operator=(const TokenSource&) = delete;
  // At any time, but not on a gRPC callback's thread: it ends the source's calls and waits until
  // they have, which takes about a millisecond. Callers that wait in Token() get CANCELLED; none
  // may begin to call any more.
  ~TokenSource();

  // A token that is good: at once, without a lock that others hold for long, an allocation or a
  // call, when there is one; else waits for the broker until `deadline` (options.timeout when there
  // is none). However many wait, the broker is called once; giving up cancels nothing. While the
  // broker is away, a token that is still good is served.
  //
  // Blocks: not for threads that must not, such as gRPC's or an event loop's (see TokenIfFresh).
  //
  // Errors: those of GetFreshToken, with tokenbroker/client/error.h to read them. One that only
  // somebody's doing can end, such as ReauthorizationRequired, comes at once and without a call
  // while it is known to hold. One that may pass is waited out until the deadline, but not when the
  // next try would come later. DEADLINE_EXCEEDED: the broker has not answered yet.
  absl::StatusOr<AccessTokenPtr> Token();
  absl::StatusOr<AccessTokenPtr> Token(absl::Time deadline);

  // The token when there is a good one, else null. Never waits, and starts nothing.
  AccessTokenPtr TokenIfFresh() const;

  // The resource server answered 401 to the token of this generation: Token() gives it no more, and
  // asks the broker for a newer one. Has no effect when the present token is newer already.
  void Rejected(int64_t generation);

 private:
  const std::shared_ptr<LiveOperations> live_;
  const std::shared_ptr<TokenKeeper> keeper_;
};

}  // namespace tokenbroker::client
