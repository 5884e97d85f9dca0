#include "config/secret_ages.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/metric_value.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

class SecretAgesTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, time_t at) {
    const std::string path = folder_.Write(name, "secret");
    const timespec times[] = {{at, 0}, {at, 0}};
    EXPECT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    return path;
  }
  static Snapshot With(const std::string& provider, std::vector<std::string> files) {
    auto config = std::make_shared<ProviderConfig>();
    config->name = provider;
    config->secret_files = std::move(files);
    Snapshot snapshot;
    snapshot.providers[provider] = std::move(config);
    return snapshot;
  }
  std::string Age(const std::string& provider) {
    return MetricValue(
        metrics_, "tokenbroker_secret_file_modify_time_seconds{provider=\"" + provider + "\"}");
  }

  TempFolder folder_;
  Metrics metrics_;
  SecretAges ages_{metrics_};
};

TEST_F(SecretAgesTest, TheNewestOfSeveralCounts) {
  ages_.Show(With("p", {Write("older", 1'600'000'000), Write("newest", 1'700'000'000)}));
  EXPECT_EQ(Age("p"), "1700000000");
}

TEST_F(SecretAgesTest, AFileThatCannotBeLookedAtIsLeftOut) {
  ages_.Show(With("p", {Write("older", 1'600'000'000), folder_.Path("missing")}));
  EXPECT_EQ(Age("p"), "1600000000");
}

TEST_F(SecretAgesTest, WhatHasNoSecretIsNotSpokenOf) {
  ages_.Show(With("public", {}));
  EXPECT_EQ(Age("public"), "absent");
  ages_.Show(With("p", {Write("secret", 1'600'000'000)}));
  ages_.Show(With("another", {Write("secret", 1'600'000'000)}));
  EXPECT_EQ(Age("p"), "absent") << "an old secret of a provider that is gone worries nobody";
  EXPECT_EQ(Age("another"), "1600000000");
}

}  // namespace
}  // namespace tokenbroker
