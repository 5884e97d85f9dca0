#include "access/service_account_tokens.h"

#include <absl/algorithm/container.h>
#include <absl/strings/str_cat.h>

#include <utility>

#include "access/caller_refusals.h"
#include "access/token_review.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "config/secret_file.h"

namespace tokenbroker {
namespace {

constexpr int kMaxInFlight = 32;
// Those that wait for their turn included.
constexpr size_t kMaxFlights = 1000;
constexpr absl::Duration kTimeout = absl::Seconds(5);
constexpr absl::Duration kConnectTimeout = absl::Seconds(2);
constexpr size_t kMaxAnswerBytes = 64 * 1024;

prometheus::Counter& Reviews(Metrics& metrics, const char* result) {
  return metrics.Counter("tokenbroker_token_reviews_total",
                         "Questions to the API server whose a service-account token is.",
                         {{"result", result}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<OwnToken>> StartOwnToken(const std::string& path, Metrics& metrics,
                                                        FileReader reader) {
  const auto load = [path](FileRecord& files) -> absl::StatusOr<Secret> {
    TB_ASSIGN_OR_RETURN(ClientSecret token, ReadSecretFile(path, files));
    return std::move(token.secret);
  };
  return OwnToken::Start("service_account_token", load, std::move(reader), metrics);
}

ServiceAccountTokens::ServiceAccountTokens(Loop& loop, HttpClient& http, const OwnToken& own,
                                           Metrics& metrics, ServiceAccountTokensConfig config)
    : loop_(loop),
      http_(http),
      own_(own),
      config_(std::move(config)),
      accepted_(Reviews(metrics, "accepted")),
      refused_(Reviews(metrics, "refused")),
      failed_(Reviews(metrics, "failed")),
      in_flight_(loop, kMaxInFlight),
      flights_(loop) {}

absl::Status ServiceAccountTokens::Look(absl::string_view token) const {
  const absl::optional<TokenClaims> claims = ClaimsOf(token);
  if (!claims) return CallerUnknown("the token is no service-account token: no JSON Web Token");
  if (claims->expiry <= loop_.clock().TimeNow()) {
    return CallerUnknown("the service-account token has expired, or has no end");
  }
  if (!absl::c_linear_search(claims->audiences, config_.audience)) {
    return CallerUnknown("the service-account token was made for another audience");
  }
  return absl::OkStatus();
}

Task<ReviewedToken> ServiceAccountTokens::Review(std::string digest, Secret token,
                                                 SteadyTime deadline) {
  if (!flights_.InFlight(digest) && flights_.size() >= kMaxFlights) {
    co_return ReviewedToken{CallerCheckUnavailable()};
  }
  auto start = [this, token = std::move(token)] { return Ask(token); };
  absl::optional<ReviewedToken> reviewed =
      co_await flights_.Join(std::move(digest), deadline, std::move(start));
  if (!reviewed) co_return ReviewedToken{CallerCheckUnavailable()};
  co_return *std::move(reviewed);
}

Task<ReviewedToken> ServiceAccountTokens::Ask(Secret token) {
  const SteadyTime deadline = loop_.clock().SteadyNow() + kTimeout;
  const Semaphore::Permit permit = co_await in_flight_.AcquireUntil(deadline);
  if (!permit) co_return ReviewedToken{CallerCheckUnavailable()};
  HttpRequest request = RequestFor(token);
  const HttpResult result = co_await http_.Send(std::move(request));
  const SteadyTime now = loop_.clock().SteadyNow();
  ReviewedToken reviewed = {CallerCheckUnavailable()};
  if (result.response) reviewed.caller = ParseTokenReview(*result.response, config_.audience);
  if (reviewed.caller.ok()) {
    accepted_.Increment();
    const absl::optional<TokenClaims> claims = ClaimsOf(token.Expose());
    if (claims) reviewed.expiry = claims->expiry;
    reviewed.ask_again = now + config_.max_age;
  } else if (absl::IsUnauthenticated(reviewed.caller.status())) {
    refused_.Increment();
    reviewed.ask_again = now + kRefusalLife;
  } else {
    failed_.Increment();
    Log(LogLevel::kWarning, "token_review_failed",
        {{"error", result.response ? absl::StrCat("http_", result.response->status)
                                   : std::string(result.error.message())}});
  }
  co_return reviewed;
}

HttpRequest ServiceAccountTokens::RequestFor(const Secret& token) const {
  const std::shared_ptr<const Secret> own = own_.Current();
  HttpRequest request;
  request.method = HttpMethod::kPost;
  request.url = absl::StrCat(config_.api_server, "/apis/authentication.k8s.io/v1/tokenreviews");
  request.headers.emplace_back("Authorization", Secret(absl::StrCat("Bearer ", own->Expose())));
  request.headers.emplace_back("Content-Type", Secret("application/json"));
  request.headers.emplace_back("Accept", Secret("application/json"));
  request.body = TokenReviewBody(token, config_.audience);
  request.connect_timeout = kConnectTimeout;
  request.timeout = kTimeout;
  request.ca_file = config_.ca_file;
  request.max_body_bytes = kMaxAnswerBytes;
  return request;
}

}  // namespace tokenbroker
