// Why there is no token. A failed call is an absl::Status with gRPC's code; what the broker says
// beside it (ErrorInfo and RetryInfo) is read with these functions. Pure; any thread.
//
//   const auto token = source.Token();
//   if (const auto login = ReauthorizationRequiredIn(token.status())) {
//     SendToLogin(login->subject);
//   }
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <map>
#include <string>

namespace tokenbroker::client {

// What the broker said.
struct BrokerError {
  // The name of a tokenbroker.v1.ErrorReason without its prefix; "" when the failure is not the
  // broker's own: the network's, or this library's. New reasons come; go by the status's code then.
  std::string reason;
  // `provider`, `cause`, `generation`, `missing_scopes` and others
  // (tokenbroker/rpc/v1/status.proto).
  std::map<std::string, std::string> metadata;
  // Asking again sooner is of no use.
  absl::optional<absl::Duration> retry_delay;
};

BrokerError BrokerErrorIn(const absl::Status& status);

// Only a login by the user helps: the grant is dead, was revoked, or there never was one.
struct ReauthorizationRequired {
  std::string tenant;
  std::string provider;
  std::string subject;
  // `provider_says_dead`, `revoked`, `rotation_lost`, `no_refresh_token`, `identity_changed`,
  // `client_changed`; more may come. `absent`: there is no grant.
  std::string cause;
};

// Of a status that TokenSource gave. Unset: something else is the matter.
absl::optional<ReauthorizationRequired> ReauthorizationRequiredIn(const absl::Status& status);

}  // namespace tokenbroker::client
