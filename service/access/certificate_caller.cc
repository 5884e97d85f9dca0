#include "access/certificate_caller.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "access/caller_refusals.h"

namespace tokenbroker {
namespace {

bool IsSpiffe(const std::string& uri) { return absl::StartsWithIgnoreCase(uri, "spiffe:"); }

absl::StatusOr<Caller> Taken(absl::string_view name, absl::StatusOr<Caller> caller) {
  if (caller.ok()) return caller;
  return CallerUnknown(absl::StrCat("the certificate's ", name, " ", caller.status().message()));
}

}  // namespace

absl::StatusOr<Caller> CallerOf(const Certificate& certificate) {
  if (certificate.IsAuthority()) {
    return CallerUnknown("the certificate is an authority's; show one of a workload");
  }
  const std::vector<std::string> uris = certificate.Uris();
  if (std::any_of(uris.begin(), uris.end(), IsSpiffe)) {
    if (uris.size() == 1) return Taken("SPIFFE ID", SpiffeCaller(uris.front()));
    return CallerUnknown("the certificate has a SPIFFE ID beside another URI; it may have one");
  }
  const std::vector<std::string> names = certificate.DnsNames();
  if (!names.empty()) return Taken("first DNS name", DnsCaller(names.front()));
  return CallerUnknown("the certificate has neither a SPIFFE ID nor a DNS name");
}

}  // namespace tokenbroker
