// What lies in Redis: how much, and nothing secret.
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <tokenbroker/store/v1/record.pb.h>

#include <set>

#include "crypto/random.h"
#include "store/record_proto.h"
#include "store/redis_keys.h"
#include "store/sealed_grant.h"
#include "tests/store/login_store_contract.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;

class RedisRecordTest : public LoginStoreContract {
 protected:
  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }
  RedisServer& server() { return redis().server(); }

  // Every key and all that it holds.
  std::string Everything() {
    std::string all;
    for (absl::string_view line : absl::StrSplit(server().Command({"KEYS", "*"}), '\n')) {
      const std::string key(line.data(), line.size());
      if (key.empty()) continue;
      absl::StrAppend(&all, key, "\n");
      const std::string type = server().Command({"TYPE", key});
      if (type == "hash") absl::StrAppend(&all, server().Command({"HGETALL", key}));
      if (type == "zset") absl::StrAppend(&all, server().Command({"ZRANGE", key, "0", "-1"}));
      if (type == "set") absl::StrAppend(&all, server().Command({"SMEMBERS", key}));
      if (type == "string") absl::StrAppend(&all, server().Command({"GET", key}));
    }
    return all;
  }
};
INSTANTIATE_TEST_SUITE_P(Redis, RedisRecordTest, ::testing::Values(SharedRedis()));

TEST_P(RedisRecordTest, NoSecretIsInAPlainValue) {
  PutOf(PutKind::kLogin, "login", NowMs(), SampleGrant("secret-rt-1"));
  const Grant grant = Stored();
  Commit(Go(grant.generation, "a"), "a", "secret-rt-2");
  state_ += "secret-state";
  CreateLogin();
  const BeginExchangeAnswer begun = BeginExchange("x");
  const std::string pending = Everything();
  FinishExchangeRequest finish = FinishOf(begun, "x", "secret-rt-3");
  finish.generation = NowMs() + 1'000;
  EXPECT_EQ(Finish(finish).outcome, Finished::kStored);
  const std::string done = Everything();
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  for (const std::string& all : {pending, done, Everything()}) {
    EXPECT_NE(all.find("user-42%2Fhome"), std::string::npos);
    for (const char* secret : {"secret-", "at-of-", "verifier", "nonce"}) {
      EXPECT_EQ(all.find(secret), std::string::npos) << secret;
    }
  }
}

// Where Redis is set up as the runbook says: by default it keeps a hash with a long value in a form
// that takes a third more.
TEST_P(RedisRecordTest, AGrantTakesAtMost1600Bytes) {
  server().Command({"CONFIG", "SET", "hash-max-listpack-value", "4096"});
  Grant grant = SampleGrant();
  grant.access_token = Secret(std::string(280, 'a'));
  grant.refresh_token = Secret(std::string(131, 'r'));
  grant.attributes.clear();
  grant.scopes = {"playlist-read-private", "user-read-email"};
  PutOf(PutKind::kLogin, RandomBytes(16), NowMs(), grant);
  Advance(absl::Minutes(50));
  const Attempt attempt = RandomBytes(16);
  const BeginRefreshAnswer begun = Go(Stored().generation, attempt);
  CommitRequest commit = CommitOf(begun, attempt, std::string(131, 's'));
  commit.record.access_token = grant.access_token;
  EXPECT_EQ(Do(grants().Commit(commit)).outcome, Committed::kStored);
  const int64_t record =
      std::stoll(server().Command({"MEMORY", "USAGE", redis().RecordOf(key_), "SAMPLES", "0"}));
  RecordProperty("bytes", std::to_string(record));
  server().Command({"CONFIG", "SET", "hash-max-listpack-value", "64"});
  EXPECT_LE(record, 1'600);
}

TEST_P(RedisRecordTest, WhatANewerVersionSealedIsCarriedOverByARefresh) {
  const Grant grant = LogIn();
  const GrantSealer& sealer = redis().first().store.parts().sealer;
  const std::string bound_to = GrantAssociatedData(key_, grant.generation);
  const Secret plain = *sealer.OpenBytes(redis().Field(key_, "sealed"), bound_to);
  store::v1::SealedGrant message;
  ASSERT_TRUE(Parse(plain.Expose(), &message).ok());
  message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(1000, "from-later");
  server().Command(
      {"HSET", redis().RecordOf(key_), "sealed", *sealer.SealBytes(Serialize(message), bound_to)});
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  const auto carried = [&] {
    const int64_t generation = std::stoll(redis().Field(key_, "gen"));
    return std::string(
        sealer.OpenBytes(redis().Field(key_, "sealed"), GrantAssociatedData(key_, generation))
            ->Expose());
  };
  EXPECT_EQ(Commit(begun, "a", "rt-2").outcome, Committed::kStored);
  EXPECT_THAT(carried(), HasSubstr("from-later"));
  // By a broker that did not begin it, as when a spill is replayed.
  const BeginRefreshAnswer second = Go(Stored().generation, "b");
  RedisReplica& other = redis().AddReplica();
  EXPECT_EQ(Do(other.store.Commit(CommitOf(second, "b", "rt-3"))).outcome, Committed::kStored);
  EXPECT_THAT(carried(), HasSubstr("from-later"));
}

TEST_P(RedisRecordTest, PlainFieldsOfANewerVersionStay) {
  const Grant grant = LogIn();
  server().Command({"HSET", redis().RecordOf(key_), "from_later", "kept"});
  Commit(Go(grant.generation, "a"), "a", "rt-2");
  EXPECT_EQ(redis().Field(key_, "from_later"), "kept");
}

TEST_P(RedisRecordTest, AStateOfANewerVersionIsNothingToRefreshBy) {
  const Grant grant = LogIn();
  server().Command({"HSET", redis().RecordOf(key_), "state", "from_later"});
  EXPECT_EQ(Stored().state, GrantState::kReauthorizationRequired);
  EXPECT_EQ(Begin(grant.generation, "a").outcome, Begun::kState);
}

TEST_P(RedisRecordTest, AListingShowsEveryGrantOnceWhileTheyAreRefreshed) {
  std::vector<GrantKey> keys;
  for (int i = 0; i < 60; ++i) {
    Grant grant = SampleGrant();
    grant.key.subject = absl::StrCat("s", i);
    keys.push_back(grant.key);
    PutOf(PutKind::kImport, "import", NowMs(), grant);
  }
  std::multiset<std::string> listed;
  std::string page;
  do {
    const ListAnswer answer = Do(grants().List({}, 7, page));
    for (const Grant& grant : answer.grants) listed.insert(grant.key.subject);
    page = answer.next_page;
    Advance(absl::Minutes(7));
    // Every due entry moves.
    Do(grants().ClaimDue(key_.provider, 1'000, absl::Hours(1)));
  } while (!page.empty());
  EXPECT_EQ(listed.size(), 60u);
  EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()).size(), 60u);
}

TEST_P(RedisRecordTest, ARevocationThatSawAnOlderGenerationKeepsNothing) {
  const Grant grant = LogIn();
  Commit(Go(grant.generation, "a"), "a", "rt-2");
  StoreLink& link = redis().first().store.parts().link;
  const int shard = ShardOf(key_, kDefaultShards);
  const ShardCall late{&link.scripts().put_grant,
                       shard,
                       RedisPuts::Keys(shard, key_),
                       {"revoke", "r", absl::StrCat(grant.generation), "0", "inf", "sealed",
                        "of an older generation", "key_id", "k1"}};
  EXPECT_EQ(Do(link.Run(late)).outcome, "STORED");
  EXPECT_EQ(redis().Field(key_, "sealed"), "");
  EXPECT_EQ(redis().Field(key_, "sealed_gen"), "");
  EXPECT_EQ(Stored().state, GrantState::kRevoked);
}

TEST_P(RedisRecordTest, ALoginInAnotherShardThanItsGrantIsNotMade) {
  const int another = (ShardOf(key_, kDefaultShards) + 1) % kDefaultShards;
  const std::string state = StatePrefixOf(another) + "random";
  EXPECT_EQ(Do(logins().CreateLogin(state, SampleLogin())).outcome,
            CreateLoginAnswer::Outcome::kUnavailable);
}

TEST_P(RedisRecordTest, ALoginLiesInTheShardOfItsGrant) {
  CreateLogin();
  const int shard = ShardOf(key_, kDefaultShards);
  EXPECT_EQ(state_.substr(0, state_.find('.') + 1), StatePrefixOf(shard));
  EXPECT_EQ(server().Command({"EXISTS", LoginKey(shard, state_)}), "1");
}

}  // namespace
}  // namespace tokenbroker
