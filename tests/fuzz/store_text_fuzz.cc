// The texts that come back from Redis and from browsers: names in the due index, messages of the
// channel, fields of records, states of logins. Whatever is read is what the store writes, to the
// byte.
#include <absl/strings/match.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "store/change_message.h"
#include "store/record_fields.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr int kShards = 64;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckMember(absl::string_view text) {
  const absl::optional<GrantKey> key = ParseMember(text);
  if (key) Require(MemberOf(*key) == text);
  Require(DecodePart(EncodePart(text)) == std::string(text.data(), text.size()));
}

void CheckMessage(absl::string_view text) {
  const absl::optional<Change> change = ParseChange(text);
  if (change) Require(absl::EndsWith(text, " " + MemberOf(change->key)));
  const absl::optional<Heartbeat> heartbeat = ParseHeartbeat(text);
  Require(!change || !heartbeat);
  if (!heartbeat) return;
  const absl::optional<Heartbeat> again = ParseHeartbeat(HeartbeatText(*heartbeat));
  Require(again && again->replica == heartbeat->replica && again->number == heartbeat->number &&
          again->spill_keys == heartbeat->spill_keys);
}

void CheckFields(absl::string_view text) {
  const absl::optional<RecordFields> fields = RecordFields::Unpack(std::string(text));
  if (!fields) return;
  Require(fields->Text("gen").size() < text.size());
  const int64_t number = fields->Number("gen");
  Require(number == 0 || fields->Has("gen"));
  const absl::optional<absl::Time> time = fields->Time("gen");
  Require(!time || fields->Has("gen"));
  // What is missing at the end is noticed.
  Require(!RecordFields::Unpack(std::string(text.substr(0, text.size() - 1))));
}

void CheckState(absl::string_view text) {
  const absl::optional<int> shard = ShardOfState(text, kShards);
  if (shard)
    Require(*shard >= 0 && *shard < kShards && absl::StartsWith(text, StatePrefixOf(*shard)));
  // A key ends with its hash, never with itself.
  Require(text.size() < 8 || !absl::EndsWith(LoginKey(0, text), text));
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  tokenbroker::CheckMember(text);
  tokenbroker::CheckMessage(text);
  tokenbroker::CheckFields(text);
  tokenbroker::CheckState(text);
  return 0;
}
