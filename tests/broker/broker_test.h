// A broker over the in-memory store and a scripted provider, in simulated time.
#pragma once

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "broker/refresher.h"
#include "broker/token_broker.h"
#include "crypto/random.h"
#include "store/memory_store.h"
#include "tests/broker/fake_spill.h"
#include "tests/support/fake_provider_resolver.h"
#include "tests/support/fake_token_endpoint.h"
#include "tests/support/loop_test.h"
#include "token/refusal.h"

namespace tokenbroker {

using Answer = std::shared_ptr<absl::optional<absl::StatusOr<FreshToken>>>;

class BrokerTest : public LoopTest {
 protected:
  BrokerTest() {
    Configure([](ProviderConfig*) {});
  }
  ~BrokerTest() override { loop_.DropTasks(); }

  // Publishes the provider's configuration after `change`.
  template <typename Change>
  void Configure(Change change) {
    change(&provider_);
    Snapshot snapshot;
    auto shared = std::make_shared<const ProviderConfig>(provider_);
    snapshot.providers[provider_.name] = shared;
    config_.Set(std::move(snapshot));
    auto resolved = std::make_shared<ResolvedProvider>();
    resolved->config = shared;
    resolver_.Set(std::move(resolved));
  }

  static ProviderConfig Provider() {
    ProviderConfig config;
    config.name = "spotify";
    config.client_id = "client";
    config.client_secrets = {{Secret("secret"), "f-secret"}};
    return config;
  }

  // A grant as a login leaves it: an access token that lives an hour from now.
  Grant NewGrant() {
    Grant grant;
    grant.key = key_;
    grant.access_token = Secret("access-0");
    grant.token_type = "Bearer";
    grant.refresh_token = Secret("refresh-0");
    grant.client_id = "client";
    grant.scopes = {"read"};
    grant.issued_at = clock_.TimeNow();
    grant.expires_at = grant.issued_at + absl::Hours(1);
    grant.refresh_at = grant.issued_at + absl::Minutes(55);
    grant.authorized_at = grant.created_at = grant.last_used_at = grant.issued_at;
    return grant;
  }

  // A grant whose access token has expired: the next question needs a refresh.
  void StoreExpired() {
    Store(NewGrant());
    Advance(absl::Hours(2));
  }
  void BreakNext(StoreVerb verb, StoreFault::What what, int count = 1) {
    store_.faults().Inject(verb, {what, absl::ZeroDuration()}, count);
  }
  std::vector<std::string> Presented() const {
    std::vector<std::string> tokens;
    for (const RefreshTokenRequest& r : endpoint_.refreshes()) {
      tokens.emplace_back(std::string(r.refresh_token.Expose()));
    }
    return tokens;
  }

  // Stores `grant` as a login does; returns its generation.
  int64_t Store(Grant grant) {
    PutGrantRequest put;
    put.kind = PutKind::kLogin;
    put.attempt = RandomBytes(16);
    put.generation = absl::ToUnixMillis(clock_.TimeNow());
    put.not_after = clock_.SteadyNow() + absl::Seconds(2);
    put.record = std::move(grant);
    PutGrantAnswer answer = Run(store_.PutGrant(put));
    if (answer.outcome == PutGrantAnswer::Outcome::kRenumber) {
      put.generation = answer.generation + 1;
      answer = Run(store_.PutGrant(std::move(put)));
    }
    EXPECT_EQ(answer.outcome, PutGrantAnswer::Outcome::kStored);
    Settle();
    return answer.generation;
  }

  // A tombstone in the place of the grant.
  void Bury(PutKind kind) {
    PutGrantRequest put;
    put.kind = kind;
    put.attempt = RandomBytes(16);
    put.not_after = SteadyTime::InfiniteFuture();
    put.record.key = key_;
    Run(store_.PutGrant(std::move(put)));
    Settle();
  }
  // A begin that nothing follows: of a process that died, say.
  Attempt BeginAndDie() {
    BeginRefreshRequest begin;
    begin.key = key_;
    begin.known_generation = Stored().generation;
    begin.attempt = "of-a-dead-process";
    begin.not_after = SteadyTime::InfiniteFuture();
    begun_ = Run(store_.BeginRefresh(begin));
    EXPECT_EQ(begun_.outcome, BeginRefreshAnswer::Outcome::kGo);
    return begin.attempt;
  }

  // That process was only slow: it ends with another token, which lives an hour.
  void CommitBegun(const std::string& access_token) {
    CommitRequest commit;
    commit.attempt = "of-a-dead-process";
    commit.parent = begun_.grant->refresh_token_generation;
    commit.next = begun_.next;
    commit.rotated = Rotated::kYes;
    commit.record = *begun_.grant;
    commit.record.access_token = Secret(access_token);
    commit.record.issued_at = clock_.TimeNow();
    commit.record.expires_at = clock_.TimeNow() + absl::Hours(1);
    commit.record.refresh_at = clock_.TimeNow() + absl::Minutes(55);
    EXPECT_EQ(Run(store_.Commit(std::move(commit))).outcome, CommitAnswer::Outcome::kStored);
  }

  Grant Stored() {
    LoadAnswer answer = Run(store_.Load(key_));
    EXPECT_TRUE(answer.grant);
    return answer.grant ? *answer.grant : Grant();
  }

  FreshTokenQuery Query() const {
    FreshTokenQuery query;
    query.key = key_.view();
    return query;
  }

  // The answer appears when the broker has given it.
  Answer Ask(const FreshTokenQuery& query, absl::Duration patience = absl::Minutes(10)) {
    auto answer = std::make_shared<absl::optional<absl::StatusOr<FreshToken>>>();
    broker_.GetFreshToken(query, clock_.SteadyNow() + patience,
                          [answer](absl::StatusOr<FreshToken> a) {
                            EXPECT_FALSE(answer->has_value()) << "answered twice";
                            answer->emplace(std::move(a));
                          });
    return answer;
  }
  Answer Ask() { return Ask(Query()); }

  // Asks and waits for the answer without letting time go on.
  absl::StatusOr<FreshToken> Get(const FreshTokenQuery& query) {
    const Answer answer = Ask(query);
    Settle();
    if (!answer->has_value()) return absl::InternalError("no answer yet");
    return **answer;
  }
  absl::StatusOr<FreshToken> Get() { return Get(Query()); }
  // For what it leaves behind: a cached token, a refresh that was started.
  void Touch() { Ask(), Settle(); }

  static std::string TokenOf(const absl::StatusOr<FreshToken>& answer) {
    if (!answer.ok()) return answer.status().ToString();
    return std::string(answer->token->access_token.Expose());
  }
  static Refusal RefusalIn(const absl::StatusOr<FreshToken>& answer) {
    EXPECT_FALSE(answer.ok()) << TokenOf(answer);
    const absl::optional<Refusal> refusal = RefusalOf(answer.status());
    EXPECT_TRUE(refusal) << answer.status();
    return refusal.value_or(Refusal());
  }

  GrantKey key_{"default", "spotify", "user-42"};
  ProviderConfig provider_ = Provider();
  Metrics metrics_;
  Jitter jitter_{1};
  FixedConfig config_{Snapshot()};
  MonotonicClock store_clock_{clock_};
  MemoryStore store_{loop_, store_clock_};
  FakeSpill spill_;
  // What BeginAndDie was answered.
  BeginRefreshAnswer begun_;
  FakeTokenEndpoint endpoint_{loop_};
  FakeProviderResolver resolver_;
  TokenCache cache_{1024};
  BrokerParts parts_{loop_,     metrics_,  config_, store_, spill_,
                     resolver_, endpoint_, cache_,  jitter_};
  TokenBroker broker_{parts_};
  Refresher refresher_{parts_, broker_};
};

}  // namespace tokenbroker
