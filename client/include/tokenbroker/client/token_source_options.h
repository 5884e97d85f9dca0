// Whose token a TokenSource keeps, and how.
#pragma once

#include <absl/time/time.h>

#include <string>

namespace tokenbroker::client {

// How a source learns of a new token.
enum class Upkeep {
  // The broker's WatchToken stream says it; asking now and then while there is no stream.
  kStream,
  // Asking when the token's refresh is due. One call for each token's life, and no stream.
  kAsking,
};

struct TokenSourceOptions {
  // Empty: the broker's default. With a policy configured there the caller's rule decides.
  std::string tenant;
  // The provider's name in the broker's configuration. Required.
  std::string provider;
  // The caller's own name for the connection. Required.
  std::string subject;

  Upkeep upkeep = Upkeep::kStream;
  // How long Token() without a deadline waits.
  absl::Duration timeout = absl::Seconds(10);
  // A token is served until so long before it expires, or until a tenth of the life that it had
  // left when it came, whichever is shorter.
  absl::Duration expiry_margin = absl::Seconds(5);
  // How long a refusal is believed while no stream would say that it is over.
  absl::Duration refusal_memory = absl::Seconds(5);
};

}  // namespace tokenbroker::client
