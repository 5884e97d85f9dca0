#include "oauth/http_token_endpoint.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "base/status_macros.h"
#include "oauth/client_authentication.h"
#include "oauth/provider_request.h"
#include "oauth/token_response.h"
#include "oauth/userinfo.h"

namespace tokenbroker {
namespace {

HttpRequest NewRequest(const ProviderConfig& config, HttpMethod method, std::string url) {
  HttpRequest request = NewProviderRequest(config, method, std::move(url));
  request.max_body_bytes = kMaxTokenAnswerBytes;
  return request;
}

// A POST that the client never sends twice: what it carries is good for one use.
absl::StatusOr<HttpRequest> NewPost(const ResolvedProvider& provider, std::string url,
                                    const Secret& client_secret, absl::Time now, FormBody body) {
  HttpRequest request = NewRequest(*provider.config, HttpMethod::kPost, std::move(url));
  request.headers.emplace_back("Content-Type", Secret("application/x-www-form-urlencoded"));
  TB_RETURN_IF_ERROR(AuthenticateClient(provider, client_secret, now, &request, &body));
  request.body = body.Build();
  request.repetition = Repetition::kNever;
  return request;
}

Secret Bearer(const Secret& access_token) {
  std::string header;
  header.reserve(7 + access_token.Expose().size());
  absl::StrAppend(&header, "Bearer ", access_token.Expose());
  return Secret(std::move(header));
}

TokenAnswer AnswerOf(Where where, const ProviderConfig& config, const HttpResult& result,
                     absl::Time now) {
  TokenAnswer answer;
  answer.sent_at = result.sent_at;
  absl::optional<Failure> failure;
  if (result.response) {
    ParsedTokenAnswer parsed = ParseTokenResponse(where, config, *result.response);
    answer.delivery = Delivery::kAnswered;
    answer.tokens = std::move(parsed.tokens);
    failure = std::move(parsed.failure);
  } else {
    failure = ClassifyNoAnswer(result);
  }
  if (!failure) return answer;
  answer.delivery = failure->delivery;
  answer.error_class = failure->error_class;
  answer.error = std::move(failure->error);
  if (result.response) {
    const auto retry_after = result.response->Header("retry-after");
    if (retry_after) answer.retry_after = ParseRetryAfter(*retry_after, now);
  }
  return answer;
}

// Nothing was sent: the client could not be authenticated with the key that it has.
TokenAnswer NotSigned(SteadyTime now) {
  TokenAnswer answer;
  answer.sent_at = now;
  answer.error_class = ErrorClass::kOurConfiguration;
  answer.error = "assertion_not_signed";
  return answer;
}

// The broker's word for a request that did not bring a 2xx.
std::string WordFor(const HttpResult& result) {
  if (!result.response) return ClassifyNoAnswer(result).error;
  return absl::StrCat("http_", result.response->status);
}

bool Succeeded(const HttpResult& result) {
  return result.response && result.response->status >= 200 && result.response->status < 300;
}

}  // namespace

Task<TokenAnswer> HttpTokenEndpoint::Ask(Where where,
                                         std::shared_ptr<const ResolvedProvider> provider,
                                         Secret client_secret, FormBody body,
                                         std::string traceparent) {
  absl::StatusOr<HttpRequest> request = NewPost(*provider, provider->token_endpoint, client_secret,
                                                clock_.TimeNow(), std::move(body));
  if (!request.ok()) co_return NotSigned(clock_.SteadyNow());
  HttpRequest post = *std::move(request);
  if (!traceparent.empty())
    post.headers.emplace_back("traceparent", Secret(std::move(traceparent)));
  const HttpResult result = co_await http_.Send(std::move(post));
  co_return AnswerOf(where, *provider->config, result, clock_.TimeNow());
}

Task<TokenAnswer> HttpTokenEndpoint::Refresh(RefreshTokenRequest request) {
  FormBody body;
  body.Add("grant_type", "refresh_token");
  body.Add("refresh_token", std::move(request.refresh_token));
  co_return co_await Ask(Where::kRefresh, std::move(request.provider),
                         std::move(request.client_secret), std::move(body),
                         std::move(request.traceparent));
}

Task<TokenAnswer> HttpTokenEndpoint::ExchangeCode(CodeExchangeRequest request) {
  FormBody body;
  body.Add("grant_type", "authorization_code");
  body.Add("code", std::move(request.code));
  body.Add("redirect_uri", request.redirect_uri);
  if (!request.code_verifier.empty()) {
    body.Add("code_verifier", std::move(request.code_verifier));
  }
  co_return co_await Ask(Where::kCode, std::move(request.provider),
                         std::move(request.client_secret), std::move(body),
                         std::move(request.traceparent));
}

Task<absl::Status> HttpTokenEndpoint::Revoke(RevocationRequest request) {
  const std::string& endpoint = request.provider->revocation_endpoint;
  if (endpoint.empty()) {
    co_return absl::FailedPreconditionError("the provider has no revocation endpoint");
  }
  FormBody body;
  body.Add("token", std::move(request.token));
  body.Add("token_type_hint", request.token_type_hint);
  absl::StatusOr<HttpRequest> made = NewPost(*request.provider, endpoint, request.client_secret,
                                             clock_.TimeNow(), std::move(body));
  if (!made.ok()) co_return absl::UnavailableError("the client's assertion cannot be signed");
  HttpRequest post = *std::move(made);
  const HttpResult result = co_await http_.Send(std::move(post));
  if (Succeeded(result)) co_return absl::OkStatus();
  co_return absl::UnavailableError(
      absl::StrCat("the provider did not revoke the token: ", WordFor(result)));
}

Task<absl::StatusOr<Account>> HttpTokenEndpoint::FetchAccount(
    std::shared_ptr<const ResolvedProvider> provider, Secret access_token) {
  if (provider->userinfo_endpoint.empty()) {
    co_return absl::UnavailableError("the provider has no userinfo endpoint");
  }
  HttpRequest request =
      NewRequest(*provider->config, HttpMethod::kGet, provider->userinfo_endpoint);
  request.headers.emplace_back("Authorization", Bearer(access_token));
  const HttpResult result = co_await http_.Send(std::move(request));
  if (!Succeeded(result)) {
    co_return absl::UnavailableError(
        absl::StrCat("the userinfo endpoint did not answer: ", WordFor(result)));
  }
  absl::StatusOr<std::string> id =
      ParseAccountId(result.response->body, provider->config->account_id_pointer);
  if (!id.ok()) co_return id.status();
  co_return Account{"", *std::move(id)};
}

}  // namespace tokenbroker
