// Puts a user's access token on outgoing gRPC calls.
//
// For every call of a stub or channel, or for one call:
//   context.set_credentials(TokenCallCredentials(source));
// or, to know the generation for TokenSource::Rejected() when the answer is UNAUTHENTICATED:
//   const auto token = source->Token();
//   if (token.ok()) AddAuthorization(**token, &context);
#pragma once

#include <absl/status/status.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <memory>

#include "tokenbroker/client/token_source.h"

namespace tokenbroker::client {

// Where a token may be sent to: over TLS, or by grpc::experimental::LocalCredentials to this
// machine; or wherever the channel leads.
enum class TokenTransport { kPrivateChannel, kAnyChannel };

// Any thread. Adds `authorization: Bearer ...` to each call, waiting for the token for as long as
// the source's timeout on a thread of gRPC's. Without a token the call fails as Token() did, though
// gRPC makes UNAVAILABLE of most codes. Keeps the source.
std::shared_ptr<grpc::CallCredentials> TokenCallCredentials(
    std::shared_ptr<TokenSource> source,
    TokenTransport transport = TokenTransport::kPrivateChannel);

// The same for one call, before it begins, and on any channel. FAILED_PRECONDITION, and nothing
// added, when the token is not one to send (AccessToken::AuthorizationHeader).
absl::Status AddAuthorization(const AccessToken& token, grpc::ClientContext* context);

}  // namespace tokenbroker::client
