#include "store/change_message.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <utility>

#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

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
  const std::vector<absl::string_view> words = absl::StrSplit(payload, ' ');
  if (words.size() != 3) return absl::nullopt;
  const absl::optional<ChangeKind> kind = KindFromName(words[0]);
  Change change;
  absl::optional<GrantKey> key = ParseMember(words[2]);
  if (!kind || !key || !absl::SimpleAtoi(words[1], &change.generation)) return absl::nullopt;
  change.kind = *kind;
  change.key = *std::move(key);
  return change;
}

std::string HeartbeatText(const Heartbeat& heartbeat) {
  return absl::StrCat("heartbeat ", heartbeat.replica, " ", heartbeat.number, " ",
                      absl::StrJoin(heartbeat.spill_keys, ","));
}

absl::optional<Heartbeat> ParseHeartbeat(absl::string_view payload) {
  const std::vector<absl::string_view> words = absl::StrSplit(payload, ' ');
  Heartbeat heartbeat;
  if (words.size() != 4 || words[0] != "heartbeat" ||
      !absl::SimpleAtoi(words[2], &heartbeat.number)) {
    return absl::nullopt;
  }
  heartbeat.replica = std::string(words[1]);
  heartbeat.spill_keys = absl::StrSplit(words[3], ',', absl::SkipEmpty());
  return heartbeat;
}

}  // namespace tokenbroker
