#include "tests/simulation/replica.h"

#include <utility>

#include "tests/simulation/names.h"

namespace tokenbroker::simulation {
namespace {

std::shared_ptr<const ResolvedProvider> ProviderOf(const Plan& plan) {
  ProviderConfig config = PlainProvider();
  config.userinfo_endpoint = "https://music.example.com/me";
  config.revocation_endpoint = "https://music.example.com/revoke";
  config.refresh.rotation = plan.rotation;
  config.refresh.rotation_grace = plan.grace;
  return Resolved(std::move(config));
}

}  // namespace

Snapshot Replica::MakeSnapshot(const std::shared_ptr<const ProviderConfig>& config) {
  Snapshot snapshot;
  snapshot.providers[config->name] = config;
  return snapshot;
}

Replica::Replica(const Surroundings& around, Disk& disk, Process self)
    : around_(around),
      self_(self),
      loop_(around.scheduler.clock(), Loop::Timers::kSimulated),
      actor_(around.scheduler, loop_),
      resolved_(ProviderOf(around.plan)),
      config_(MakeSnapshot(resolved_->config)),
      store_(loop_, around.network, around.server, self),
      spill_(loop_, around.network, around.history, disk, self),
      endpoint_(loop_, around.network, around.provider, self),
      jitter_(around.plan.seed * 100 + static_cast<uint64_t>(self.replica * 10 + self.incarnation)),
      parts_(loop_, around.metrics, config_, store_, spill_, resolver_, endpoint_, cache_, jitter_),
      broker_((around.network.Begin(self, &actor_), parts_)),
      logins_(parts_, store_),
      admin_(parts_, broker_),
      refresher_(parts_, broker_) {
  resolver_.Set(resolved_);
  actor_.Spawn(RecoverSpill(&parts_, &store_));
  if (around.plan.refresher) refresher_.Start();
}

Replica::~Replica() {
  around_.network.End(self_.replica);
  loop_.DropTasks();
}

void Replica::Ask(int grant, absl::Duration patience, int64_t rejected, bool in_the_end) {
  Answer answer;
  answer.grant = grant;
  answer.by = self_;
  answer.asked = around_.scheduler.Now();
  answer.rejected = rejected;
  answer.in_the_end = in_the_end;
  const SteadyTime deadline = answer.asked + patience;
  actor_.Post([this, answer, rejected, deadline]() mutable {
    const GrantKey key = KeyOf(answer.grant);
    FreshTokenQuery query;
    query.key = key.view();
    query.rejected_generation = rejected;
    broker_.GetFreshToken(query, deadline, [this, answer](absl::StatusOr<FreshToken> told) mutable {
      answer.answered = around_.scheduler.Now();
      if (told.ok()) {
        answer.token_grant = NumberIn(told->token->access_token);
        answer.generation = told->token->generation;
      } else if (const absl::optional<Refusal> refusal = RefusalOf(told.status())) {
        answer.refusal = refusal->reason;
        answer.cause = refusal->cause;
      }
      around_.history.answers.push_back(answer);
    });
  });
}

void Replica::BeginLogin(int grant, absl::AnyInvocable<void(std::string)> begun) {
  actor_.Spawn(RunBeginLogin(KeyOf(grant), std::move(begun)));
}

Task<void> Replica::RunBeginLogin(GrantKey key, absl::AnyInvocable<void(std::string)> begun) {
  BuildLoginUriRequest request;
  request.key = std::move(key);
  request.caller = "web";
  const absl::StatusOr<LoginUri> uri = co_await logins_.BuildLoginUri(std::move(request));
  if (uri.ok()) begun(uri->state);
}

void Replica::EndLogin(std::string state, std::string code) {
  actor_.Spawn(RunEndLogin(std::move(state), std::move(code)));
}

Task<void> Replica::RunEndLogin(std::string state, std::string code) {
  ExchangeCodeRequest request;
  request.caller = "web";
  request.state = std::move(state);
  request.code = std::move(code);
  const absl::StatusOr<CompletedLogin> done = co_await logins_.ExchangeCode(std::move(request));
  static_cast<void>(done.ok());
}

void Replica::Revoke(int grant) { actor_.Spawn(RunRevoke(KeyOf(grant))); }

Task<void> Replica::RunRevoke(GrantKey key) {
  const SteadyTime deadline = around_.scheduler.Now() + absl::Seconds(30);
  const auto done = co_await admin_.RevokeGrant(std::move(key), deadline);
  static_cast<void>(done.ok());
}

void Replica::Delete(int grant) { actor_.Spawn(RunDelete(KeyOf(grant))); }

Task<void> Replica::RunDelete(GrantKey key) {
  const absl::Status done = co_await admin_.DeleteGrant(std::move(key));
  static_cast<void>(done.ok());
}

}  // namespace tokenbroker::simulation
