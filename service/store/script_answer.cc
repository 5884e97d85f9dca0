#include "store/script_answer.h"

#include <absl/strings/str_cat.h>

#include <charconv>
#include <utility>

namespace tokenbroker {
namespace {

using Type = RedisReply::Type;

// nullopt unless all of it is a number. Several times as fast as absl::SimpleAtoi, for the dozen
// numbers of a record.
absl::optional<int64_t> ParseNumber(const std::string& text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return absl::nullopt;
  return number;
}

absl::optional<absl::Time> ParseMillis(const std::string& text) {
  if (text == "inf") return absl::InfiniteFuture();
  if (text == "-inf") return absl::InfinitePast();
  const absl::optional<int64_t> millis = ParseNumber(text);
  if (!millis) return absl::nullopt;
  return absl::FromUnixMillis(*millis);
}

absl::optional<RecordFields> ReadFields(RedisReply reply) {
  if (reply.type != Type::kArray || reply.items.size() % 2 != 0) return absl::nullopt;
  RecordFields fields;
  fields.Reserve(reply.items.size() / 2);
  for (size_t i = 0; i < reply.items.size(); i += 2) {
    RedisReply& value = reply.items[i + 1];
    if (reply.items[i].type != Type::kString || value.type != Type::kString) return absl::nullopt;
    fields.Add(std::move(reply.items[i].text), std::move(value.text));
  }
  return fields;
}

}  // namespace

const std::string* RecordFields::Find(absl::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (field == name) return &value;
  }
  return nullptr;
}

const std::string& RecordFields::Text(absl::string_view name) const {
  static const std::string& none = *new std::string();
  const std::string* found = Find(name);
  return found == nullptr ? none : *found;
}

int64_t RecordFields::Number(absl::string_view name) const {
  return ParseNumber(Text(name)).value_or(0);
}

absl::optional<absl::Time> RecordFields::Time(absl::string_view name) const {
  return ParseMillis(Text(name));
}

absl::Time RecordFields::TimeOrEpoch(absl::string_view name) const {
  return Time(name).value_or(absl::Time());
}

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
  for (RedisReply& record : reply.items[3].items) {
    absl::optional<RecordFields> fields = ReadFields(std::move(record));
    if (!fields) return absl::nullopt;
    answer.records.push_back(*std::move(fields));
  }
  for (RedisReply& item : items.items) answer.items.push_back(std::move(item.text));
  return answer;
}

std::string MillisText(absl::Time t) {
  if (t == absl::InfiniteFuture()) return "inf";
  if (t == absl::InfinitePast()) return "-inf";
  return t == absl::Time() ? std::string() : absl::StrCat(absl::ToUnixMillis(t));
}

std::string MillisText(const absl::optional<absl::Time>& t) {
  return t ? MillisText(*t) : std::string();
}

}  // namespace tokenbroker
