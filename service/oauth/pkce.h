// Proof Key for Code Exchange (RFC 7636), method S256: the code that the browser carries is worth
// nothing without the verifier that stays here. Any thread.
#pragma once

#include <string>

#include "base/secret.h"

namespace tokenbroker {

// 256 random bits as 43 unreserved characters (RFC 7636 4.1).
Secret MakeCodeVerifier();

// What the authorization request carries (RFC 7636 4.2).
std::string CodeChallengeS256(const Secret& verifier);

}  // namespace tokenbroker
