#include "tests/provider_simulator/authorize_endpoint.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "tests/provider_simulator/pages.h"

namespace provider_simulator {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

HttpReply PageRefusal(const std::string& message) { return HtmlReply(400, ErrorPage(message)); }

HttpReply Redirect(const ProviderState& state, const Form& request, Fields fields) {
  if (request.count("state") != 0) fields.emplace_back("state", Field(request, "state"));
  if (state.settings.iss == IssField::kRight) fields.emplace_back("iss", state.issuer);
  if (state.settings.iss == IssField::kWrong) fields.emplace_back("iss", kWrongIssuer);
  const std::string uri = Field(request, "redirect_uri");
  const char* const separator = uri.find('?') == std::string::npos ? "?" : "&";
  HttpReply reply = HtmlReply(302, "");
  reply.headers.emplace_back("Location", uri + separator + FormEncode(fields));
  return reply;
}

HttpReply ErrorRedirect(const ProviderState& state, const Form& request, const std::string& error,
                        const std::string& description) {
  return Redirect(state, request, {{"error", error}, {"error_description", description}});
}

// A wrong client or redirect URI is shown, never redirected to (RFC 6749 4.1.2.1).
absl::optional<HttpReply> Refusal(const ProviderState& state, const Form& request) {
  const auto client = state.clients.find(Field(request, "client_id"));
  if (client == state.clients.end()) return PageRefusal("unknown client_id");
  const std::string redirect_uri = Field(request, "redirect_uri");
  const auto& registered = client->second.redirect_uris;
  if (redirect_uri.empty()) return PageRefusal("redirect_uri is missing");
  if (!registered.empty() &&
      std::find(registered.begin(), registered.end(), redirect_uri) == registered.end()) {
    return PageRefusal("redirect_uri is not registered");
  }
  if (Field(request, "response_type") != "code") {
    return ErrorRedirect(state, request, "unsupported_response_type", "only code");
  }
  const bool has_challenge = !Field(request, "code_challenge").empty();
  if (!has_challenge && state.settings.pkce_required) {
    return ErrorRedirect(state, request, "invalid_request", "code_challenge is required");
  }
  if (has_challenge && Field(request, "code_challenge_method") != "S256") {
    return ErrorRedirect(state, request, "invalid_request", "code_challenge_method must be S256");
  }
  return absl::nullopt;
}

std::vector<std::string> GrantedScopes(const Settings& settings, const Form& request) {
  std::vector<std::string> scopes = SplitWords(Field(request, "scope"));
  if (!settings.narrow_scopes_to.has_value()) return scopes;
  const std::vector<std::string>& ticked = *settings.narrow_scopes_to;
  const auto is_unticked = [&ticked](const std::string& scope) {
    return std::find(ticked.begin(), ticked.end(), scope) == ticked.end();
  };
  scopes.erase(std::remove_if(scopes.begin(), scopes.end(), is_unticked), scopes.end());
  return scopes;
}

HttpReply ServeForm(ProviderState& state, const Form& request, absl::Time now) {
  if (Field(request, "decision") == "deny") {
    if (auto refusal = Refusal(state, request)) return *refusal;
    return ErrorRedirect(state, request, "access_denied", "the user said no");
  }
  return ApproveLogin(state, request, Field(request, "user"), now);
}

}  // namespace

HttpReply ApproveLogin(ProviderState& state, const Form& request, const std::string& user,
                       absl::Time now) {
  if (auto refusal = Refusal(state, request)) return *refusal;
  if (state.settings.authorize_error.has_value()) {
    return ErrorRedirect(state, request, *state.settings.authorize_error, "as configured");
  }
  const auto found = state.users.find(user);
  if (found == state.users.end()) return PageRefusal("unknown user");
  Login login;
  login.user = user;
  login.account_id = found->second.account_id;
  login.client_id = Field(request, "client_id");
  login.redirect_uri = Field(request, "redirect_uri");
  login.code_challenge = Field(request, "code_challenge");
  login.nonce = Field(request, "nonce");
  login.scopes = GrantedScopes(state.settings, request);
  const std::string code =
      state.tokens.IssueCode(std::move(login), now + state.settings.code_lifetime);
  return Redirect(state, request, {{"code", code}});
}

HttpReply ServeAuthorize(ProviderState& state, const HttpRequest& request, absl::Time now) {
  const bool is_post = request.method == "POST";
  if (!is_post && request.method != "GET") return HtmlReply(405, ErrorPage("GET or POST"));
  const auto form = ParseForm(is_post ? request.body : request.query);
  if (!form.has_value()) return PageRefusal("a parameter is malformed or repeated");
  if (is_post) return ServeForm(state, *form, now);

  if (state.settings.auto_approve_user.has_value() || state.settings.authorize_error.has_value()) {
    return ApproveLogin(state, *form, state.settings.auto_approve_user.value_or(""), now);
  }
  const std::string hint = Field(*form, "login_hint");
  if (state.settings.login_hint_approves && !hint.empty()) {
    return ApproveLogin(state, *form, hint, now);
  }
  if (auto refusal = Refusal(state, *form)) return *refusal;
  return HtmlReply(200, LoginPage(*form, state.users));
}

}  // namespace provider_simulator
