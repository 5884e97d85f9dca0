#include "config/tls_files.h"

#include <absl/strings/numbers.h>
#include <absl/time/clock.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/metric_value.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::Not;

class TlsFilesTest : public testing::Test {
 protected:
  TlsFilesTest() { Use(server_); }

  // The files' content becomes that of these.
  void Use(const TestAuthority::Files& files) {
    config_.certificate_file = folder_.Write("tls.crt", TestAuthority::Text(files.certificate));
    config_.key_file = folder_.Write("tls.key", TestAuthority::Text(files.key));
    config_.client_ca_file = folder_.Write("ca.crt", TestAuthority::Text(authority_.ca_file()));
  }
  std::string Error() {
    FileRecord files(ReadSmallFile);
    return std::string(ReadTlsFiles(config_, files).status().message());
  }
  void Start() {
    auto watcher = TlsWatcher::Start(config_, metrics_);
    ASSERT_TRUE(watcher.ok()) << watcher.status();
    watcher_ = *std::move(watcher);
  }
  std::string CheckAndLog() {
    testing::internal::CaptureStderr();
    watcher_->CheckNow();
    return testing::internal::GetCapturedStderr();
  }

  TestAuthority authority_;
  const TestAuthority::Files server_ = authority_.Issue("DNS:localhost");
  TempFolder folder_;
  TlsConfig config_;
  Metrics metrics_;
  std::unique_ptr<TlsWatcher> watcher_;
};

TEST_F(TlsFilesTest, AreReadWhole) {
  config_.client_crl_file = authority_.Revoke(server_);
  FileRecord files(ReadSmallFile);
  const auto material = ReadTlsFiles(config_, files);
  ASSERT_TRUE(material.ok()) << material.status();
  EXPECT_EQ(material->certificate_chain, TestAuthority::Text(server_.certificate));
  EXPECT_EQ(material->private_key, Secret(TestAuthority::Text(server_.key)));
  EXPECT_EQ(material->client_authorities, TestAuthority::Text(authority_.ca_file()));
  EXPECT_TRUE(material->revoked.Revokes(*Certificate::Parse(material->certificate_chain)));
}

TEST_F(TlsFilesTest, MistakesNameTheKeyAndTheFile) {
  folder_.Write("tls.key", "no key");
  EXPECT_THAT(Error(), HasSubstr("server.tls.key_file: the file '" + config_.key_file +
                                 "' holds no private key"));
  folder_.Write("tls.key", TestAuthority::Text(authority_.Issue("DNS:localhost").key));
  EXPECT_THAT(Error(), HasSubstr("is not the key of the certificate"));
  folder_.Write("tls.crt", "");
  EXPECT_THAT(Error(), HasSubstr("server.tls.certificate_file"));
  Use(server_);
  folder_.Write("ca.crt", "x");
  EXPECT_THAT(Error(), HasSubstr("server.tls.client_ca_file"));
  Use(server_);
  config_.client_crl_file = folder_.Path("none");
  EXPECT_THAT(Error(), HasSubstr("server.tls.client_crl_file"));
  TestAuthority other;
  config_.client_crl_file = other.Revoke(other.Issue("DNS:a"));
  EXPECT_THAT(Error(), HasSubstr("none of the client authorities signed"));
}

TEST_F(TlsFilesTest, AreTakenAnewOnceAllOfThemFit) {
  Start();
  const std::shared_ptr<const TlsMaterial> before = watcher_->Current();
  const TestAuthority::Files next = authority_.Issue("DNS:localhost");
  folder_.Write("tls.crt", TestAuthority::Text(next.certificate));
  EXPECT_THAT(CheckAndLog(), HasSubstr("\"event\":\"tls_reload_failed\""));
  EXPECT_EQ(watcher_->Current(), before) << "the new certificate has no key yet";
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_tls_last_reload_successful"), "0");
  folder_.Write("tls.key", TestAuthority::Text(next.key));
  EXPECT_THAT(CheckAndLog(), HasSubstr("\"event\":\"certificate_loaded\""));
  EXPECT_EQ(watcher_->Current()->certificate_chain, TestAuthority::Text(next.certificate));
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_tls_last_reload_successful"), "1");
}

TEST_F(TlsFilesTest, NeverLogAKey) {
  Start();
  folder_.Write("tls.crt", "x");
  EXPECT_THAT(CheckAndLog(), Not(HasSubstr("PRIVATE")));
}

TEST_F(TlsFilesTest, TellWhenTheCertificateEnds) {
  Start();
  double end = 0;
  ASSERT_TRUE(absl::SimpleAtod(
      MetricValue(metrics_, "tokenbroker_tls_certificate_expiry_time_seconds"), &end));
  const absl::Time expected = absl::Now() + TestAuthority::kLifetime;
  EXPECT_NEAR(end, absl::ToDoubleSeconds(expected - absl::UnixEpoch()), 60);
}

TEST_F(TlsFilesTest, TellWhenARevocationListIsOutOfDate) {
  config_.client_crl_file = authority_.Revoke(server_);
  Start();
  double end = 0;
  ASSERT_TRUE(absl::SimpleAtod(
      MetricValue(metrics_, "tokenbroker_tls_revocation_list_expiry_time_seconds"), &end));
  EXPECT_NEAR(end, absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()) + 3600, 60);
}

}  // namespace
}  // namespace tokenbroker
