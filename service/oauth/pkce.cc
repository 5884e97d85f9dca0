#include "oauth/pkce.h"

#include "crypto/base64url.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace tokenbroker {

Secret MakeCodeVerifier() { return Secret(Base64UrlEncode(RandomBytes(32))); }

std::string CodeChallengeS256(const Secret& verifier) {
  return Base64UrlEncode(Sha256(verifier.Expose()));
}

}  // namespace tokenbroker
