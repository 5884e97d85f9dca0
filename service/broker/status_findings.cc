#include "broker/status_findings.h"

#include <absl/strings/str_cat.h>

namespace tokenbroker {
namespace {

using Severity = Finding::Severity;

// A renewal that should have come has not: a third of a three-month certificate's life is left
// then.
constexpr absl::Duration kCertificateEndsSoon = absl::Hours(14 * 24);

// Beyond what a replica that died holds up: its claim, 30 s.
constexpr absl::Duration kLate = absl::Minutes(1);

std::string TimeText(absl::Time t) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", t, absl::UTCTimeZone());
}

void LookAtReplica(const ReplicaStatus& status, std::vector<Finding>& findings) {
  if (!status.serving) {
    findings.push_back({Severity::kWarning, "This replica takes no calls: it starts or stops."});
  }
  if (!status.config_error.empty()) {
    findings.push_back(
        {Severity::kError,
         absl::StrCat(
             "The configuration on disk is refused, and the one before it stays in force: ",
             status.config_error)});
  }
}

void LookAtStore(const ReplicaStatus& status, std::vector<Finding>& findings) {
  if (!status.store_reachable) {
    findings.push_back({Severity::kError,
                        "The store does not answer. Tokens that are good are served from memory; "
                        "nothing is refreshed, and nobody can log in."});
  }
  if (!status.store.spill_writable) {
    findings.push_back(
        {Severity::kError,
         "The spill folder cannot be written to. No refresh that rotates is begun."});
  }
  if (status.store.spilled_writes > 0) {
    findings.push_back({Severity::kWarning,
                        absl::StrCat(status.store.spilled_writes,
                                     " writes wait on this replica's disk until the store takes "
                                     "them. Do not throw its volume away.")});
  }
}

void LookAtProvider(const ProviderStatus& provider, std::vector<Finding>& findings) {
  if (provider.frozen) {
    findings.push_back({Severity::kError,
                        absl::StrCat("Provider ", provider.provider,
                                     " refuses the broker itself and is frozen: nothing of it is "
                                     "refreshed. `tbctl providers check ",
                                     provider.provider, "` says why.")});
  } else if (provider.not_before) {
    findings.push_back(
        {Severity::kWarning,
         absl::StrCat("Provider ", provider.provider, " is asked nothing before ",
                      TimeText(*provider.not_before), ": it failed, or asked for that.")});
  }
}

void LookAtBacklog(const ProviderStatus& provider, std::vector<Finding>& findings) {
  if (provider.due_lag < kLate) return;
  findings.push_back(
      {Severity::kWarning,
       absl::StrCat("Refreshes of ", provider.provider, " are late: ", provider.due,
                    " grants are due, the longest for ",
                    absl::FormatDuration(absl::Trunc(provider.due_lag, absl::Seconds(1))), ".")});
}

void LookAtTls(const TlsStatus& tls, absl::Time now, std::vector<Finding>& findings) {
  if (tls.certificate_expiry <= now) {
    findings.push_back({Severity::kError, absl::StrCat("The listener's certificate ended at ",
                                                       TimeText(tls.certificate_expiry), ".")});
  } else if (tls.certificate_expiry - now < kCertificateEndsSoon) {
    findings.push_back({Severity::kWarning, absl::StrCat("The listener's certificate ends at ",
                                                         TimeText(tls.certificate_expiry), ".")});
  }
  if (tls.revocation_list_expiry && *tls.revocation_list_expiry <= now) {
    findings.push_back({Severity::kWarning,
                        absl::StrCat("A revocation list of callers' certificates is out of date "
                                     "since ",
                                     TimeText(*tls.revocation_list_expiry), ".")});
  }
}

}  // namespace

std::vector<Finding> FindingsOf(const ReplicaStatus& status, absl::Time now) {
  std::vector<Finding> findings;
  LookAtReplica(status, findings);
  LookAtStore(status, findings);
  for (const ProviderStatus& provider : status.providers) {
    LookAtProvider(provider, findings);
    LookAtBacklog(provider, findings);
  }
  if (status.tls) LookAtTls(*status.tls, now, findings);
  std::vector<Finding> urgent_first;
  for (const Severity severity : {Severity::kError, Severity::kWarning}) {
    for (const Finding& finding : findings) {
      if (finding.severity == severity) urgent_first.push_back(finding);
    }
  }
  return urgent_first;
}

}  // namespace tokenbroker
