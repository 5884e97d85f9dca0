#include "tests/provider_simulator/token_endpoint.h"

#include <boost/json/serialize.hpp>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "tests/provider_simulator/client_authentication.h"
#include "tests/provider_simulator/token_answer.h"

namespace provider_simulator {
namespace {

HttpReply ErrorReply(const OAuthError& error) {
  HttpReply reply = JsonReply(
      error.status, boost::json::serialize(boost::json::object{
                        {"error", error.error}, {"error_description", error.description}}));
  if (error.status == 401) reply.headers.emplace_back("WWW-Authenticate", "Basic realm=\"token\"");
  return reply;
}

// The form of a POST, or why it is refused.
std::variant<Form, OAuthError> ReadForm(const HttpRequest& request) {
  if (request.method != "POST") return OAuthError{"invalid_request", "POST only", 405};
  if (!absl::StartsWithIgnoreCase(request.Header("content-type"),
                                  "application/x-www-form-urlencoded")) {
    return OAuthError{"invalid_request", "a form is expected"};
  }
  auto form = ParseForm(request.body);
  if (!form.has_value()) return OAuthError{"invalid_request", "malformed or repeated parameter"};
  return *std::move(form);
}

void NoteIssue(const IssuedTokens& issued, TokenHistory* history) {
  TokenRequestSeen& seen = history->back();
  seen.accepted = true;
  seen.family = issued.family;
  seen.account_id = issued.login.account_id;
  seen.access_token = issued.access_token;
  seen.refresh_token = issued.refresh_token;
}

TokenResult Grant(ProviderState& state, const Form& form, const Client& client, absl::Time now) {
  const std::string grant_type = Field(form, "grant_type");
  if (grant_type == "authorization_code") {
    return state.tokens.RedeemCode(Field(form, "code"), client.id, Field(form, "redirect_uri"),
                                   Field(form, "code_verifier"), state.settings, now);
  }
  if (grant_type != "refresh_token") return OAuthError{"unsupported_grant_type", ""};
  const std::string token = Field(form, "refresh_token");
  TokenResult result =
      state.tokens.Refresh(token, client.id, SplitWords(Field(form, "scope")), state.settings, now);
  if (const auto* issued = std::get_if<IssuedTokens>(&result)) {
    ++state.counters.refresh_tokens[token].accepted;
    ++state.counters.refreshes_by_family[issued->family];
  }
  return result;
}

}  // namespace

HttpReply ServeToken(ProviderState& state, const HttpRequest& request, absl::Time now) {
  const auto form = ReadForm(request);
  if (const auto* error = std::get_if<OAuthError>(&form)) return ErrorReply(*error);
  const auto client = AuthenticateClient(request.Header("authorization"), std::get<Form>(form),
                                         state.clients, state.settings.client_authentication);
  if (const auto* error = std::get_if<OAuthError>(&client)) return ErrorReply(*error);
  const TokenResult result = Grant(state, std::get<Form>(form), std::get<Client>(client), now);
  if (const auto* error = std::get_if<OAuthError>(&result)) return ErrorReply(*error);
  if (state.history) NoteIssue(std::get<IssuedTokens>(result), &*state.history);
  const AnswerTo to = Field(std::get<Form>(form), "grant_type") == "refresh_token"
                          ? AnswerTo::kRefresh
                          : AnswerTo::kLogin;
  return TokenAnswer(to, std::get<IssuedTokens>(result), state.issuer,
                     std::get<Client>(client).secret, state.settings, now);
}

HttpReply ServeRevoke(ProviderState& state, const HttpRequest& request) {
  const auto form = ReadForm(request);
  if (const auto* error = std::get_if<OAuthError>(&form)) return ErrorReply(*error);
  const auto client = AuthenticateClient(request.Header("authorization"), std::get<Form>(form),
                                         state.clients, state.settings.client_authentication);
  if (const auto* error = std::get_if<OAuthError>(&client)) return ErrorReply(*error);
  const std::string token = Field(std::get<Form>(form), "token");
  if (token.empty()) return ErrorReply({"invalid_request", "token is missing"});
  state.tokens.RevokeToken(token, std::get<Client>(client).id);
  return JsonReply(200, "");
}

}  // namespace provider_simulator
