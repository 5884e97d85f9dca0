#include "config/config_watcher.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "tests/config/config_fixture.h"
#include "tests/support/metric_value.h"
#include "tests/support/signing_keys.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kSuccesses[] = "tokenbroker_config_reloads_total{result=\"success\"}";
constexpr char kFailures[] = "tokenbroker_config_reloads_total{result=\"failure\"}";
constexpr char kSuccessful[] = "tokenbroker_config_last_reload_successful";

class ConfigWatcherTest : public ConfigTest {
 protected:
  void SetUp() override {
    folder_.Write("secret", "one\n");
    WriteConfig(Good());
    ConfigOptions options;
    options.path = folder_.Path("config.yaml");
    options.presets = presets_;
    options.clock = &clock_;
    options.reader = [this](const std::string& path, size_t most) {
      ++reads_;
      return ReadSmallFile(path, most);
    };
    absl::StatusOr<std::unique_ptr<ConfigWatcher>> watcher =
        ConfigWatcher::Start(std::move(options), metrics_);
    ASSERT_TRUE(watcher.ok()) << watcher.status();
    watcher_ = *std::move(watcher);
    watcher_->OnChange([this](const ConfigChange& change) { changes_.push_back(change); });
  }

  std::string Good() const { return WithProvider({{"client_secret_file", "secret"}}); }
  void WriteConfig(const std::string& text) { folder_.Write("config.yaml", text); }
  std::string Fingerprint() const {
    return watcher_->Current()->FindProvider("p")->client_secrets[0].fingerprint;
  }
  std::string Metric(const std::string& name) const { return MetricValue(metrics_, name); }
  static std::string PolicyNamed(const std::string& name) {
    return "rules: [ { name: " + name + ", callers: [ anonymous ], rpcs: [ GetStatus ] } ]\n";
  }
  // A configuration that is Good() and names a policy file of that text.
  void UsePolicy(const std::string& text) {
    folder_.Write("policy.yaml", text);
    WriteConfig(Good() + "policy_file: policy.yaml\n");
    watcher_->CheckNow();
    ASSERT_TRUE(watcher_->Current()->has_policy);
  }
  // Checks, and gives what was logged meanwhile.
  std::string CheckAndLog() {
    testing::internal::CaptureStderr();
    watcher_->CheckNow();
    return testing::internal::GetCapturedStderr();
  }

  TempFolder folder_;
  SimulatedClock clock_;
  Metrics metrics_;
  std::atomic<int> reads_ = 0;
  std::unique_ptr<ConfigWatcher> watcher_;
  std::vector<ConfigChange> changes_;
};

TEST_F(ConfigWatcherTest, SaysWhenItLoadedAndWhyItDoesNot) {
  const absl::Time first = clock_.TimeNow();
  EXPECT_EQ(watcher_->Loading().last_load, first);
  EXPECT_EQ(watcher_->Loading().error, "");
  clock_.AdvanceTime(absl::Minutes(1));
  WriteConfig("nonsense: 1\n");
  CheckAndLog();
  EXPECT_EQ(watcher_->Loading().last_load, first);
  EXPECT_THAT(watcher_->Loading().error, HasSubstr("nonsense"));
  clock_.AdvanceTime(absl::Minutes(1));
  WriteConfig(Good());
  CheckAndLog();
  EXPECT_EQ(watcher_->Loading().last_load, first + absl::Minutes(2));
  EXPECT_EQ(watcher_->Loading().error, "");
}

TEST_F(ConfigWatcherTest, DoesNotStartOnABrokenFile) {
  ConfigOptions options;
  options.path = folder_.Path("none.yaml");
  EXPECT_EQ(ConfigWatcher::Start(options, metrics_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ConfigWatcherTest, LeavesEverythingWhileNothingChanges) {
  const std::shared_ptr<const Snapshot> before = watcher_->Current();
  watcher_->CheckNow();
  WriteConfig(Good());
  watcher_->CheckNow();
  EXPECT_EQ(watcher_->Current(), before);
  EXPECT_THAT(changes_, IsEmpty());
  EXPECT_EQ(Metric(kSuccessful), "1");
  EXPECT_EQ(Metric(kSuccesses), "0");
  EXPECT_EQ(Metric(kFailures), "0");
}

TEST_F(ConfigWatcherTest, PublishesAChangedFile) {
  const std::shared_ptr<const Snapshot> before = watcher_->Current();
  WriteConfig(WithProvider({{"client_secret_file", "secret"}, {"scopes", "[ new ]"}}));
  watcher_->CheckNow();
  EXPECT_THAT(watcher_->Current()->FindProvider("p")->scopes, ElementsAre("new"));
  EXPECT_THAT(before->FindProvider("p")->scopes, IsEmpty()) << "a snapshot never changes";
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_THAT(changes_[0].changed, ElementsAre("p"));
  EXPECT_EQ(changes_[0].current, watcher_->Current());
  EXPECT_EQ(Metric(kSuccesses), "1");
}

TEST_F(ConfigWatcherTest, PublishesARotatedSecret) {
  const std::string before = Fingerprint();
  folder_.Write("secret", "two\n");
  const std::string log = CheckAndLog();
  EXPECT_NE(Fingerprint(), before);
  EXPECT_EQ(watcher_->Current()->FindProvider("p")->client_secrets[0].secret, Secret("two"));
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_THAT(changes_[0].changed, ElementsAre("p"));
  EXPECT_THAT(log, HasSubstr("\"event\":\"config_reloaded\""));
  EXPECT_THAT(log, testing::Not(HasSubstr("two")));
}

TEST_F(ConfigWatcherTest, PublishesARotatedPrivateKeyAndKeepsTheOldOneWhileTheNewIsBroken) {
  folder_.Write("key.pem", PemOf(TestEcKey()));
  WriteConfig(WithProvider({{"client_authentication", "private_key_jwt"},
                            {"client_secret_file", ""},
                            {"private_key_file", "key.pem"}}));
  watcher_->CheckNow();
  const std::string before = Fingerprint();
  folder_.Write("key.pem", PemOf(TestEcKey()).substr(0, 100));
  EXPECT_THAT(CheckAndLog(), HasSubstr("holds no private key"));
  EXPECT_EQ(Fingerprint(), before);
  folder_.Write("key.pem", PemOf(EcKey("P-256")));
  watcher_->CheckNow();
  EXPECT_NE(Fingerprint(), before);
}

TEST_F(ConfigWatcherTest, FollowsASwappedLink) {
  folder_.Write("v1/secret", "one\n");
  folder_.Write("v2/secret", "two\n");
  folder_.SwapLink("..data", "v1");
  WriteConfig(WithProvider({{"client_secret_file", "..data/secret"}}));
  watcher_->CheckNow();
  const std::string before = Fingerprint();
  folder_.SwapLink("..data", "v2");
  watcher_->CheckNow();
  EXPECT_NE(Fingerprint(), before);
}

TEST_F(ConfigWatcherTest, KeepsTheOldOneWhenTheFileIsBroken) {
  const std::shared_ptr<const Snapshot> before = watcher_->Current();
  WriteConfig("providers: {{{ hunter2");
  const std::string log = CheckAndLog();
  EXPECT_EQ(watcher_->Current(), before);
  EXPECT_THAT(changes_, IsEmpty());
  EXPECT_EQ(Metric(kSuccessful), "0");
  EXPECT_EQ(Metric(kFailures), "1");
  EXPECT_THAT(log, HasSubstr("\"event\":\"config_reload_failed\""));
  EXPECT_THAT(log, HasSubstr("config.yaml:1:"));
  EXPECT_THAT(log, testing::Not(HasSubstr("hunter2")));
}

TEST_F(ConfigWatcherTest, LogsABrokenFileOnce) {
  WriteConfig("providers: {}\n");
  EXPECT_THAT(CheckAndLog(), HasSubstr("config_reload_failed"));
  EXPECT_EQ(CheckAndLog(), "");
  EXPECT_EQ(Metric(kFailures), "1") << "an unchanged file is not read again";
  WriteConfig("providers: {}\n# changed\n");
  EXPECT_EQ(CheckAndLog(), "") << "the same mistake";
  EXPECT_EQ(Metric(kFailures), "2");
  WriteConfig("provider: {}\n");
  EXPECT_THAT(CheckAndLog(), HasSubstr("did you mean providers?"));
}

TEST_F(ConfigWatcherTest, RecoversWhenTheFileIsMended) {
  const std::shared_ptr<const ProviderConfig> before = watcher_->Current()->FindProvider("p");
  WriteConfig("broken");
  watcher_->CheckNow();
  WriteConfig(Good());
  watcher_->CheckNow();
  EXPECT_EQ(Metric(kSuccessful), "1");
  EXPECT_EQ(Metric(kSuccesses), "1");
  EXPECT_EQ(watcher_->Current()->FindProvider("p"), before) << "unchanged providers stay the same";
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(ConfigWatcherTest, KeepsTheOldOneWhileASecretIsMissing) {
  const std::string before = Fingerprint();
  ASSERT_EQ(::unlink(folder_.Path("secret").c_str()), 0);
  EXPECT_THAT(CheckAndLog(), HasSubstr("providers.p.client_secret_file: the file"));
  EXPECT_EQ(Fingerprint(), before);
  EXPECT_EQ(Metric(kSuccessful), "0");
  folder_.Write("secret", "two\n");
  watcher_->CheckNow();
  EXPECT_NE(Fingerprint(), before);
  EXPECT_EQ(Metric(kSuccessful), "1");
}

TEST_F(ConfigWatcherTest, AddsAndTakesAwayProviders) {
  std::string text = Good();
  text.replace(text.find("  p:"), 4, "  q:");
  WriteConfig(text);
  watcher_->CheckNow();
  EXPECT_EQ(watcher_->Current()->FindProvider("p"), nullptr);
  EXPECT_NE(watcher_->Current()->FindProvider("q"), nullptr);
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_THAT(changes_[0].changed, ElementsAre("q"));
  EXPECT_THAT(changes_[0].removed, ElementsAre("p"));
}

TEST_F(ConfigWatcherTest, KeepsServerAndCacheUntilARestartAndSaysSo) {
  WriteConfig(Good() +
              "server: { listen: \"127.0.0.1:1\" }\n"
              "cache: { max_unverified: 1m }\n");
  const std::string log = CheckAndLog();
  EXPECT_EQ(watcher_->Current()->server.listen, "127.0.0.1:8443");
  EXPECT_EQ(watcher_->Current()->cache.max_unverified, absl::Hours(1));
  EXPECT_THAT(log, HasSubstr("\"event\":\"config_needs_restart\""));
  EXPECT_THAT(log, HasSubstr("\"section\":\"server\""));
  EXPECT_THAT(log, HasSubstr("\"section\":\"cache\""));
  EXPECT_THAT(log, testing::Not(HasSubstr("\"section\":\"store\"")));
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(ConfigWatcherTest, KeepsTheStoreUntilARestartAndSaysSo) {
  std::string text = Good();
  text.replace(0, text.find('\n'),
               "store: { redis: { uri: \"redis://r\", keyring_file: k, spill_dir: s } }");
  WriteConfig(text);
  EXPECT_THAT(CheckAndLog(), HasSubstr("\"section\":\"store\""));
  EXPECT_EQ(watcher_->Current()->store.kind, StoreKind::kMemory);
}

TEST_F(ConfigWatcherTest, WarnsAtTheStartWhenThereIsNoPolicy) {
  const auto start = [this] {
    ConfigOptions options;
    options.path = folder_.Path("config.yaml");
    testing::internal::CaptureStderr();
    EXPECT_TRUE(ConfigWatcher::Start(options, metrics_).ok());
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(start(), HasSubstr("\"event\":\"no_policy\""));
  UsePolicy(PolicyNamed("first"));
  EXPECT_THAT(start(), testing::Not(HasSubstr("no_policy")));
}

TEST_F(ConfigWatcherTest, PublishesAChangedPolicy) {
  UsePolicy(PolicyNamed("first"));
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_TRUE(changes_[0].policy_changed);
  const std::shared_ptr<const ProviderConfig> provider = watcher_->Current()->FindProvider("p");
  folder_.Write("policy.yaml", PolicyNamed("second"));
  EXPECT_THAT(CheckAndLog(), HasSubstr("\"policy_changed\":\"true\""));
  EXPECT_EQ(watcher_->Current()->policy->rules()[0].name, "second");
  EXPECT_EQ(watcher_->Current()->FindProvider("p"), provider);
  EXPECT_EQ(changes_.size(), 2u);
}

TEST_F(ConfigWatcherTest, KeepsTheVeryPolicyThatDidNotChange) {
  UsePolicy(PolicyNamed("first"));
  const std::shared_ptr<const Policy> before = watcher_->Current()->policy;
  folder_.Write("policy.yaml", PolicyNamed("first") + "# a comment\n");
  EXPECT_THAT(CheckAndLog(), HasSubstr("\"policy_changed\":\"false\""));
  EXPECT_EQ(watcher_->Current()->policy, before);
  EXPECT_EQ(changes_.size(), 1u);
}

TEST_F(ConfigWatcherTest, KeepsTheOldPolicyWhenTheNewOneIsBroken) {
  UsePolicy(PolicyNamed("first"));
  const std::shared_ptr<const Snapshot> before = watcher_->Current();
  folder_.Write("policy.yaml", "rules: []\n");
  const std::string log = CheckAndLog();
  EXPECT_EQ(watcher_->Current(), before);
  EXPECT_THAT(log, HasSubstr("config_reload_failed"));
  EXPECT_THAT(log, HasSubstr("policy.yaml:1:8: rules: is an empty list"));
  EXPECT_EQ(Metric(kSuccessful), "0");
  folder_.Write("policy.yaml", PolicyNamed("second"));
  watcher_->CheckNow();
  EXPECT_EQ(watcher_->Current()->policy->rules()[0].name, "second");
  EXPECT_EQ(Metric(kSuccessful), "1");
}

TEST_F(ConfigWatcherTest, KeepsThePolicyWhoseLineIsTakenOut) {
  UsePolicy(PolicyNamed("first"));
  const std::shared_ptr<const Policy> before = watcher_->Current()->policy;
  WriteConfig(Good());
  EXPECT_THAT(CheckAndLog(), HasSubstr("\"section\":\"policy_file\""));
  EXPECT_TRUE(watcher_->Current()->has_policy);
  EXPECT_EQ(watcher_->Current()->policy, before);
}

TEST_F(ConfigWatcherTest, ReloadsOnAThreadWhileOthersRead) {
  std::promise<void> reloaded;
  watcher_->OnChange([&reloaded](const ConfigChange&) { reloaded.set_value(); });
  std::jthread checker(
      [this](std::stop_token stop) { watcher_->Run(stop, absl::Milliseconds(1)); });
  std::jthread reader([this](std::stop_token stop) {
    while (!stop.stop_requested()) EXPECT_NE(watcher_->Current()->FindProvider("p"), nullptr);
  });
  folder_.Write("secret.new", "two\n");
  std::filesystem::rename(folder_.Path("secret.new"), folder_.Path("secret"));
  reloaded.get_future().wait();
  checker.request_stop();
  checker.join();
  EXPECT_EQ(watcher_->Current()->FindProvider("p")->client_secrets[0].secret, Secret("two"));
}

TEST_F(ConfigWatcherTest, StopsAtOnceHoweverLongThePeriod) {
  const int before = reads_;
  std::jthread checker([this](std::stop_token stop) { watcher_->Run(stop, absl::Hours(1)); });
  checker.request_stop();
  checker.join();
  EXPECT_EQ(reads_, before);
}

TEST_F(ConfigWatcherTest, ShowsHowOldTheSecretsAre) {
  const std::string metric = "tokenbroker_secret_file_modify_time_seconds{provider=\"p\"}";
  EXPECT_NE(Metric(metric), "absent");
  const timespec written[] = {{1'700'000'000, 0}, {1'700'000'000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, folder_.Path("secret").c_str(), written, 0), 0);
  watcher_->CheckNow();
  EXPECT_EQ(Metric(metric), "1700000000") << "though it says what it said";
}

}  // namespace
}  // namespace tokenbroker
