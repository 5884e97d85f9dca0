#include "redis/subscription.h"

#include <utility>

#include "base/log.h"
#include "redis/error_reply.h"

namespace tokenbroker {

struct RedisSubscription::State {
  State(Loop& on, std::shared_ptr<EndpointFinder> finder, RedisConnection::Options options,
        std::string of, ChannelListener* by)
      : loop(on),
        timeout(options.connect.timeout),
        connection(on, std::move(finder), std::move(options)),
        channel(std::move(of)),
        listener(by) {}

  void Subscribed() {
    if (!std::exchange(subscribed, true) && listener != nullptr) listener->OnSubscribed();
  }
  void Lost() {
    if (std::exchange(subscribed, false) && listener != nullptr) listener->OnLost();
  }
  void Heard(const RedisReply& message) {
    // ["message", channel, payload]
    if (message.items.size() != 3 || message.items[0].text != "message") return;
    // It may have come with the answer to SUBSCRIBE.
    Subscribed();
    if (listener != nullptr) listener->OnMessage(message.items[2].text);
  }

  Loop& loop;
  const absl::Duration timeout;
  RedisConnection connection;
  const std::string channel;
  // Null once the subscription has gone.
  ChannelListener* listener;
  bool subscribed = false;
  absl::Status trouble;
};

RedisSubscription::RedisSubscription(Loop& loop, std::shared_ptr<EndpointFinder> finder,
                                     RedisConnection::Options connection, std::string channel,
                                     ChannelListener* listener)
    : state_(std::make_shared<State>(loop, std::move(finder), std::move(connection),
                                     std::move(channel), listener)) {
  loop.Spawn(Keep(state_));
}

RedisSubscription::~RedisSubscription() {
  state_->listener = nullptr;
  Resubscribe();
}

void RedisSubscription::Resubscribe() {
  state_->connection.Drop(absl::UnavailableError("the subscription is made anew"));
}

Task<void> RedisSubscription::Keep(std::shared_ptr<State> state) {
  while (state->listener != nullptr) {
    const auto session = co_await state->connection.Ready(SteadyTime::InfiniteFuture());
    if (session.ok() && state->listener != nullptr) co_await Listen(state, *session);
  }
}

Task<void> RedisSubscription::Listen(std::shared_ptr<State> state,
                                     std::shared_ptr<RedisSession> session) {
  session->OnMessage([raw = state.get()](RedisReply message) { raw->Heard(message); });
  EncodedCommands command = EncodeCommand({absl::string_view("SUBSCRIBE"), state->channel});
  const SteadyTime deadline = state->loop.clock().SteadyNow() + state->timeout;
  const auto reply = co_await RedisSession::Call(session, std::move(command), deadline);
  const absl::string_view refused = reply.ok() ? ErrorCode(*reply) : reply.status().message();
  if (!refused.empty()) {
    const absl::Status reason = CallFailed("SUBSCRIBE", refused);
    // Once, not at every attempt.
    const LogLevel level = state->trouble == reason ? LogLevel::kDebug : LogLevel::kWarning;
    Log(level, "redis_not_subscribed", {{"why", std::string(reason.message())}});
    state->trouble = reason;
    session->Close(reason);
    co_return;
  }
  state->trouble = absl::OkStatus();
  state->Subscribed();
  co_await session->WaitForEnd();
  state->Lost();
}

size_t RedisSubscription::pending() const { return state_->connection.pending(); }

}  // namespace tokenbroker
