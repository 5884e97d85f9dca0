// What a request must look like before a use case sees it: sizes, counts, signs, and fields that
// exclude each other. Answers FIELD_INVALID with the field's name and the fix. Rules that need the
// configuration (scopes' grammar, redirect URIs, keys) live with the use cases. Pure functions; any
// thread; never allocates for a good request.
#pragma once

#include <absl/status/status.h>
#include <tokenbroker/v1/grant_admin.pb.h>
#include <tokenbroker/v1/provider.pb.h>
#include <tokenbroker/v1/token_broker.pb.h>

namespace tokenbroker {

inline constexpr int kMaxScopes = 100;
inline constexpr size_t kMaxScopeBytes = 512;
inline constexpr int kMaxAuthorizationParams = 32;
inline constexpr size_t kMaxUriBytes = 2048;
inline constexpr size_t kMaxCallbackUriBytes = 16 * 1024;
inline constexpr size_t kMaxCallerContextBytes = 2048;
inline constexpr size_t kMaxRefreshTokenBytes = 16 * 1024;
inline constexpr size_t kMaxPageTokenBytes = 2048;

absl::Status Validate(const v1::BuildLoginUriRequest& request);
absl::Status Validate(const v1::ExchangeCodeRequest& request);
absl::Status Validate(const v1::GetFreshTokenRequest& request);
absl::Status Validate(const v1::WatchTokenRequest& request);
absl::Status Validate(const v1::ListGrantsRequest& request);
absl::Status Validate(const v1::ListProvidersRequest& request);
absl::Status Validate(const v1::RevokeGrantsRequest& request);
absl::Status Validate(const v1::ImportGrantRequest& request);

}  // namespace tokenbroker
