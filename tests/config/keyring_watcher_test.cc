#include "config/keyring_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "config/keyring_file.h"
#include "crypto/base64url.h"
#include "crypto/keyring_changes.h"
#include "crypto/keyring_text.h"
#include "crypto/sealer.h"
#include "tests/crypto/sealing_keys.h"
#include "tests/support/metric_value.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::Not;

class KeyringWatcherTest : public testing::Test {
 protected:
  void Start(const std::string& name) {
    auto watcher = KeyringWatcher::Start(folder_.Path(name), metrics_);
    ASSERT_TRUE(watcher.ok()) << watcher.status();
    watcher_ = *std::move(watcher);
  }
  void Write(const std::string& name, const Keyring& keyring) {
    folder_.Write(name, std::string(FormatKeyring(keyring).Expose()));
    ASSERT_EQ(::chmod(folder_.Path(name).c_str(), 0600), 0);
  }
  std::string CheckAndLog() {
    testing::internal::CaptureStderr();
    watcher_->CheckNow();
    return testing::internal::GetCapturedStderr();
  }

  const Keyring one_ = *Keyring::Make({TestKey("a", 0)});
  const Keyring two_ = *Keyring::Make({TestKey("a", 0), TestKey("b", 20)});
  TempFolder folder_;
  Metrics metrics_;
  std::unique_ptr<KeyringWatcher> watcher_;
};

TEST_F(KeyringWatcherTest, DoesNotStartWithoutAKeyring) {
  EXPECT_EQ(KeyringWatcher::Start(folder_.Path("none"), metrics_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(KeyringWatcherTest, TakesAKeyThatIsAdded) {
  Write("ring", one_);
  Start("ring");
  const std::shared_ptr<const Keyring> before = watcher_->Current();
  EXPECT_EQ(*before, one_);
  ASSERT_EQ(WriteKeyringFile(folder_.Path("ring"), two_, Existing::kReplace), absl::OkStatus());
  EXPECT_THAT(CheckAndLog(), HasSubstr("\"event\":\"keyring_loaded\""));
  EXPECT_EQ(*watcher_->Current(), two_);
  EXPECT_EQ(*before, one_);
}

TEST_F(KeyringWatcherTest, SealsWithTheNewKeyOnceItsTimeHasCome) {
  Write("ring", one_);
  Start("ring");
  const Sealer sealer(*watcher_);
  const SealedRecord old = *sealer.Seal("hush", "owner", At(30));
  EXPECT_EQ(old.key_id, "a");
  Write("ring", two_);
  watcher_->CheckNow();
  EXPECT_EQ(sealer.Seal("hush", "owner", At(19))->key_id, "a");
  EXPECT_EQ(sealer.Seal("hush", "owner", At(20))->key_id, "b");
  EXPECT_EQ(sealer.Open(old.bytes, "owner")->Expose(), "hush");
}

TEST_F(KeyringWatcherTest, NoticesASwappedLink) {
  Write("1/ring", one_);
  Write("2/ring", two_);
  folder_.SwapLink("..data", "1");
  std::filesystem::create_symlink("..data/ring", folder_.Path("ring"));
  Start("ring");
  EXPECT_EQ(*watcher_->Current(), one_);
  folder_.SwapLink("..data", "2");
  watcher_->CheckNow();
  EXPECT_EQ(*watcher_->Current(), two_);
}

TEST_F(KeyringWatcherTest, KeepsTheOldKeyringWhileTheFileIsBroken) {
  Write("ring", two_);
  Start("ring");
  const std::string key = Base64UrlEncode(TestKey("c", 0).key.Expose());
  folder_.Write("ring", "c 2026-11-24T14:52:07Z " + key + "\n");
  const std::string log = CheckAndLog();
  EXPECT_EQ(*watcher_->Current(), two_);
  EXPECT_THAT(log, HasSubstr("\"event\":\"keyring_reload_failed\""));
  EXPECT_THAT(log, HasSubstr("ring:1: has 3 columns"));
  EXPECT_THAT(log, Not(HasSubstr(key.substr(0, 6))));
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_keyring_last_reload_successful"), "0");
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_keyring_reloads_total{result=\"failure\"}"), "1");

  std::filesystem::remove(folder_.Path("ring"));
  EXPECT_THAT(CheckAndLog(), HasSubstr("does not exist"));
  EXPECT_EQ(*watcher_->Current(), two_);

  Write("ring", one_);
  watcher_->CheckNow();
  EXPECT_EQ(*watcher_->Current(), one_);
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_keyring_last_reload_successful"), "1");
}

TEST_F(KeyringWatcherTest, LogsIdsAndWarnsOfAnOpenFileButShowsNoKey) {
  Write("ring", two_);
  ASSERT_EQ(::chmod(folder_.Path("ring").c_str(), 0644), 0);
  testing::internal::CaptureStderr();
  Start("ring");
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("\"keys\":\"a,b\""));
  EXPECT_THAT(log, HasSubstr("\"event\":\"keyring_open_to_others\""));
  EXPECT_THAT(log, HasSubstr("has the mode 0644"));
  EXPECT_THAT(log, Not(HasSubstr(Base64UrlEncode(TestKey("a", 0).key.Expose()))));
}

TEST_F(KeyringWatcherTest, IsQuietAboutAFileThatItsOwnerAloneReads) {
  Write("ring", one_);
  testing::internal::CaptureStderr();
  Start("ring");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("keyring_open_to_others")));
}

}  // namespace
}  // namespace tokenbroker
