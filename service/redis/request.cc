#include "redis/request.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "redis/error_reply.h"

namespace tokenbroker {

RedisRequest::RedisRequest(RedisCommand command)
    : name_(command.arguments.front()),
      route_(std::move(command.route)),
      deadline_(command.deadline),
      arguments_(std::move(command.arguments)) {}

RedisRequest::RedisRequest(ScriptCall call)
    : name_(call.script->name()),
      route_(call.keys.front()),
      deadline_(call.deadline),
      script_(call.script),
      keys_(std::move(call.keys)),
      arguments_(std::move(call.arguments)) {}

Task<absl::StatusOr<RedisReply>> RedisRequest::Send(std::shared_ptr<const RedisRequest> self,
                                                    std::shared_ptr<RedisSession> session,
                                                    Manner manner, std::string server) {
  EncodedCommands first = self->Encode(Form::kShort, manner, server);
  auto reply = co_await RedisSession::Call(session, std::move(first), self->deadline_);
  if (!reply.ok() || ErrorCode(*reply) != "NOSCRIPT") co_return reply;
  EncodedCommands second = self->Encode(Form::kWhole, manner, server);
  co_return co_await RedisSession::Call(session, std::move(second), self->deadline_);
}

EncodedCommands RedisRequest::Encode(Form form, Manner manner, absl::string_view server) const {
  std::vector<absl::string_view> words;
  words.reserve(4 + keys_.size() + arguments_.size());
  const std::string keys = absl::StrCat(keys_.size());
  if (script_ != nullptr) {
    const bool by_sha = form == Form::kShort;
    words.push_back(by_sha ? "EVALSHA" : "EVAL");
    words.push_back(by_sha ? script_->sha() : script_->source());
    words.push_back(keys);
    words.insert(words.end(), keys_.begin(), keys_.end());
    words.push_back(server);
  }
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  EncodedCommands command = EncodeCommand(words);
  if (manner == Manner::kPlain) return command;
  return EncodeCommand({absl::string_view("ASKING")}) + command;
}

}  // namespace tokenbroker
