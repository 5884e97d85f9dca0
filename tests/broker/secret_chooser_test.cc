#include "broker/secret_chooser.h"

#include <absl/strings/str_cat.h>

#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

class SecretChooserTest : public testing::Test {
 protected:
  SecretChooserTest() { config_.client_secrets = {new_, old_}; }

  std::string Chosen() { return chooser_.Choose(config_).fingerprint; }
  std::string ChosenForCode() { return chooser_.ChooseForOne(config_).fingerprint; }
  std::string Count(const std::string& outcome, const std::string& age) {
    return MetricValue(
        metrics_, absl::StrCat("tokenbroker_client_secrets_presented_total{outcome=\"", outcome,
                               "\",provider=\"music\",secret=\"", age, "\"}"));
  }

  const ClientSecret new_{Secret("new"), "f-new"};
  const ClientSecret old_{Secret("old"), "f-old"};
  ProviderConfig config_;
  Metrics metrics_;
  SecretChooser chooser_{metrics_, "music"};
};

TEST_F(SecretChooserTest, ThePublicClientHasNone) {
  config_.client_secrets.clear();
  EXPECT_TRUE(chooser_.Choose(config_).secret.empty());
  EXPECT_TRUE(chooser_.ChooseForOne(config_).secret.empty());
}

TEST_F(SecretChooserTest, TheNewestComesFirstAndTheOlderWhenThatIsRefused) {
  EXPECT_EQ(Chosen(), "f-new");
  EXPECT_TRUE(chooser_.Refused(config_, new_)) << "another is left";
  EXPECT_EQ(Chosen(), "f-old");
  EXPECT_FALSE(chooser_.Refused(config_, old_));
  EXPECT_EQ(Chosen(), "f-new") << "with all refused";
}

TEST_F(SecretChooserTest, WithAllRefusedTheyTakeTurns) {
  chooser_.Refused(config_, new_);
  chooser_.Refused(config_, old_);
  EXPECT_EQ(Chosen(), "f-new");
  chooser_.Refused(config_, new_);
  EXPECT_EQ(Chosen(), "f-old") << "a provider that recovered may want that one";
  chooser_.Refused(config_, old_);
  EXPECT_EQ(Chosen(), "f-new");
}

TEST_F(SecretChooserTest, ANewOneIsTriedAsSoonAsItIsConfiguredThoughTheOlderWorks) {
  config_.client_secrets = {old_};
  chooser_.Accepted(config_, old_);
  config_.client_secrets = {new_, old_};
  EXPECT_EQ(Chosen(), "f-new");
}

TEST_F(SecretChooserTest, OneThatIsTakenAfterAllIsRefusedNoLonger) {
  chooser_.Refused(config_, new_);
  chooser_.Accepted(config_, new_);
  EXPECT_EQ(Chosen(), "f-new");
}

TEST_F(SecretChooserTest, ACodeGetsTheOneThatWorks) {
  EXPECT_EQ(ChosenForCode(), "f-new") << "as long as none is known to";
  chooser_.Accepted(config_, old_);
  EXPECT_EQ(ChosenForCode(), "f-old");
  chooser_.Accepted(config_, new_);
  EXPECT_EQ(ChosenForCode(), "f-new");
}

TEST_F(SecretChooserTest, OneThatWasRefusedLongAgoIsTriedWhenTheWorkingOneFails) {
  chooser_.Refused(config_, new_);
  chooser_.Accepted(config_, old_);
  EXPECT_TRUE(chooser_.Refused(config_, old_));
  EXPECT_EQ(Chosen(), "f-new");
  EXPECT_EQ(ChosenForCode(), "f-new");
}

TEST_F(SecretChooserTest, CountsByAgeWhatIsTakenAndNamesNone) {
  EXPECT_EQ(Count("accepted", "newest"), "0");
  chooser_.Refused(config_, new_);
  chooser_.Accepted(config_, old_);
  chooser_.Accepted(config_, old_);
  EXPECT_EQ(Count("refused", "newest"), "1");
  EXPECT_EQ(Count("accepted", "newest"), "0");
  EXPECT_EQ(Count("refused", "older"), "0");
  EXPECT_EQ(Count("accepted", "older"), "2");
  EXPECT_THAT(metrics_.Text(), testing::Not(testing::HasSubstr("f-old")));
}

TEST_F(SecretChooserTest, CountsNeitherPublicClientsNorSecretsThatAreNoLongerConfigured) {
  chooser_.Accepted(config_, ClientSecret());
  config_.client_secrets = {new_};
  chooser_.Accepted(config_, old_);
  EXPECT_EQ(Count("accepted", "newest"), "0");
  EXPECT_EQ(Count("accepted", "older"), "0");
}

TEST_F(SecretChooserTest, OnlySomeErrorsAreAboutTheSecret) {
  for (const char* error : {"invalid_client", "http_401"}) {
    EXPECT_TRUE(RefusesTheSecret(error)) << error;
  }
  for (const char* error : {"unauthorized_client", "invalid_request", "http_403", ""}) {
    EXPECT_FALSE(RefusesTheSecret(error)) << error;
  }
}

}  // namespace
}  // namespace tokenbroker
