// What the configuration takes as a URL or a listening address. Any thread. Every refusal is
// INVALID_ARGUMENT whose message is what is wrong and the fix, without the value.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

namespace tokenbroker {

// An absolute https URL, or http on a loopback host; no credentials, no fragment (RFC
// 6749 3.1, 3.2).
absl::Status CheckEndpointUrl(absl::string_view url);

// The same without a query (RFC 8414 2).
absl::Status CheckIssuerUrl(absl::string_view url);

// An absolute URI without fragment (RFC 6749 3.1.2); http and https with a host. With a non-empty
// `refusal`, neither `localhost` nor plain http but for loopback literals (config/preset.h).
absl::Status CheckRedirectUri(absl::string_view uri, absl::string_view refusal);

// Refuses a URL whose host is an address where no provider is (AddressKind::kSpecial). What a name
// leads to is looked at when connecting. REQUIRES: CheckEndpointUrl was OK.
absl::Status CheckProviderAddress(absl::string_view url);

enum class ListenerKind { kUnix, kLoopback, kNetwork };

// `host:port`, `[v6]:port`, or `unix:path`; tells who can reach it.
absl::Status ParseListener(absl::string_view text, ListenerKind* kind);

}  // namespace tokenbroker
