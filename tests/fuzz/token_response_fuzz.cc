// What a hostile token endpoint can do to the parser: nothing. The first byte chooses status,
// content type and the provider's rules; the rest is the body.

#include <cstdint>
#include <cstdlib>

#include "oauth/token_response.h"
#include "token/grant_key.h"

namespace tokenbroker {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

constexpr int kStatuses[] = {200, 201, 400, 401, 429, 500, 502, 302};
constexpr const char* kTypes[] = {"application/json", "application/x-www-form-urlencoded",
                                  "text/html", ""};

void RequireSound(const TokenResponse& tokens) {
  Require(tokens.access_token.empty() != tokens.access_token_status.ok());
  Require(tokens.access_token_status.ok() || !tokens.refresh_token.empty());
  Require(IsPrintableUtf8(tokens.access_token.Expose()));
  Require(IsPrintableUtf8(tokens.refresh_token.Expose()));
  Require(IsPrintableUtf8(tokens.token_type));
  if (tokens.expires_in) {
    Require(*tokens.expires_in > absl::ZeroDuration() && *tokens.expires_in <= kMaxTokenLifetime);
  }
  for (const auto& [name, value] : tokens.attributes) Require(IsPrintableUtf8(value));
}

void RequireSound(const Failure& failure) {
  Require(failure.error_class != ErrorClass::kNone);
  Require(failure.delivery != Delivery::kNotSent);
  Require(!failure.error.empty() && failure.error.size() < 40);
}

void Try(uint8_t choice, absl::string_view body) {
  ProviderConfig config;
  config.attributes = {"instance_url", "access_token", "scope"};
  config.token_type = static_cast<TokenTypeRule>(choice % 3);
  if (choice / 32 % 2 == 1) config.token_pointer = "/authed_user";
  if (choice / 64 % 2 == 1) config.scope_separator = ScopeSeparator::kComma;
  HttpResponse response;
  response.status = kStatuses[choice % 8];
  response.headers = {{"content-type", kTypes[choice / 8 % 4]}};
  response.body = std::string(body);
  const Where where = choice < 128 ? Where::kRefresh : Where::kCode;
  const ParsedTokenAnswer answer = ParseTokenResponse(where, config, response);
  Require(answer.tokens.has_value() != answer.failure.has_value());
  if (answer.tokens) RequireSound(*answer.tokens);
  if (answer.failure) RequireSound(*answer.failure);
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  tokenbroker::Try(data[0], absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
