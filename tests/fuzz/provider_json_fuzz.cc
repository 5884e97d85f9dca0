// What else a provider may say in JSON: its metadata, whose account a token is, an ID token. The
// first byte chooses which.
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/base64url.h"
#include "oauth/discovery.h"
#include "oauth/id_token.h"
#include "oauth/userinfo.h"
#include "token/grant_key.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr char kIssuer[] = "https://id.example.com";

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckMetadata(absl::string_view body) {
  const absl::StatusOr<ProviderMetadata> metadata = ParseMetadata(body, kIssuer);
  if (!metadata.ok()) {
    return Require(absl::IsInvalidArgument(metadata.status()) ||
                   absl::IsFailedPrecondition(metadata.status()));
  }
  for (const std::string* endpoint :
       {&metadata->authorization_endpoint, &metadata->token_endpoint,
        &metadata->revocation_endpoint, &metadata->userinfo_endpoint}) {
    Require(endpoint->empty() || absl::StartsWithIgnoreCase(*endpoint, "https://"));
  }
}

void CheckAccount(absl::string_view body) {
  const absl::StatusOr<std::string> account = ParseAccountId(body, "/user/id");
  if (!account.ok()) return Require(absl::IsUnavailable(account.status()));
  Require(!account->empty() && account->size() <= kMaxAccountIdBytes && IsPrintableUtf8(*account));
}

void CheckJwt(absl::string_view jwt) {
  const absl::StatusOr<IdTokenClaims> claims = DecodeIdToken(jwt);
  if (!claims.ok()) return Require(RefusalOf(claims.status()).has_value());
  IdTokenExpectation expected;
  expected.issuer = kIssuer;
  expected.client_id = "client-1";
  expected.now = absl::FromUnixSeconds(1'800'000'000);
  if (!CheckIdToken(*claims, expected).ok()) return;
  Require(claims->issuer == kIssuer && !claims->subject.empty());
  Require(CompareIdentity(*claims, AccountOf(*claims), "client-1") == Identity::kSame);
}

// So that the fuzzer need not learn base64.
void CheckClaims(absl::string_view claims) {
  CheckJwt(absl::StrCat("e30.", Base64UrlEncode(claims), ".eA"));
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      tokenbroker::CheckMetadata(text);
      break;
    case 1:
      tokenbroker::CheckAccount(text);
      break;
    case 2:
      tokenbroker::CheckJwt(text);
      break;
    default:
      tokenbroker::CheckClaims(text);
  }
  return 0;
}
