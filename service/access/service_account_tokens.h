// Asks the Kubernetes API server whose a service-account token is (TokenReview).
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "base/metrics.h"
#include "base/secret.h"
#include "config/caller.h"
#include "config/tls_config.h"
#include "config/watched_value.h"
#include "http/http_client.h"
#include "io/loop.h"
#include "io/semaphore.h"
#include "io/single_flight.h"

namespace tokenbroker {

// How long it is remembered that a token is no good. A caller that shows it again and again costs
// the API server no more than that.
inline constexpr absl::Duration kRefusalLife = absl::Seconds(10);

// What the API server said of a token, and until when that may be believed.
struct ReviewedToken {
  // The errors are those of ParseTokenReview.
  absl::StatusOr<Caller> caller;
  // When it is to be asked again at the latest, and, by the wall clock, when the token ends by its
  // own word: somebody who sets the clock back does not make an answer good for longer.
  SteadyTime ask_again = SteadyTime::InfinitePast();
  absl::Time expiry = absl::InfiniteFuture();
};

// The broker's own token, which may ask for reviews.
using OwnToken = WatchedValue<Secret>;
// Reads it once, without the newline at its end. `metrics` outlives it.
absl::StatusOr<std::unique_ptr<OwnToken>> StartOwnToken(const std::string& path, Metrics& metrics,
                                                        FileReader reader = ReadSmallFile);

// Loop thread only, except where said.
class ServiceAccountTokens {
 public:
  // All must outlive it and its flights.
  ServiceAccountTokens(Loop& loop, HttpClient& http, const OwnToken& own, Metrics& metrics,
                       ServiceAccountTokensConfig config);

  // Any thread. CALLER_UNKNOWN for what the API server need not be asked about: no JSON Web Token
  // with an end to come and our audience in it, as all projected service-account tokens are.
  absl::Status Look(absl::string_view token) const;

  // Asks once for all who want to know of the same token, `digest` being its SHA-256.
  // CALLER_CHECK_UNAVAILABLE when `deadline` came first, or too many wait already.
  Task<ReviewedToken> Review(std::string digest, Secret token, SteadyTime deadline);

 private:
  Task<ReviewedToken> Ask(Secret token);
  HttpRequest RequestFor(const Secret& token) const;

  Loop& loop_;
  HttpClient& http_;
  const OwnToken& own_;
  const ServiceAccountTokensConfig config_;
  prometheus::Counter& accepted_;
  prometheus::Counter& refused_;
  prometheus::Counter& failed_;
  Semaphore in_flight_;
  SingleFlight<std::string, ReviewedToken> flights_;
};

}  // namespace tokenbroker
