#include "config/redis_store_rules.h"

#include "config/keyring_file.h"
#include "crypto/keyring_changes.h"
#include "tests/config/config_fixture.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class RedisStoreRulesTest : public ConfigTest {
 protected:
  // A file whose `store.redis` has these keys; an empty value removes one of its own.
  std::string WithRedis(const std::map<std::string, std::string>& keys) const {
    std::map<std::string, std::string> all = {
        {"uri", "redis://r"}, {"keyring_file", "keys/ring"}, {"spill_dir", "/var/spill"}};
    for (const auto& [key, value] : keys) all[key] = value;
    std::string text = "store:\n  redis:\n";
    for (const auto& [key, value] : all) {
      if (!value.empty()) text += "    " + key + ": " + value + "\n";
    }
    const std::string provider = WithProvider({});
    return text + provider.substr(provider.find('\n') + 1);
  }
  RedisStoreConfig Redis(const std::map<std::string, std::string>& keys) {
    const absl::StatusOr<Snapshot> snapshot = Parse(WithRedis(keys));
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return snapshot.ok() ? snapshot->store.redis : RedisStoreConfig();
  }
  std::string ErrorsWith(const std::map<std::string, std::string>& keys) {
    return Errors(WithRedis(keys));
  }
};

TEST_F(RedisStoreRulesTest, HasTheDocumentedDefaults) {
  const RedisStoreConfig redis = Redis({});
  EXPECT_EQ(redis.uri.endpoints, (std::vector<RedisHost>{{"r", 6379}}));
  EXPECT_EQ(redis.password_file, "");
  EXPECT_EQ(redis.keyring_file, "/etc/broker/keys/ring");
  EXPECT_EQ(redis.spill_dir, "/var/spill");
  EXPECT_FALSE(redis.create);
  EXPECT_EQ(redis.min_replica_acks, 0);
  EXPECT_EQ(redis.ca_file + redis.certificate_file + redis.key_file, "");
}

TEST_F(RedisStoreRulesTest, TakesEveryKey) {
  const RedisStoreConfig redis = Redis({{"uri", "rediss://u@r"},
                                        {"password_file", "/p"},
                                        {"create", "true"},
                                        {"min_replica_acks", "1"},
                                        {"ca_file", "ca.pem"},
                                        {"certificate_file", "c.pem"},
                                        {"key_file", "/k.pem"}});
  EXPECT_EQ(redis.uri.user, "u");
  EXPECT_EQ(redis.uri.transport, RedisTransport::kTls);
  EXPECT_EQ(redis.password_file, "/p");
  EXPECT_TRUE(redis.create);
  EXPECT_EQ(redis.min_replica_acks, 1);
  EXPECT_EQ(redis.ca_file, "/etc/broker/ca.pem");
  EXPECT_EQ(redis.certificate_file, "/etc/broker/c.pem");
  EXPECT_EQ(redis.key_file, "/k.pem");
}

TEST_F(RedisStoreRulesTest, ReplacesVariables) {
  environment_ = {{"REDIS_HOST", "r2"}, {"SPILL", "/spill"}};
  const RedisStoreConfig redis =
      Redis({{"uri", "redis://${REDIS_HOST}:7/1"}, {"spill_dir", "${SPILL}"}});
  EXPECT_EQ(redis.uri.endpoints, (std::vector<RedisHost>{{"r2", 7}}));
  EXPECT_EQ(redis.spill_dir, "/spill");
}

TEST_F(RedisStoreRulesTest, WantsUriKeyringAndSpill) {
  EXPECT_EQ(Errors("store:\n  redis: {}\nproviders: {}\n"),
            "/etc/broker/config.yaml:2:3: store.redis.uri: is missing; write redis://host:6379/0\n"
            "/etc/broker/config.yaml:2:3: store.redis.keyring_file: is missing; make one with "
            "`tbctl keyring new FILE` and name it: grants are sealed\n"
            "/etc/broker/config.yaml:2:3: store.redis.spill_dir: is missing; name a folder on a "
            "disk, where tokens wait while Redis takes no writes\n"
            "/etc/broker/config.yaml:3:1: providers: names no provider; add one below it");
}

TEST_F(RedisStoreRulesTest, PointsAtTheUriByLineAndNeverShowsAPassword) {
  const std::string errors = ErrorsWith({{"uri", "redis://u:hunter2@r"}});
  EXPECT_EQ(errors,
            "/etc/broker/config.yaml:5:5: store.redis.uri: carries a password; take it out, write "
            "it to a file and name that in password_file");
  environment_ = {{"PASSWORD", "hunter2"}};
  EXPECT_THAT(ErrorsWith({{"uri", "redis://u:${PASSWORD}@r"}}),
              AllOf(HasSubstr("carries a password"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(ErrorsWith({{"password", "hunter2"}}),
              AllOf(HasSubstr("store.redis.password: secrets are taken from files only"),
                    Not(HasSubstr("hunter2"))));
}

TEST_F(RedisStoreRulesTest, WantsThePasswordOfAUser) {
  EXPECT_THAT(ErrorsWith({{"uri", "redis://u@r"}}),
              HasSubstr("store.redis.password_file: is missing, and the uri names a user"));
  EXPECT_EQ(ErrorsWith({{"password_file", "/p"}}), "") << "of the default user";
}

TEST_F(RedisStoreRulesTest, TakesTheSentinelsOwnUserAndPassword) {
  const RedisStoreConfig redis = Redis({{"uri", "redis+sentinel://s/primary"},
                                        {"sentinel_user", "watcher"},
                                        {"sentinel_password_file", "p"}});
  EXPECT_EQ(redis.sentinel_user, "watcher");
  EXPECT_EQ(redis.sentinel_password_file, "/etc/broker/p");
  const RedisStoreConfig bare =
      Redis({{"uri", "rediss+sentinel://s/primary"}, {"sentinel_password_file", "/p"}});
  EXPECT_EQ(bare.sentinel_user, "") << "the default user";
  EXPECT_EQ(bare.sentinel_password_file, "/p");
}

TEST_F(RedisStoreRulesTest, WantsSentinelsForTheirUserAndPassword) {
  for (const std::string uri : {"redis://r", "rediss+cluster://r", "unix:///r"}) {
    for (const std::string key : {"sentinel_user", "sentinel_password_file"}) {
      EXPECT_THAT(ErrorsWith({{"uri", uri}, {key, "x"}}),
                  AllOf(HasSubstr("store.redis." + key +
                                  ": is given, but the uri has no sentinels; write redis+sentinel "
                                  "in it, or leave the key out"),
                        Not(HasSubstr("is missing"))));
    }
  }
}

TEST_F(RedisStoreRulesTest, WantsThePasswordOfTheSentinelsUser) {
  EXPECT_THAT(ErrorsWith({{"uri", "redis+sentinel://s/primary"}, {"sentinel_user", "watcher"}}),
              HasSubstr("store.redis.sentinel_password_file: is missing, and sentinel_user is "
                        "given; name the file of the user's password"));
  EXPECT_THAT(ErrorsWith({{"uri", "redis+sentinel://s/primary"},
                          {"sentinel_user", "\"\""},
                          {"sentinel_password_file", "p"}}),
              HasSubstr("store.redis.sentinel_user: is empty; name a user, or leave the key out"));
}

TEST_F(RedisStoreRulesTest, WantsTlsForTheFilesOfTls) {
  for (const std::string key : {"ca_file", "certificate_file", "key_file"}) {
    EXPECT_THAT(ErrorsWith({{key, "x.pem"}}),
                HasSubstr("store.redis." + key +
                          ": is given, but the uri has no TLS; write rediss "
                          "in it"));
  }
  const std::map<std::string, std::string> broken = {{"uri", "rediss//r"}, {"ca_file", "x.pem"}};
  EXPECT_THAT(ErrorsWith(broken), Not(HasSubstr("ca_file"))) << "the uri is to blame";
}

TEST_F(RedisStoreRulesTest, WantsCertificateAndKeyTogether) {
  EXPECT_THAT(ErrorsWith({{"uri", "rediss://r"}, {"key_file", "k"}}),
              HasSubstr("store.redis.certificate_file: is missing; certificate_file and key_file"));
  EXPECT_THAT(ErrorsWith({{"uri", "rediss://r"}, {"certificate_file", "c"}}),
              HasSubstr("store.redis.key_file: is missing; certificate_file and key_file"));
}

TEST_F(RedisStoreRulesTest, RefusesEmptyPathsAndNegativeCounts) {
  for (const std::string key :
       {"keyring_file", "spill_dir", "password_file", "ca_file", "sentinel_password_file"}) {
    EXPECT_THAT(ErrorsWith({{"uri", "rediss+sentinel://r/primary"}, {key, "\"\""}}),
                HasSubstr("store.redis." + key + ": is empty"));
  }
  EXPECT_THAT(ErrorsWith({{"min_replica_acks", "-1"}}),
              HasSubstr("store.redis.min_replica_acks: is negative; write 1, or 0"));
}

class RedisFilesTest : public testing::Test {
 protected:
  RedisFilesTest() {
    redis_.keyring_file = folder_.Path("ring");
    EXPECT_TRUE(
        WriteKeyringFile(redis_.keyring_file, NewKeyring(absl::UnixEpoch()), Existing::kRefuse)
            .ok());
    redis_.spill_dir = folder_.Path("");
  }
  std::string Errors() { return std::string(CheckRedisFiles(redis_).message()); }

  TempFolder folder_;
  RedisStoreConfig redis_;
};

TEST_F(RedisFilesTest, TakesFilesThatAreAsTheyOughtToBe) {
  EXPECT_EQ(CheckRedisFiles(redis_), absl::OkStatus());
  redis_.password_file = folder_.Write("password", "hush\n");
  redis_.sentinel_password_file = folder_.Write("sentinels", "hush\n");
  for (std::string* file : {&redis_.ca_file, &redis_.certificate_file, &redis_.key_file}) {
    *file = folder_.Write("pem", "-----BEGIN");
  }
  EXPECT_EQ(CheckRedisFiles(redis_), absl::OkStatus());
}

TEST_F(RedisFilesTest, ShowsAllThatIsWrongAtOnce) {
  redis_.keyring_file = folder_.Write("ring", "a b hush\n");
  redis_.spill_dir = folder_.Path("none");
  redis_.password_file = folder_.Write("password", "hush\nhush\n");
  redis_.sentinel_password_file = folder_.Path("sentinels");
  redis_.ca_file = folder_.Path("ca.pem");
  redis_.certificate_file = folder_.Path("cert.pem");
  redis_.key_file = folder_.Path("key.pem");
  const std::string folder = folder_.Path("");
  EXPECT_EQ(Errors(),
            "store.redis.keyring_file: " + folder +
                "ring:1: has 3 columns; write id, created, write_from and key\n"
                "store.redis.spill_dir: '" +
                folder +
                "none' is no folder; make it, for the broker alone\n"
                "store.redis.password_file: the file '" +
                folder +
                "password' has control characters, perhaps several lines; write the secret into "
                "it on one line and nothing else\n"
                "store.redis.sentinel_password_file: the file '" +
                folder +
                "sentinels' does not exist; name a readable file that holds the secret and "
                "nothing else\n"
                "store.redis.ca_file: the file '" +
                folder +
                "ca.pem' does not exist; name a readable PEM file\n"
                "store.redis.certificate_file: the file '" +
                folder +
                "cert.pem' does not exist; name a readable PEM file\n"
                "store.redis.key_file: the file '" +
                folder + "key.pem' does not exist; name a readable PEM file");
}

}  // namespace
}  // namespace tokenbroker
