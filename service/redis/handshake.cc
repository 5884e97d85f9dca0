#include "redis/handshake.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "redis/command.h"
#include "redis/error_reply.h"

namespace tokenbroker {
namespace {

using SessionPtr = std::shared_ptr<RedisSession>;

Task<absl::StatusOr<RedisReply>> Say(SessionPtr session, std::string name, EncodedCommands command,
                                     SteadyTime deadline) {
  auto reply = co_await RedisSession::Call(std::move(session), std::move(command), deadline);
  if (!reply.ok()) co_return CallFailed(name, reply.status().message());
  const absl::string_view code = ErrorCode(*reply);
  if (!code.empty()) co_return CallFailed(name, code);
  co_return reply;
}

Task<absl::Status> Authenticate(SessionPtr session, HandshakeOptions options, SteadyTime deadline) {
  if (!options.password) co_return absl::OkStatus();
  const absl::StatusOr<Secret> password = options.password();
  TB_CO_RETURN_IF_ERROR(password.status());
  std::vector<absl::string_view> words = {"AUTH", password->Expose()};
  if (!options.user.empty()) words.insert(words.begin() + 1, options.user);
  const auto reply = co_await Say(std::move(session), "AUTH", EncodeCommand(words), deadline);
  co_return reply.status();
}

Task<absl::Status> Select(SessionPtr session, int database, SteadyTime deadline) {
  if (database == 0) co_return absl::OkStatus();
  const std::string number = absl::StrCat(database);
  EncodedCommands command = EncodeCommand({absl::string_view("SELECT"), number});
  const auto reply = co_await Say(std::move(session), "SELECT", std::move(command), deadline);
  co_return reply.status();
}

std::string RunIdOf(const RedisReply& info) {
  for (absl::string_view line : absl::StrSplit(info.text, "\r\n")) {
    if (absl::ConsumePrefix(&line, "run_id:")) return std::string(line);
  }
  return std::string();
}

Task<absl::Status> LearnRunId(SessionPtr session, SteadyTime deadline) {
  EncodedCommands command = EncodeCommand({absl::string_view("INFO"), "server"});
  const auto info = co_await Say(session, "INFO", std::move(command), deadline);
  TB_CO_RETURN_IF_ERROR(info.status());
  session->set_run_id(RunIdOf(*info));
  if (session->run_id().empty()) co_return CallFailed("INFO", "it names no run_id");
  co_return absl::OkStatus();
}

Task<absl::Status> CheckRole(SessionPtr session, HandshakeOptions::Role role, SteadyTime deadline) {
  if (role == HandshakeOptions::Role::kAny) co_return absl::OkStatus();
  EncodedCommands command = EncodeCommand({absl::string_view("ROLE")});
  const auto reply = co_await Say(std::move(session), "ROLE", std::move(command), deadline);
  TB_CO_RETURN_IF_ERROR(reply.status());
  const bool primary = !reply->items.empty() && reply->items[0].text == "master";
  if (!primary) co_return CallFailed("ROLE", "the server is no primary");
  co_return absl::OkStatus();
}

}  // namespace

Task<absl::Status> ShakeHands(SessionPtr session, HandshakeOptions options, SteadyTime deadline) {
  const absl::Status authenticated = co_await Authenticate(session, options, deadline);
  TB_CO_RETURN_IF_ERROR(authenticated);
  const absl::Status selected = co_await Select(session, options.database, deadline);
  TB_CO_RETURN_IF_ERROR(selected);
  const absl::Status known = co_await LearnRunId(session, deadline);
  TB_CO_RETURN_IF_ERROR(known);
  co_return co_await CheckRole(session, options.role, deadline);
}

}  // namespace tokenbroker
