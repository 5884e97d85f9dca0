#include "redis/handshake.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "redis/error_reply.h"
#include "redis/say.h"

namespace tokenbroker {
namespace {

using SessionPtr = std::shared_ptr<RedisSession>;

Task<absl::Status> Authenticate(SessionPtr session, HandshakeOptions options, SteadyTime deadline) {
  if (!options.password) co_return absl::OkStatus();
  const absl::StatusOr<Secret> password = options.password();
  TB_CO_RETURN_IF_ERROR(password.status());
  std::vector<absl::string_view> words = {"AUTH", password->Expose()};
  if (!options.user.empty()) words.insert(words.begin() + 1, options.user);
  EncodedCommands command = EncodeCommand(words);
  const auto reply = co_await Say(std::move(session), "AUTH", std::move(command), deadline);
  co_return reply.status();
}

Task<absl::Status> Select(SessionPtr session, int database, SteadyTime deadline) {
  if (database == 0) co_return absl::OkStatus();
  std::vector<std::string> words = {"SELECT", absl::StrCat(database)};
  const auto reply = co_await Say(std::move(session), std::move(words), deadline);
  co_return reply.status();
}

std::string RunIdOf(const RedisReply& info) {
  for (absl::string_view line : absl::StrSplit(info.text, "\r\n")) {
    if (absl::ConsumePrefix(&line, "run_id:")) return std::string(line);
  }
  return std::string();
}

Task<absl::Status> LearnRunId(SessionPtr session, SteadyTime deadline) {
  std::vector<std::string> words = {"INFO", "server"};
  const auto info = co_await Say(session, std::move(words), deadline);
  TB_CO_RETURN_IF_ERROR(info.status());
  session->set_run_id(RunIdOf(*info));
  if (session->run_id().empty()) co_return CallFailed("INFO", "it names no run_id");
  co_return absl::OkStatus();
}

Task<absl::Status> CheckRole(SessionPtr session, HandshakeOptions::Role role, SteadyTime deadline) {
  if (role == HandshakeOptions::Role::kAny) co_return absl::OkStatus();
  std::vector<std::string> words = {"ROLE"};
  const auto reply = co_await Say(std::move(session), std::move(words), deadline);
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
