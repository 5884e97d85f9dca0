#include "store/script_answer.h"

#include <utility>

namespace tokenbroker {
namespace {

using Type = RedisReply::Type;

absl::optional<RecordFields> ReadFields(RedisReply reply) {
  if (reply.type != Type::kString) return absl::nullopt;
  return RecordFields::Unpack(std::move(reply.text));
}

}  // namespace

absl::optional<ScriptAnswer> ReadScriptAnswer(RedisReply reply) {
  if (reply.type != Type::kArray || reply.items.size() != 5) return absl::nullopt;
  RedisReply& items = reply.items[4];
  const absl::optional<absl::Time> time = ParseMillis(reply.items[1].text);
  absl::optional<RecordFields> values = ReadFields(std::move(reply.items[2]));
  if (reply.items[0].type != Type::kString || !time || !values ||
      reply.items[3].type != Type::kArray || items.type != Type::kArray) {
    return absl::nullopt;
  }
  ScriptAnswer answer;
  answer.outcome = std::move(reply.items[0].text);
  answer.time.store_time = *time;
  answer.values = *std::move(values);
  answer.records.reserve(reply.items[3].items.size());
  for (RedisReply& record : reply.items[3].items) {
    absl::optional<RecordFields> fields = ReadFields(std::move(record));
    if (!fields) return absl::nullopt;
    answer.records.push_back(*std::move(fields));
  }
  answer.items.reserve(items.items.size());
  for (RedisReply& item : items.items) answer.items.push_back(std::move(item.text));
  return answer;
}

}  // namespace tokenbroker
