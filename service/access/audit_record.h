// What the audit trail says of one call.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>

#include "base/secret.h"

namespace tokenbroker {

// Views for the time of the call to FormatAuditLine. Nothing secret: no token, no code, no state.
struct AuditRecord {
  absl::Time time;
  absl::string_view caller;
  absl::string_view rpc;
  // Of a watch: "begin", "token" for one that was handed out, "end".
  absl::string_view watch;
  // Of the grant that the call is about; empty where there is none, or it is not known.
  absl::string_view tenant;
  absl::string_view provider;
  absl::string_view subject;
  int64_t generation = 0;
  // Of a call about many grants: how many it listed or ended, and whether it was told only to
  // count.
  absl::optional<int64_t> grants;
  bool dry_run = false;
  // The level that a change of the log's was to.
  absl::string_view log_level;
  // "OK", or the reason of the refusal ("GRANT_NOT_FOUND"), or gRPC's own code.
  absl::string_view outcome;
  // What narrows the reason down.
  absl::string_view cause;
  // The policy rule that allowed it; empty when none did.
  absl::string_view rule;
  // Where it came from, as gRPC says it: "ipv4:10.0.0.7:51234".
  absl::string_view peer;
  // The trace that it belongs to (W3C Trace Context), when the caller told.
  absl::string_view trace_id;
  // What the caller calls its request, when it told.
  absl::string_view request_id;
};

// One line of JSON with its newline: a view into memory of this thread, until the thread's next
// call. With a key the subject is not in it, but `subject_hash`: a keyed hash (HMAC-SHA256, 128
// bits), the same for the same subject. Any thread.
absl::string_view FormatAuditLine(const AuditRecord& record, const Secret& hash_key);

}  // namespace tokenbroker
