#include "redis/say.h"

#include <utility>

#include "redis/error_reply.h"

namespace tokenbroker {

Task<absl::StatusOr<RedisReply>> Say(std::shared_ptr<RedisSession> session, std::string name,
                                     EncodedCommands command, SteadyTime deadline) {
  auto reply = co_await RedisSession::Call(std::move(session), std::move(command), deadline);
  if (!reply.ok()) co_return CallFailed(name, reply.status().message());
  const absl::string_view code = ErrorCode(*reply);
  if (!code.empty()) co_return CallFailed(name, code);
  co_return reply;
}

Task<absl::StatusOr<RedisReply>> Say(std::shared_ptr<RedisSession> session,
                                     std::vector<std::string> words, SteadyTime deadline) {
  EncodedCommands command = EncodeCommand(words);
  co_return co_await Say(std::move(session), words[0], std::move(command), deadline);
}

}  // namespace tokenbroker
