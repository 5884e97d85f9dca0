#include "redis/sentinel_finder.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "redis/error_reply.h"

namespace tokenbroker {
namespace {

// How long others may take once one has answered.
constexpr absl::Duration kGrace = absl::Milliseconds(100);
// Bounds what sentinels can make us ask.
constexpr size_t kMostLearned = 32;

ConnectOptions ForSentinels(const RedisOptions& options) {
  ConnectOptions connect = ConnectOptions::From(options);
  connect.handshake = HandshakeOptions();
  connect.handshake.user = options.sentinel_user;
  connect.handshake.password = options.sentinel_password;
  return connect;
}

absl::StatusOr<RedisEndpoint> ToEndpoint(absl::string_view host, absl::string_view port) {
  int number = 0;
  if (host.empty() || !absl::SimpleAtoi(port, &number) || number < 1 || number > 65535) {
    return absl::UnavailableError("a sentinel's answer names no endpoint");
  }
  RedisEndpoint endpoint;
  endpoint.host = std::string(host);
  endpoint.port = static_cast<uint16_t>(number);
  return endpoint;
}

// A flat list of names and values; empty when `name` is not among them.
absl::string_view Field(const RedisReply& fields, absl::string_view name) {
  for (size_t i = 0; i + 1 < fields.items.size(); i += 2) {
    if (fields.items[i].text == name) return fields.items[i + 1].text;
  }
  return absl::string_view();
}

}  // namespace

struct SentinelFinder::Round {
  Round(Loop& on, std::string name, ConnectOptions by, SteadyTime until)
      : loop(on), primary(std::move(name)), connect(std::move(by)), deadline(until), done(on) {}

  Loop& loop;
  const std::string primary;
  const ConnectOptions connect;
  const SteadyTime deadline;
  Event done;
  size_t unanswered = 0;
  // Of the best answer so far; below zero: none.
  int64_t epoch = -1;
  RedisEndpoint best;
  absl::optional<Loop::TimerId> grace;
  std::vector<RedisEndpoint> others;
  absl::Status trouble = absl::UnavailableError("no sentinel answered in time");
};

SentinelFinder::SentinelFinder(Loop& loop, const RedisOptions& options)
    : loop_(loop),
      primary_(options.sentinel_primary),
      connect_(ForSentinels(options)),
      given_(options.endpoints) {}

Task<absl::StatusOr<RedisEndpoint>> SentinelFinder::Find(SteadyTime deadline) {
  const auto round = std::make_shared<Round>(loop_, primary_, connect_, deadline);
  std::vector<RedisEndpoint> sentinels = given_;
  sentinels.insert(sentinels.end(), learned_.begin(), learned_.end());
  round->unanswered = sentinels.size();
  for (const RedisEndpoint& sentinel : sentinels) loop_.Spawn(Ask(round, sentinel));
  co_await round->done.WaitUntil(deadline);
  if (round->grace) loop_.Cancel(*round->grace);
  if (!round->others.empty()) Learn(round->others);
  if (round->epoch < 0) co_return round->trouble;
  co_return round->best;
}

Task<void> SentinelFinder::Ask(std::shared_ptr<Round> round, RedisEndpoint sentinel) {
  const auto session =
      co_await Connect(&round->loop, std::move(sentinel), round->connect, round->deadline);
  absl::Status asked = session.status();
  if (asked.ok()) asked = co_await AskIn(round, *session);
  if (session.ok()) (*session)->Close(absl::UnavailableError("everything was asked"));
  if (!asked.ok()) round->trouble = asked;
  if (--round->unanswered == 0) round->done.Notify();
}

Task<absl::StatusOr<RedisReply>> SentinelFinder::Say(std::shared_ptr<Round> round,
                                                     std::shared_ptr<RedisSession> sentinel,
                                                     std::string what) {
  EncodedCommands command = EncodeCommand({absl::string_view("SENTINEL"), what, round->primary});
  auto reply = co_await RedisSession::Call(sentinel, std::move(command), round->deadline);
  if (!reply.ok()) co_return CallFailed("SENTINEL", reply.status().message());
  const absl::string_view code = ErrorCode(*reply);
  if (!code.empty()) co_return CallFailed("SENTINEL", code);
  co_return reply;
}

Task<absl::Status> SentinelFinder::AskIn(std::shared_ptr<Round> round,
                                         std::shared_ptr<RedisSession> sentinel) {
  // Knows of a promotion earlier than MASTER, which in turn says how new that knowledge is.
  const auto address = co_await Say(round, sentinel, "GET-MASTER-ADDR-BY-NAME");
  TB_CO_RETURN_IF_ERROR(address.status());
  if (address->items.size() != 2) {
    co_return absl::UnavailableError("a sentinel does not know the primary's name");
  }
  TB_CO_ASSIGN_OR_RETURN(auto endpoint, ToEndpoint(address->items[0].text, address->items[1].text));
  const auto fields = co_await Say(round, sentinel, "MASTER");
  TB_CO_RETURN_IF_ERROR(fields.status());
  int64_t epoch = 0;
  if (!absl::SimpleAtoi(Field(*fields, "config-epoch"), &epoch) || epoch < 0) epoch = 0;
  const auto others = co_await Say(round, sentinel, "SENTINELS");
  Hear(round, std::move(endpoint), epoch);
  TB_CO_RETURN_IF_ERROR(others.status());
  for (const RedisReply& other : others->items) {
    const auto known = ToEndpoint(Field(other, "ip"), Field(other, "port"));
    if (known.ok()) round->others.push_back(*known);
  }
  co_return absl::OkStatus();
}

void SentinelFinder::Hear(const std::shared_ptr<Round>& round, RedisEndpoint endpoint,
                          int64_t epoch) {
  if (epoch <= round->epoch) return;
  if (!round->grace) {
    const SteadyTime end = round->loop.clock().SteadyNow() + kGrace;
    round->grace = round->loop.CallAt(end, [round] { round->done.Notify(); });
  }
  round->epoch = epoch;
  round->best = std::move(endpoint);
}

void SentinelFinder::Learn(const std::vector<RedisEndpoint>& sentinels) {
  learned_.clear();
  for (const RedisEndpoint& sentinel : sentinels) {
    const bool known = std::find(given_.begin(), given_.end(), sentinel) != given_.end() ||
                       std::find(learned_.begin(), learned_.end(), sentinel) != learned_.end();
    if (!known && learned_.size() < kMostLearned) learned_.push_back(sentinel);
  }
}

}  // namespace tokenbroker
