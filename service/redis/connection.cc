#include "redis/connection.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"

namespace tokenbroker {

using SessionPtr = std::shared_ptr<RedisSession>;

// Apart from the connection: the task that keeps it may live a little longer.
struct RedisConnection::State {
  enum class Phase { kUnwanted, kWaiting, kConnecting, kReady, kStopped };

  State(Loop& on, std::shared_ptr<EndpointFinder> by, Options given)
      : loop(on),
        finder(std::move(by)),
        options(std::move(given)),
        backoff(options.backoff, options.seed),
        ready(std::make_shared<Event>(on)) {
    options.meters.Expect(options.purpose);
  }

  Loop& loop;
  const std::shared_ptr<EndpointFinder> finder;
  const Options options;
  Backoff backoff;
  Phase phase = Phase::kUnwanted;
  // Null or ended unless kReady.
  SessionPtr session;
  // The one before it, which may still owe answers.
  SessionPtr retired;
  std::shared_ptr<Event> ready;
  absl::Status trouble;
  // How often Renew was called.
  int renewals = 0;
  std::string run_id;
  std::string server;
};

namespace {

Task<absl::StatusOr<SessionPtr>> FindAndConnect(Loop* loop, std::shared_ptr<EndpointFinder> finder,
                                                ConnectOptions options, std::string* server) {
  const SteadyTime deadline = loop->clock().SteadyNow() + options.timeout;
  const auto endpoint = co_await finder->Find(deadline);
  TB_CO_RETURN_IF_ERROR(endpoint.status());
  *server = ToString(*endpoint);
  co_return co_await Connect(loop, *endpoint, std::move(options), deadline);
}

}  // namespace

RedisConnection::RedisConnection(Loop& loop, std::shared_ptr<EndpointFinder> finder,
                                 Options options)
    : state_(std::make_shared<State>(loop, std::move(finder), std::move(options))) {}

RedisConnection::~RedisConnection() {
  state_->phase = State::Phase::kStopped;
  Drop(absl::UnavailableError("the client was shut down"));
}

Task<absl::StatusOr<SessionPtr>> RedisConnection::Ready(SteadyTime deadline) {
  const std::shared_ptr<State> state = state_;
  if (state->phase == State::Phase::kUnwanted) {
    state->phase = State::Phase::kConnecting;
    state->loop.Spawn(Keep(state));
  }
  while (state->session == nullptr || state->session->ended()) {
    const std::shared_ptr<Event> ready = state->ready;
    const bool in_time = co_await ready->WaitUntil(deadline);
    if (in_time) continue;
    if (!state->trouble.ok()) co_return state->trouble;
    co_return absl::UnavailableError("no connection in time");
  }
  co_return state->session;
}

Task<void> RedisConnection::Keep(std::shared_ptr<State> state) {
  while (state->phase != State::Phase::kStopped) {
    state->phase = State::Phase::kConnecting;
    co_await KeepOnce(state);
    if (state->phase == State::Phase::kStopped) break;
    state->phase = State::Phase::kWaiting;
    const absl::Duration pause = state->backoff.Next();
    co_await state->loop.Sleep(pause);
  }
}

Task<void> RedisConnection::KeepOnce(std::shared_ptr<State> state) {
  std::string server;
  const int renewals = state->renewals;
  auto session =
      co_await FindAndConnect(&state->loop, state->finder, state->options.connect, &server);
  const LogField purpose("purpose", state->options.purpose);
  if (!session.ok()) {
    state->options.meters.Failed(state->options.purpose);
    const absl::Status before = std::exchange(state->trouble, session.status());
    // Once, not at every attempt.
    const LogLevel level = before == session.status() ? LogLevel::kDebug : LogLevel::kWarning;
    Log(level, "redis_not_connected",
        {purpose, {"server", server}, {"why", std::string(session.status().message())}});
    co_return;
  }
  if (state->phase == State::Phase::kStopped) {
    (*session)->Close(absl::UnavailableError("the client was shut down"));
    co_return;
  }
  if (state->renewals != renewals) {
    // It was looked for before it was said that it may be another.
    (*session)->Close(absl::UnavailableError("made anew"));
    co_return;
  }
  state->options.meters.Connected(state->options.purpose);
  Log(LogLevel::kInfo, "redis_connected", {purpose, {"server", server}});
  state->retired = std::exchange(state->session, *session);
  state->run_id = (*session)->run_id();
  state->server = server;
  state->trouble = absl::OkStatus();
  state->phase = State::Phase::kReady;
  std::exchange(state->ready, std::make_shared<Event>(state->loop))->Notify();
  const SteadyTime start = state->loop.clock().SteadyNow();
  co_await (*session)->WaitForEnd();
  // Connections that last only moments are no success.
  const absl::Duration lasted = state->loop.clock().SteadyNow() - start;
  if (lasted >= state->options.backoff.longest) state->backoff.Reset();
  if (state->phase == State::Phase::kStopped) co_return;
  state->trouble = (*session)->reason();
  const bool renewed = state->trouble.ok();
  if (!renewed) state->options.meters.Failed(state->options.purpose);
  Log(renewed ? LogLevel::kInfo : LogLevel::kWarning, "redis_connection_ended",
      {purpose,
       {"server", server},
       {"why", renewed ? "made anew" : std::string(state->trouble.message())}});
}

void RedisConnection::Renew() {
  ++state_->renewals;
  if (state_->session != nullptr) state_->session->Retire();
}

void RedisConnection::Drop(absl::Status reason) {
  if (state_->session != nullptr) state_->session->Close(std::move(reason));
}

const std::string& RedisConnection::run_id() const { return state_->run_id; }

const std::string& RedisConnection::server() const { return state_->server; }

size_t RedisConnection::pending() const {
  size_t answers = 0;
  if (state_->session != nullptr) answers += state_->session->waiting();
  if (state_->retired != nullptr) answers += state_->retired->waiting();
  if (state_->phase != State::Phase::kConnecting) return answers;
  return answers + std::max<size_t>(1, state_->ready->waiters());
}

}  // namespace tokenbroker
