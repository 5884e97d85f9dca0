#include "config/snapshot_builder.h"

#include "tests/config/config_fixture.h"

namespace tokenbroker {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class SnapshotBuilderTest : public ConfigTest {
 protected:
  std::string ErrorsWith(const std::string& lines) { return Errors(WithProvider({}) + lines); }
};

TEST_F(SnapshotBuilderTest, HasTheDocumentedDefaults) {
  const absl::StatusOr<Snapshot> snapshot = Parse(WithProvider({}));
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->server.listen, "127.0.0.1:8443");
  EXPECT_EQ(snapshot->server.admin_listen, "127.0.0.1:9464");
  EXPECT_EQ(snapshot->server.drain_timeout, absl::Seconds(30));
  EXPECT_EQ(snapshot->server.max_connection_age, absl::Minutes(30));
  EXPECT_EQ(snapshot->server.max_connection_age_grace, absl::Minutes(5));
  EXPECT_EQ(snapshot->cache.max_unverified, absl::Hours(1));
  EXPECT_EQ(snapshot->store.kind, StoreKind::kMemory);
}

TEST_F(SnapshotBuilderTest, TakesEveryKey) {
  files_["/p"] = kPolicy;
  const absl::StatusOr<Snapshot> snapshot =
      Parse(WithProvider({}) +
            "policy_file: /p\n"
            "server: { listen: \"0.0.0.0:1\", drain_timeout: 5s, insecure_plaintext: true,\n"
            "          max_connection_age: 1m, max_connection_age_grace: 10s }\n"
            "admin: { listen: \"0.0.0.0:2\" }\n"
            "cache: { max_unverified: 10m }\n");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->server.listen, "0.0.0.0:1");
  EXPECT_TRUE(snapshot->server.insecure_plaintext);
  EXPECT_EQ(snapshot->server.drain_timeout, absl::Seconds(5));
  EXPECT_EQ(snapshot->server.max_connection_age, absl::Minutes(1));
  EXPECT_EQ(snapshot->server.max_connection_age_grace, absl::Seconds(10));
  EXPECT_EQ(snapshot->server.admin_listen, "0.0.0.0:2");
  EXPECT_TRUE(snapshot->has_policy);
  EXPECT_EQ(snapshot->cache.max_unverified, absl::Minutes(10));
}

TEST_F(SnapshotBuilderTest, RefusesPlaintextOverANetworkUnlessToldTo) {
  EXPECT_THAT(ErrorsWith("server: { listen: \"0.0.0.0:8443\" }\n"),
              HasSubstr("server.listen: would carry access tokens in plaintext"));
  files_["/p"] = kPolicy;
  EXPECT_EQ(ErrorsWith("policy_file: /p\n"
                       "server: { listen: \"0.0.0.0:8443\", insecure_plaintext: true }\n"),
            "");
  EXPECT_EQ(ErrorsWith("server: { listen: \"unix:/run/b.sock\" }\n"), "");
}

TEST_F(SnapshotBuilderTest, RefusesBadListeners) {
  EXPECT_THAT(ErrorsWith("server: { listen: 8443 }\n"),
              HasSubstr("server.listen: is not host:port"));
  EXPECT_THAT(ErrorsWith("admin: { listen: x }\n"), HasSubstr("admin.listen: is not host:port"));
  EXPECT_THAT(ErrorsWith("admin: { listen: \"unix:/a\" }\n"),
              HasSubstr("admin.listen: is a unix socket"));
  EXPECT_THAT(ErrorsWith("admin: { listen: \"127.0.0.1:8443\" }\n"),
              HasSubstr("admin.listen: is the address of server.listen"));
  EXPECT_EQ(ErrorsWith("server: { listen: \"127.0.0.1:0\" }\nadmin: { listen: \"127.0.0.1:0\" }\n"),
            "");
}

TEST_F(SnapshotBuilderTest, RefusesZeroDurations) {
  EXPECT_THAT(ErrorsWith("server: { drain_timeout: 0s }\n"),
              HasSubstr("server.drain_timeout: is zero"));
  EXPECT_THAT(ErrorsWith("server: { max_connection_age: 0s, max_connection_age_grace: 0s }\n"),
              AllOf(HasSubstr("server.max_connection_age: is zero"),
                    HasSubstr("server.max_connection_age_grace: is zero")));
  EXPECT_THAT(ErrorsWith("cache: { max_unverified: 0s }\n"),
              HasSubstr("cache.max_unverified: is zero"));
}

TEST_F(SnapshotBuilderTest, WantsAStoreAndAProvider) {
  EXPECT_EQ(
      Errors("server: {}\n"),
      "/etc/broker/config.yaml: store: names no store; write redis: { uri: ... } below it, or "
      "memory: {}, which forgets at a restart\n"
      "/etc/broker/config.yaml: providers: names no provider; add one below it");
  EXPECT_THAT(Errors("store: {}\nproviders: {}\n"), HasSubstr(":1:1: store: names no store"));
}

TEST_F(SnapshotBuilderTest, TakesRedis) {
  std::string text = WithProvider({});
  text.replace(0, text.find('\n'),
               "store: { redis: { uri: \"redis://r\", keyring_file: /k, spill_dir: /s } }");
  const absl::StatusOr<Snapshot> snapshot = Parse(text);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->store.kind, StoreKind::kRedis);
  EXPECT_EQ(snapshot->store.redis.uri.endpoints[0].host, "r");
  EXPECT_EQ(snapshot->store.redis.keyring_file, "/k");
}

TEST_F(SnapshotBuilderTest, WantsOneStoreOnly) {
  EXPECT_THAT(Errors("store:\n  memory: {}\n"
                     "  redis: { uri: \"redis://r\", keyring_file: k, spill_dir: s }\n"),
              HasSubstr(":1:1: store: names two stores; keep memory or redis"));
}

}  // namespace
}  // namespace tokenbroker
