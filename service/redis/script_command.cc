#include "redis/script_command.h"

#include <absl/strings/str_cat.h>

namespace tokenbroker {
namespace {

EncodedCommands Encode(absl::string_view command, absl::string_view script, const ScriptCall& call,
                       absl::string_view run_id) {
  const std::string keys = absl::StrCat(call.keys.size());
  std::vector<absl::string_view> words = {command, script, keys};
  words.reserve(words.size() + call.keys.size() + 1 + call.arguments.size());
  words.insert(words.end(), call.keys.begin(), call.keys.end());
  words.push_back(run_id);
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  return EncodeCommand(words);
}

}  // namespace

EncodedCommands EncodeBySha(const ScriptCall& call, absl::string_view run_id) {
  return Encode("EVALSHA", call.script->sha(), call, run_id);
}

EncodedCommands EncodeBySource(const ScriptCall& call, absl::string_view run_id) {
  return Encode("EVAL", call.script->source(), call, run_id);
}

}  // namespace tokenbroker
