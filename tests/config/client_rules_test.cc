#include "config/client_rules.h"

#include "tests/config/config_fixture.h"
#include "tests/support/signing_keys.h"

namespace tokenbroker {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ClientRulesTest : public ConfigTest {
 protected:
  using Keys = std::map<std::string, std::string>;

  ClientRulesTest() {
    files_["/s/rsa.pem"] = PemOf(TestRsaKey());
    files_["/s/ec.pem"] = PemOf(TestEcKey());
  }
  std::string ErrorsWith(const Keys& keys) { return Errors(WithProvider(keys)); }
  // A private_key_jwt client with the RSA key; `keys` replace.
  std::string WithKey(Keys keys = {}) const {
    keys.insert({{"client_authentication", "private_key_jwt"},
                 {"client_secret_file", ""},
                 {"private_key_file", "/s/rsa.pem"}});
    return WithProvider(keys);
  }
  std::string Fingerprint(const Keys& keys) {
    return Provider(WithKey(keys)).client_secrets.at(0).fingerprint;
  }
};

TEST_F(ClientRulesTest, ReadsSecretsNewestFirst) {
  const ProviderConfig p = Provider(
      WithProvider({{"client_secret_file", ""}, {"client_secret_files", "[ /s/secret, /s/old ]"}}));
  ASSERT_EQ(p.client_secrets.size(), 2u);
  EXPECT_EQ(p.client_secrets[0].secret, Secret("hush"));
  EXPECT_EQ(p.client_secrets[1].secret, Secret("older"));
  EXPECT_NE(p.client_secrets[0].fingerprint, p.client_secrets[1].fingerprint);
}

TEST_F(ClientRulesTest, TakesRelativePathsFromTheFilesFolder) {
  files_["/etc/broker/secrets/p"] = "near\n";
  const ProviderConfig p = Provider(WithProvider({{"client_secret_file", "secrets/p"}}));
  ASSERT_EQ(p.client_secrets.size(), 1u);
  EXPECT_EQ(p.client_secrets[0].secret, Secret("near"));
}

TEST_F(ClientRulesTest, RefusesMissingAndBadClients) {
  EXPECT_THAT(ErrorsWith({{"client_id", ""}}),
              HasSubstr(":3:3: providers.p.client_id: is missing"));
  EXPECT_THAT(ErrorsWith({{"client_id", "\"\""}}), HasSubstr("providers.p.client_id: is missing"));
  EXPECT_THAT(ErrorsWith({{"client_secret_file", ""}}),
              HasSubstr("providers.p.client_secret_file: is missing; name the file"));
  EXPECT_THAT(ErrorsWith({{"client_secret_file", "\"\""}}),
              HasSubstr("providers.p.client_secret_file: is empty"));
  EXPECT_THAT(ErrorsWith({{"client_secret_files", "[ /s/old ]"}}),
              HasSubstr("client_secret_files: is given beside client_secret_file"));
  EXPECT_THAT(ErrorsWith({{"client_authentication", "none"}}),
              HasSubstr("client_secret_file: is given, but client_authentication is none"));
  EXPECT_THAT(ErrorsWith({{"client_authentication", "none"},
                          {"client_secret_file", ""},
                          {"client_secret_files", "[ /s/old ]"}}),
              HasSubstr("client_secret_files: is given, but client_authentication is none"));
}

TEST_F(ClientRulesTest, TakesAPublicClientWithoutSecret) {
  const ProviderConfig p =
      Provider(WithProvider({{"client_authentication", "none"}, {"client_secret_file", ""}}));
  EXPECT_EQ(p.client_authentication, ClientAuthentication::kNone);
  EXPECT_TRUE(p.client_secrets.empty());
}

TEST_F(ClientRulesTest, RefusesBadSecretFilesWithoutShowingThem) {
  files_["/s/two-lines"] = "hush\nhush\n";
  EXPECT_EQ(ErrorsWith({{"client_secret_file", "/s/none"}}),
            "/etc/broker/config.yaml:5:5: providers.p.client_secret_file: the file '/s/none' does "
            "not exist; name a readable file that holds the secret and nothing else");
  const std::string errors = ErrorsWith(
      {{"client_secret_file", ""}, {"client_secret_files", "[ /s/secret, /s/two-lines ]"}});
  EXPECT_THAT(errors, HasSubstr("client_secret_files[1]: the file '/s/two-lines' has control"));
  EXPECT_THAT(errors, Not(HasSubstr("hush")));
}

TEST_F(ClientRulesTest, ReadsAPrivateKeyInPlaceOfTheSecret) {
  const ProviderConfig p = Provider(WithKey());
  EXPECT_EQ(p.client_authentication, ClientAuthentication::kPrivateKeyJwt);
  EXPECT_EQ(p.signing_algorithm, JwsAlgorithm::kRs256);
  EXPECT_EQ(p.key_id, "");
  ASSERT_EQ(p.client_secrets.size(), 1u);
  EXPECT_EQ(p.client_secrets[0].secret, Secret(PemOf(TestRsaKey())));
  EXPECT_EQ(Provider(WithKey({{"key_id", "k-1"}})).key_id, "k-1");
}

TEST_F(ClientRulesTest, TakesTheAlgorithmFromTheKeyUnlessOneIsWritten) {
  const auto algorithm = [this](const Keys& keys) {
    return Provider(WithKey(keys)).signing_algorithm;
  };
  EXPECT_EQ(algorithm({{"private_key_file", "/s/ec.pem"}}), JwsAlgorithm::kEs256);
  EXPECT_EQ(algorithm({{"signing_algorithm", "PS256"}}), JwsAlgorithm::kPs256);
  EXPECT_EQ(algorithm({{"signing_algorithm", "rs256"}}), JwsAlgorithm::kRs256);
}

TEST_F(ClientRulesTest, RefusesAKeyThatDoesNotFitTheAlgorithm) {
  EXPECT_THAT(Errors(WithKey({{"signing_algorithm", "ES256"}})),
              HasSubstr("providers.p.private_key_file: the file '/s/rsa.pem' holds an RSA key, "
                        "which does not sign ES256; write RS256 or PS256"));
  EXPECT_THAT(Errors(WithKey({{"signing_algorithm", "HS256"}})),
              HasSubstr("signing_algorithm: is not a value that this key takes; write one of "
                        "rs256, ps256, es256"));
}

TEST_F(ClientRulesTest, RefusesKeyFilesThatHoldNoneWithoutShowingThem) {
  EXPECT_THAT(Errors(WithKey({{"private_key_file", ""}})),
              HasSubstr("providers.p.private_key_file: is missing; name a PEM file"));
  EXPECT_THAT(
      Errors(WithKey({{"private_key_file", "/s/none"}})),
      HasSubstr("private_key_file: the file '/s/none' does not exist; name a readable PEM"));
  EXPECT_THAT(
      Errors(WithKey({{"private_key_file", "/s/secret"}})),
      AllOf(HasSubstr("the file '/s/secret' holds no private key"), Not(HasSubstr("hush"))));
  EXPECT_THAT(Errors(WithKey({{"key_id", "\"\""}})), HasSubstr("key_id: is empty"));
}

TEST_F(ClientRulesTest, AnotherKeyNameOrAlgorithmIsAnotherSecretToAFreeze) {
  const std::string plain = Fingerprint({});
  EXPECT_EQ(plain, Fingerprint({{"signing_algorithm", "RS256"}}));
  EXPECT_NE(plain, Fingerprint({{"key_id", "k-1"}}));
  EXPECT_NE(plain, Fingerprint({{"signing_algorithm", "PS256"}}));
  EXPECT_NE(plain, Fingerprint({{"private_key_file", "/s/ec.pem"}}));
}

TEST_F(ClientRulesTest, RefusesTheKeysOfAnotherAuthentication) {
  EXPECT_THAT(Errors(WithKey({{"client_secret_file", "/s/secret"}})),
              HasSubstr("client_secret_file: is given, but client_authentication is "
                        "private_key_jwt; remove one of the two"));
  for (const auto& [key, value] :
       Keys{{"private_key_file", "/s/rsa.pem"}, {"key_id", "k"}, {"signing_algorithm", "RS256"}}) {
    EXPECT_THAT(ErrorsWith({{key, value}}),
                HasSubstr("providers.p." + key +
                          ": is for client_authentication: private_key_jwt only; remove it"));
  }
}

}  // namespace
}  // namespace tokenbroker
