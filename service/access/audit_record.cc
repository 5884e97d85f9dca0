#include "access/audit_record.h"

#include <absl/strings/escaping.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <cstdint>

#include "base/json_text.h"
#include "crypto/digest.h"

namespace tokenbroker {
namespace {

constexpr size_t kHashBytes = 16;

// `name` is a literal with everything around it.
template <size_t n>
void AddText(const char (&name)[n], absl::string_view text, std::string* line) {
  if (text.empty()) return;
  line->append(name, n - 1);
  AppendJsonText(text, line);
}

// RFC 3339, in UTC, to the microsecond. A thread formats each second once: absl::FormatTime takes
// longer than the rest of the line.
void AddTime(absl::Time time, std::string* line) {
  struct Second {
    absl::Time begin = absl::InfinitePast();
    std::string text;
  };
  thread_local Second second;
  if (time < second.begin || time >= second.begin + absl::Seconds(1)) {
    second.begin = absl::FromUnixSeconds(absl::ToUnixSeconds(time));
    second.text = absl::FormatTime("%Y-%m-%dT%H:%M:%S", second.begin, absl::UTCTimeZone());
  }
  const int64_t micros = absl::ToInt64Microseconds(time - second.begin);
  absl::StrAppend(line, "{\"time\":\"", second.text, ".", absl::Dec(micros, absl::kZeroPad6),
                  "Z\"");
}

}  // namespace

std::string FormatAuditLine(const AuditRecord& record, const Secret& hash_key) {
  std::string line;
  line.reserve(512);
  AddTime(record.time, &line);
  AddText(",\"caller\":", record.caller, &line);
  AddText(",\"rpc\":", record.rpc, &line);
  AddText(",\"watch\":", record.watch, &line);
  AddText(",\"tenant\":", record.tenant, &line);
  AddText(",\"provider\":", record.provider, &line);
  if (hash_key.empty()) {
    AddText(",\"subject\":", record.subject, &line);
  } else if (!record.subject.empty()) {
    const std::string hash = HmacSha256(hash_key.Expose(), record.subject);
    AddText(",\"subject_hash\":",
            absl::BytesToHexString(absl::string_view(hash).substr(0, kHashBytes)), &line);
  }
  if (record.generation != 0) absl::StrAppend(&line, ",\"generation\":", record.generation);
  if (record.grants) absl::StrAppend(&line, ",\"grants\":", *record.grants);
  if (record.dry_run) line += ",\"dry_run\":true";
  AddText(",\"log_level\":", record.log_level, &line);
  AddText(",\"outcome\":", record.outcome, &line);
  AddText(",\"cause\":", record.cause, &line);
  AddText(",\"rule\":", record.rule, &line);
  AddText(",\"peer\":", record.peer, &line);
  AddText(",\"trace_id\":", record.trace_id, &line);
  AddText(",\"request_id\":", record.request_id, &line);
  line += "}\n";
  return line;
}

}  // namespace tokenbroker
