// How a test's caller shows who it is, and the one that may do everything.
#pragma once

#include <absl/types/optional.h>
#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

#include "tests/support/test_authority.h"

namespace tokenbroker {

// The caller of tests that are not about callers.
inline constexpr char kPlayer[] = "spiffe://test.example/ns/music/sa/player";
// A policy file under which it, and nobody else, may do everything with every grant.
inline constexpr char kPlayerPolicy[] =
    "rules:\n"
    "  - name: player\n"
    "    callers: [ \"spiffe://test.example/ns/music/sa/player\" ]\n"
    "    rpcs: [ \"*\", GetGrant, ListGrants, RefreshGrant, RevokeGrant, RevokeGrants,\n"
    "            DeleteGrant, ImportGrant, GetKeyUsage ]\n"
    "    providers: [ \"*\" ]\n"
    "    subjects: [ \"*\" ]\n"
    "    browser_binding: optional\n";

// TLS that trusts the authorities of `trusted` (PEM) and shows `shown`, when there is something.
std::shared_ptr<grpc::ChannelCredentials> CallerCredentials(
    const std::string& trusted, const absl::optional<TestAuthority::Files>& shown);

// Trusts the authority and shows a new certificate of its own for the SPIFFE ID.
std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const TestAuthority& authority,
                                                        const std::string& spiffe_id);

}  // namespace tokenbroker
