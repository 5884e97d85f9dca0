#include "access/audit_record.h"

#include <absl/strings/escaping.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "base/json_text.h"
#include "crypto/digest.h"

namespace tokenbroker {
namespace {

constexpr size_t kHashBytes = 16;
constexpr int64_t kMicrosPerSecond = 1'000'000;
// What a line has besides its texts: names, time, numbers.
constexpr size_t kMostOfTheRest = 512;

// Writes where there is room enough for all: the callers' threads spend most of a hit's time here.
class Line {
 public:
  explicit Line(char* begin) : begin_(begin), end_(begin) {}

  void Add(absl::string_view bytes) {
    std::memcpy(end_, bytes.data(), bytes.size());
    end_ += bytes.size();
  }

  // `name` comes with everything around it.
  void AddText(absl::string_view name, absl::string_view text) {
    if (text.empty()) return;
    Add(name);
    end_ = WriteJsonText(text, end_);
  }

  void AddNumber(absl::string_view name, int64_t value) {
    Add(name);
    end_ = std::to_chars(end_, end_ + std::numeric_limits<int64_t>::digits10 + 2, value).ptr;
  }

  // So many digits, zeros in front.
  void AddDigits(int64_t value, int digits) {
    for (char* digit = end_ + digits; digit-- != end_; value /= 10) {
      *digit = static_cast<char>('0' + value % 10);
    }
    end_ += digits;
  }

  absl::string_view text() const { return {begin_, static_cast<size_t>(end_ - begin_)}; }

 private:
  char* const begin_;
  char* end_;
};

size_t BoundOf(const AuditRecord& record) {
  const absl::string_view texts[] = {
      record.caller,  record.rpc,       record.watch,     record.tenant, record.provider,
      record.subject, record.log_level, record.outcome,   record.cause,  record.rule,
      record.peer,    record.trace_id,  record.request_id};
  size_t bytes = kMostOfTheRest;
  for (const absl::string_view text : texts) bytes += JsonTextBound(text.size());
  return bytes;
}

// RFC 3339, in UTC, to the microsecond. A thread formats each second once: absl::FormatTime takes
// longer than the rest of the line.
void AddTime(absl::Time time, Line* line) {
  struct Second {
    int64_t begin = std::numeric_limits<int64_t>::min();
    std::string text;
  };
  thread_local Second second;
  const int64_t micros = absl::ToUnixMicros(time);
  if (micros < second.begin || micros >= second.begin + kMicrosPerSecond) {
    const absl::Time begin = absl::FromUnixSeconds(absl::ToUnixSeconds(time));
    second.begin = absl::ToUnixMicros(begin);
    second.text = absl::FormatTime("{\"time\":\"%Y-%m-%dT%H:%M:%S.", begin, absl::UTCTimeZone());
  }
  line->Add(second.text);
  line->AddDigits(micros - second.begin, 6);
  line->Add("Z\"");
}

}  // namespace

absl::string_view FormatAuditLine(const AuditRecord& record, const Secret& hash_key) {
  thread_local std::vector<char> room;
  if (const size_t bound = BoundOf(record); room.size() < bound) room.resize(bound);
  Line line(room.data());
  AddTime(record.time, &line);
  line.AddText(",\"caller\":", record.caller);
  line.AddText(",\"rpc\":", record.rpc);
  line.AddText(",\"watch\":", record.watch);
  line.AddText(",\"tenant\":", record.tenant);
  line.AddText(",\"provider\":", record.provider);
  if (hash_key.empty()) {
    line.AddText(",\"subject\":", record.subject);
  } else if (!record.subject.empty()) {
    const std::string hash = HmacSha256(hash_key.Expose(), record.subject);
    line.AddText(",\"subject_hash\":",
                 absl::BytesToHexString(absl::string_view(hash).substr(0, kHashBytes)));
  }
  if (record.generation != 0) line.AddNumber(",\"generation\":", record.generation);
  if (record.grants) line.AddNumber(",\"grants\":", *record.grants);
  if (record.dry_run) line.Add(",\"dry_run\":true");
  line.AddText(",\"log_level\":", record.log_level);
  line.AddText(",\"outcome\":", record.outcome);
  line.AddText(",\"cause\":", record.cause);
  line.AddText(",\"rule\":", record.rule);
  line.AddText(",\"peer\":", record.peer);
  line.AddText(",\"trace_id\":", record.trace_id);
  line.AddText(",\"request_id\":", record.request_id);
  line.Add("}\n");
  return line.text();
}

}  // namespace tokenbroker
