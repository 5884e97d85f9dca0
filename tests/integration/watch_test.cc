// Who watches a grant: the fleet's commits and states, and the end of a stream that must end.
#include <iostream>

#include "tests/chaos/fleet.h"
#include "tests/integration/broker_process.h"
#include "tests/integration/watch_client.h"

namespace tokenbroker {
namespace {

// Two replicas over one Redis: what happens at the first is seen at the second.
class FleetWatchTest : public FleetTest {
 protected:
  FleetWatchTest() { StartReplicas(2); }

  std::unique_ptr<WatchClient> Watch(size_t at = 1, int64_t known_generation = 0) {
    return std::make_unique<WatchClient>(replica(at).address(), CredentialsOf(authority(), kPlayer),
                                         "alice", known_generation);
  }
};

TEST_F(FleetWatchTest, SeesALoginAndEveryGenerationThatAnotherReplicaCommits) {
  const auto client = Watch();
  EXPECT_EQ(client->Next(), "ABSENT");
  LogIn("alice", 0);
  EXPECT_EQ(client->Next(), "token");
  int64_t generation = client->token().generation();
  EXPECT_EQ(client->token().access_token(), GetToken("alice", 0).response.token().access_token());
  for (int i = 0; i < 3; ++i) {
    LogIn("alice", 0);
    EXPECT_EQ(client->Next(), "token");
    EXPECT_GT(client->token().generation(), generation);
    generation = client->token().generation();
  }
}

TEST_F(FleetWatchTest, SeesRotationsOfAGrantThatNobodyAsksFor) {
  SetTokenLifetime(absl::Seconds(5));
  LogIn("alice", 0);
  const auto client = Watch();
  EXPECT_EQ(client->Next(), "token");
  for (int i = 0; i < 3; ++i) {
    const int64_t generation = client->token().generation();
    EXPECT_EQ(client->Next(), "token");
    EXPECT_GT(client->token().generation(), generation);
  }
  EXPECT_GE(counters().Refreshes(), 3u);
  EXPECT_EQ(counters().MaxPresented(), 1);
}

TEST_F(FleetWatchTest, GoesOnAtAnotherReplicaWhereItWas) {
  LogIn("alice", 0);
  const auto first = Watch(0);
  EXPECT_EQ(first->Next(), "token");
  const int64_t generation = first->token().generation();
  const auto second = Watch(1, generation);
  LogIn("alice", 0);
  EXPECT_EQ(second->Next(), "token");
  EXPECT_GT(second->token().generation(), generation);
}

TEST_F(FleetWatchTest, SeesARevocationAndADeletionElsewhere) {
  LogIn("alice", 0);
  const auto client = Watch();
  EXPECT_EQ(client->Next(), "token");
  EXPECT_TRUE(replica(0).client().RevokeGrant("alice").ok());
  EXPECT_EQ(client->Next(), "REVOKED revoked");
  EXPECT_TRUE(replica(0).client().DeleteGrant("alice").ok());
  EXPECT_EQ(client->Next(), "ABSENT");
  LogIn("alice", 0);
  EXPECT_EQ(client->Next(), "token");
}

TEST_F(FleetWatchTest, SeesThatTheUserMustLogInAgain) {
  SetTokenLifetime(absl::Seconds(5));
  LogIn("alice", 0);
  const auto client = Watch();
  EXPECT_EQ(client->Next(), "token");
  provider().RevokeUser("alice");
  EXPECT_EQ(client->Next(), "REAUTHORIZATION_REQUIRED provider_says_dead");
  LogIn("alice", 0);
  EXPECT_EQ(client->Next(), "token");
}

TEST_F(FleetWatchTest, AllWhoWatchADueTokenCauseOneRefresh) {
  AddReplica(redis_uri());
  SetTokenLifetime(absl::Seconds(1));
  LogIn("alice", 0);
  SetTokenLifetime(absl::Hours(1));
  std::vector<std::unique_ptr<WatchClient>> clients;
  clients.reserve(10);
  for (int i = 0; i < 10; ++i) clients.push_back(Watch(static_cast<size_t>(i) % 3));
  for (const auto& client : clients) EXPECT_EQ(client->Next(), "token");
  EXPECT_TRUE(Eventually([&] { return counters().Refreshes() == 1; }));
  EXPECT_EQ(counters().MaxPresented(), 1);
}

TEST_F(FleetWatchTest, SeesAfterwardsWhatChangedWhileRedisWasAway) {
  LogIn("alice", 0);
  const auto client = Watch();
  EXPECT_EQ(client->Next(), "token");
  const int64_t generation = client->token().generation();
  replica(1).Pause();
  redis().Command({"CLIENT", "KILL", "TYPE", "pubsub"});
  LogIn("alice", 0);
  redis().Command({"CLIENT", "KILL", "TYPE", "pubsub"});
  replica(1).Continue();
  EXPECT_EQ(client->Next(), "token");
  EXPECT_GT(client->token().generation(), generation);
}

TEST_F(FleetWatchTest, AStreamOutlivesAStoppedRedis) {
  LogIn("alice", 0);
  const auto client = Watch();
  EXPECT_EQ(client->Next(), "token");
  redis().Pause();
  StopEvent never;
  never.StoppedWithin(absl::Seconds(6));
  redis().Continue();
  LogIn("alice", 0);
  EXPECT_EQ(client->Next(), "token");
}

TEST_F(FleetWatchTest, AReplicaThatStopsSendsItsWatchersElsewhereAtOnce) {
  LogIn("alice", 0);
  const auto client = Watch(1);
  EXPECT_EQ(client->Next(), "token");
  const absl::Time start = absl::Now();
  EXPECT_EQ(replica(1).Terminate(), 0);
  EXPECT_LT(absl::Now() - start, absl::Seconds(10)) << "its drain may take 20 s";
  EXPECT_EQ(client->Next(), "end 14");
  EXPECT_NE(client->status().error_message().find("the broker is shutting down"), std::string::npos)
      << client->status().error_message();
  const auto elsewhere = Watch(0, client->token().generation());
  LogIn("alice", 0);
  EXPECT_EQ(elsewhere->Next(), "token");
}

class WatchTest : public BrokerProcessTest {
 protected:
  std::unique_ptr<WatchClient> Watch(const std::string& subject = "user-42") {
    return std::make_unique<WatchClient>(grpc_address(), CredentialsOf(authority(), kPlayer),
                                         subject);
  }
};

TEST_F(WatchTest, ANewPolicyEndsWhatItDoesNotAllow) {
  Start();
  LogIn();
  const auto client = Watch();
  EXPECT_EQ(client->Next(), "token");
  const absl::Time start = absl::Now();
  WritePolicy(
      "rules:\n"
      "  - { name: other, callers: [ \"dns:other\" ], rpcs: [ \"*\" ], providers: [ sim ],\n"
      "      subjects: [ \"*\" ] }\n");
  EXPECT_EQ(client->Next(), "end 7");
  EXPECT_EQ(client->error().reason, "CALLER_NOT_ALLOWED");
  std::cout << "ended " << absl::Now() - start << " after the policy was written\n";
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST_F(WatchTest, ANewPolicysMaxScopesEndAStreamThatSeesMore) {
  Start();
  LogIn();
  const auto client = Watch();
  EXPECT_EQ(client->Next(), "token");
  WritePolicy(std::string(kPlayerPolicy) + "    max_scopes: [ nothing-that-it-has ]\n");
  EXPECT_EQ(client->Next(), "end 7");
}

TEST_F(WatchTest, ACallerWatchesSoManyGrantsAndNoMore) {
  AddServerYaml("  quotas: { watches: 2 }\n");
  Start();
  auto one = Watch("a");
  EXPECT_EQ(one->Next(), "ABSENT");
  const auto two = Watch("b");
  EXPECT_EQ(two->Next(), "ABSENT");
  const auto three = Watch("c");
  EXPECT_EQ(three->Next(), "end 8");
  EXPECT_EQ(three->error().reason, "QUOTA_EXCEEDED");
  EXPECT_TRUE(three->error().has_retry_info);
  one.reset();
  EXPECT_TRUE(Eventually([&] { return Watch("c")->Next() == "ABSENT"; }));
}

TEST_F(WatchTest, ASlowReaderGetsTheNewestAndSkipsTheRest) {
  constexpr int kLogins = 60;
  Start();
  const auto client = Watch();
  EXPECT_EQ(client->Next(), "ABSENT");
  provider().Configure([](provider_simulator::Settings& settings) {
    settings.extra_answer_fields["access_token"] = std::string(30'000, 'a');
  });
  int64_t last = 0;
  for (int i = 0; i < kLogins; ++i) last = LogIn().grant().generation();
  int messages = 0;
  while (client->token().generation() < last && client->Next() == "token") ++messages;
  EXPECT_EQ(client->token().generation(), last);
  EXPECT_LT(messages, kLogins);
  std::cout << messages << " of " << kLogins << " tokens were told\n";
  EXPECT_EQ(MetricNow("tokenbroker_watch_skipped_total"), std::to_string(kLogins - messages));
}

TEST_F(WatchTest, AReaderWhoDoesNotReadHoldsUpNoStop) {
  Start();
  const auto client = Watch();
  EXPECT_EQ(client->Next(), "ABSENT");
  provider().Configure([](provider_simulator::Settings& settings) {
    settings.extra_answer_fields["access_token"] = std::string(30'000, 'a');
  });
  for (int i = 0; i < 30; ++i) LogIn();
  const absl::Time start = absl::Now();
  EXPECT_EQ(Terminate(), 0);
  EXPECT_LT(absl::Now() - start, absl::Seconds(10)) << "its drain may take 20 s";
}

}  // namespace
}  // namespace tokenbroker
