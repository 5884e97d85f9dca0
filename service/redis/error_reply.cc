#include "redis/error_reply.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

namespace tokenbroker {
namespace {

constexpr size_t kLongestCode = 24;

bool IsCode(absl::string_view word) {
  return !word.empty() && word.size() <= kLongestCode &&
         std::all_of(word.begin(), word.end(),
                     [](char c) { return absl::ascii_isupper(static_cast<unsigned char>(c)); });
}

}  // namespace

absl::string_view ErrorCode(const RedisReply& reply) {
  if (reply.type != RedisReply::Type::kError) return absl::string_view();
  const absl::string_view text = reply.text;
  const absl::string_view word = text.substr(0, text.find(' '));
  return IsCode(word) ? word : "ERR";
}

absl::Status CallFailed(absl::string_view what, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("redis: ", what, ": ", why));
}

}  // namespace tokenbroker
