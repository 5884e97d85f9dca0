#include "store/change_message.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <utility>
#include <vector>

#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr absl::string_view kHeartbeat = "heartbeat ";

absl::optional<ChangeKind> KindFromName(absl::string_view name) {
  if (name == "login") return ChangeKind::kLogin;
  if (name == "refresh") return ChangeKind::kRefresh;
  if (name == "failure") return ChangeKind::kFailure;
  if (name == "revoke") return ChangeKind::kRevoke;
  if (name == "delete") return ChangeKind::kDelete;
  if (name == "restore") return ChangeKind::kRestore;
  return absl::nullopt;
}

}  // namespace

absl::optional<Change> ParseChange(absl::string_view payload) {
  using Halves = std::pair<absl::string_view, absl::string_view>;
  const Halves kind_and_rest = absl::StrSplit(payload, absl::MaxSplits(' ', 1));
  const Halves words = absl::StrSplit(kind_and_rest.second, absl::MaxSplits(' ', 1));
  const absl::optional<ChangeKind> kind = KindFromName(kind_and_rest.first);
  Change change;
  absl::optional<GrantKey> key = ParseMember(words.second);
  if (!kind || !key || !absl::SimpleAtoi(words.first, &change.generation)) return absl::nullopt;
  change.kind = *kind;
  change.key = *std::move(key);
  return change;
}

std::string HeartbeatText(const Heartbeat& heartbeat) {
  return absl::StrCat(kHeartbeat, heartbeat.replica, " ", heartbeat.number, " ",
                      absl::StrJoin(heartbeat.spill_keys, ","));
}

absl::optional<Heartbeat> ParseHeartbeat(absl::string_view payload) {
  // Most messages are of changes.
  if (!absl::ConsumePrefix(&payload, kHeartbeat)) return absl::nullopt;
  const std::vector<absl::string_view> words = absl::StrSplit(payload, ' ');
  Heartbeat heartbeat;
  if (words.size() != 3 || !absl::SimpleAtoi(words[1], &heartbeat.number)) return absl::nullopt;
  heartbeat.replica = std::string(words[0]);
  heartbeat.spill_keys = absl::StrSplit(words[2], ',', absl::SkipEmpty());
  return heartbeat;
}

}  // namespace tokenbroker
