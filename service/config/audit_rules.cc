#include "config/audit_rules.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <cmath>

#include "config/config_path.h"

namespace tokenbroker {
namespace {

namespace pb = config::v1;

constexpr int kMostBurst = 1'000'000;
constexpr int kMostWatches = 100'000;
// Of calls per second.
constexpr double kSlowestRate = 0.001;
constexpr double kFastestRate = 1e6;

AuditConfig::Sink SinkOf(pb::AuditSink sink) {
  if (sink == pb::AUDIT_SINK_FILE) return AuditConfig::Sink::kFile;
  return sink == pb::AUDIT_SINK_NONE ? AuditConfig::Sink::kNone : AuditConfig::Sink::kStdout;
}

// A file that goes with another key's value: it is given if and only if that is.
void CheckGoesWith(bool wanted, bool given, const std::string& path, absl::string_view key,
                   absl::string_view with, ConfigErrors& errors) {
  if (wanted && !given) errors.Add(key, absl::StrCat("is missing; it goes with ", with));
  if (!wanted && given) errors.Add(key, absl::StrCat("goes only with ", with));
  if (wanted && given && path.empty()) errors.Add(key, "is empty; name a file");
}

}  // namespace

AuditConfig BuildAudit(const pb::Audit& in, const std::string& folder, ConfigErrors& errors) {
  AuditConfig out;
  out.sink = SinkOf(in.sink());
  out.file = ResolvePath(folder, in.file());
  CheckGoesWith(out.sink == AuditConfig::Sink::kFile, in.has_file(), in.file(), "audit.file",
                "sink: file", errors);
  if (in.subjects() == pb::AUDIT_SUBJECTS_HASHED) out.subjects = AuditConfig::Subjects::kHashed;
  out.hash_key_file = ResolvePath(folder, in.hash_key_file());
  CheckGoesWith(out.subjects == AuditConfig::Subjects::kHashed, in.has_hash_key_file(),
                in.hash_key_file(), "audit.hash_key_file", "subjects: hashed", errors);
  if (in.when_full() == pb::AUDIT_WHEN_FULL_REFUSE_CALL) {
    out.when_full = AuditConfig::WhenFull::kRefuseCall;
  }
  if (!in.has_queue_lines()) return out;
  if (in.queue_lines() < 1) errors.Add("audit.queue_lines", "is below 1; write 10000");
  out.queue_lines = static_cast<size_t>(std::max(in.queue_lines(), 1));
  return out;
}

QuotaConfig BuildQuotas(const pb::Quotas& in, ConfigErrors& errors) {
  QuotaConfig out;
  out.calls_per_second = in.calls_per_second();
  const bool in_range =
      out.calls_per_second >= kSlowestRate && out.calls_per_second <= kFastestRate;
  if (out.calls_per_second != 0 && !in_range) {
    errors.Add("server.quotas.calls_per_second",
               "is none of 0.001 to 1000000; write 100, or 0 for no limit");
    out.calls_per_second = 0;
  }
  out.burst =
      static_cast<int>(std::clamp(std::ceil(out.calls_per_second), 1.0, double{kMostBurst}));
  if (in.has_burst()) {
    out.burst = in.burst();
    if (out.calls_per_second == 0) {
      errors.Add("server.quotas.burst", "goes only with calls_per_second");
    } else if (out.burst < 1 || out.burst > kMostBurst) {
      errors.Add("server.quotas.burst", absl::StrCat("is none of 1 to ", kMostBurst));
    }
  }
  if (in.has_waiting_calls()) {
    out.waiting_calls = in.waiting_calls();
    if (out.waiting_calls < 1) errors.Add("server.quotas.waiting_calls", "is below 1; write 1000");
  }
  if (in.has_watches()) {
    out.watches = in.watches();
    if (out.watches < 1 || out.watches > kMostWatches) {
      errors.Add("server.quotas.watches", absl::StrCat("is none of 1 to ", kMostWatches));
    }
  }
  return out;
}

}  // namespace tokenbroker
