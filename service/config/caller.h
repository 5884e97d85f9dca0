// Who calls the broker: the authenticated identity of an internal service. Any thread.
//
// A caller is known by its name, a text that no other caller has:
//
//   anonymous                         nobody said who they are
//   spiffe://TRUST-DOMAIN/PATH        a SPIFFE ID
//   dns:NAME                          a DNS name of a certificate
//   serviceaccount:NAMESPACE/NAME     a Kubernetes service account
//
// The functions check what they are given; a refusal is INVALID_ARGUMENT whose message is what is
// wrong and the fix, without the value.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>
#include <utility>

namespace tokenbroker {

enum class CallerKind { kAnonymous, kSpiffe, kDns, kServiceAccount };

struct Caller {
  CallerKind kind = CallerKind::kAnonymous;
  // Names the kind too, so two callers are the same if and only if their names are.
  std::string name = "anonymous";

  friend bool operator==(const Caller& a, const Caller& b) { return a.name == b.name; }
  template <typename H>
  friend H AbslHashValue(H h, const Caller& caller) {
    return H::combine(std::move(h), caller.name);
  }
};

// A SPIFFE ID with a path (SPIFFE-ID 2): a trust domain alone names no caller. Taken as it stands:
// the trust domain is lower case already.
absl::StatusOr<Caller> SpiffeCaller(absl::string_view uri);

// A host name (RFC 1123 2.1), in any case; neither a wildcard nor an address.
absl::StatusOr<Caller> DnsCaller(absl::string_view name);

// A DNS label and a DNS subdomain, both lower case, as Kubernetes names them.
absl::StatusOr<Caller> ServiceAccountCaller(absl::string_view service_namespace,
                                            absl::string_view name);

// A name of any kind, as above.
absl::StatusOr<Caller> ParseCaller(absl::string_view text);

}  // namespace tokenbroker
