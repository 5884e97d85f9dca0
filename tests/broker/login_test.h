// A broker with one provider, "music", and everything around its logins faked or in memory.
#pragma once

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <memory>
#include <string>
#include <utility>

#include "broker/login_request.h"
#include "broker/logins.h"
#include "crypto/digest.h"
#include "oauth/pkce.h"
#include "store/memory_store.h"
#include "tests/broker/fake_spill.h"
#include "tests/support/fake_provider_resolver.h"
#include "tests/support/fake_token_endpoint.h"
#include "tests/support/loop_test.h"

namespace tokenbroker {

class LoginTest : public LoopTest {
 protected:
  using Result = absl::StatusOr<CompletedLogin>;

  LoginTest() { Configure(PlainProvider()); }
  ~LoginTest() override { loop_.DropTasks(); }

  void Configure(ProviderConfig config) {
    auto resolved = Resolved(std::move(config));
    Snapshot snapshot;
    snapshot.providers[resolved->config->name] = resolved->config;
    config_.Set(std::move(snapshot));
    resolver_.Set(std::move(resolved));
  }
  // A provider with ID tokens: `openid` is asked for by default.
  void ConfigureOpenId() {
    ProviderConfig config = PlainProvider();
    config.issuer = kIssuer;
    config.scopes = {"openid", "read"};
    config.revocation_endpoint = "https://music.example.com/revoke";
    Configure(std::move(config));
  }
  // A provider whose accounts are known from a userinfo endpoint.
  void ConfigureUserinfo() {
    ProviderConfig config = PlainProvider();
    config.userinfo_endpoint = "https://music.example.com/me";
    config.revocation_endpoint = "https://music.example.com/revoke";
    Configure(std::move(config));
  }

  static BuildLoginUriRequest Request() {
    BuildLoginUriRequest request;
    request.key = {"default", "music", "user-1"};
    request.caller = "web";
    request.caller_context = "context";
    return request;
  }

  absl::StatusOr<LoginUri> TryBegin(BuildLoginUriRequest request = Request()) {
    return Run(logins_.BuildLoginUri(std::move(request)));
  }
  LoginUri Begin(BuildLoginUriRequest request = Request()) {
    absl::StatusOr<LoginUri> uri = TryBegin(std::move(request));
    EXPECT_TRUE(uri.ok()) << uri.status();
    return uri.ok() ? *std::move(uri) : LoginUri();
  }

  static ExchangeCodeRequest Parts(const LoginUri& login, std::string code = "code-1") {
    ExchangeCodeRequest request;
    request.caller = "web";
    request.state = login.state;
    request.code = std::move(code);
    return request;
  }
  Result Exchange(ExchangeCodeRequest request) {
    return Run(logins_.ExchangeCode(std::move(request)));
  }
  // A login from its beginning to its end.
  Result LogIn(BuildLoginUriRequest request = Request()) {
    const LoginUri login = Begin(std::move(request));
    return Exchange(Parts(login));
  }

  // An answer with an ID token for `login` that says `subject`.
  TokenAnswer OpenIdAnswer(const LoginUri& login, std::string subject,
                           std::string refresh_token = "refresh-1") {
    IdTokenClaims claims;
    claims.issuer = kIssuer;
    claims.subject = std::move(subject);
    claims.audience = {"client-1"};
    claims.nonce = Parameter(login.uri, "nonce");
    claims.issued_at = clock_.TimeNow();
    claims.expires_at = clock_.TimeNow() + absl::Minutes(5);
    TokenAnswer answer = TokensAnswer("access-1", std::move(refresh_token));
    answer.tokens->id_token = std::move(claims);
    return answer;
  }

  LoadAnswer Load() { return Run(store_.Load(Request().key)); }
  // REQUIRES: there is one.
  Grant Stored() { return *Load().grant; }

  static std::string Parameter(const std::string& uri, const std::string& name) {
    const std::pair<std::string, std::string> halves = absl::StrSplit(uri, absl::MaxSplits('?', 1));
    for (const absl::string_view field : absl::StrSplit(halves.second, '&')) {
      const std::pair<std::string, std::string> pair =
          absl::StrSplit(field, absl::MaxSplits('=', 1));
      if (pair.first == name) return pair.second;
    }
    return "";
  }

  // The reason's name inside a refusal; "OK" and the plain status otherwise.
  static std::string Why(const absl::Status& status) {
    if (status.ok()) return "OK";
    const absl::optional<Refusal> refusal = RefusalOf(status);
    return refusal ? std::string(ReasonName(refusal->reason)) : status.ToString();
  }
  static std::string Why(const Result& result) { return Why(result.status()); }

  static constexpr char kIssuer[] = "https://id.example.com";

  Metrics metrics_;
  FixedConfig config_{Snapshot()};
  MemoryStore store_{loop_, clock_};
  FakeSpill spill_;
  FakeProviderResolver resolver_;
  FakeTokenEndpoint endpoint_{loop_};
  TokenCache cache_{100};
  Jitter jitter_{1};
  BrokerParts parts_{loop_,     metrics_,  config_, store_, spill_,
                     resolver_, endpoint_, cache_,  jitter_};
  Logins logins_{parts_, store_};
};

}  // namespace tokenbroker
