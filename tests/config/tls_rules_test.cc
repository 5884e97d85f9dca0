#include "config/tls_rules.h"

#include "tests/config/config_fixture.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

class TlsRulesTest : public ConfigTest {
 protected:
  // The section `server` with these lines, two blanks in.
  std::string Server(const std::string& lines) { return WithProvider({}) + "server:\n" + lines; }
  absl::StatusOr<ServerConfig> Parsed(const std::string& lines) {
    const absl::StatusOr<Snapshot> snapshot = Parse(Server(lines));
    if (!snapshot.ok()) return snapshot.status();
    return snapshot->server;
  }

  const std::string files_keys_ =
      "certificate_file: tls.crt, key_file: /k/tls.key, client_ca_file: ca.crt";
};

TEST_F(TlsRulesTest, AreOffWhenNotGiven) {
  const auto server = Parsed("  drain_timeout: 5s\n");
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_FALSE(server->tls);
  EXPECT_FALSE(server->service_account_tokens);
}

TEST_F(TlsRulesTest, TakeTheFilesRelativeToTheConfiguration) {
  const auto server = Parsed("  listen: 127.0.0.1:1\n  tls: { " + files_keys_ +
                             ", client_crl_file: revoked.pem }\n");
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(server->tls->certificate_file, "/etc/broker/tls.crt");
  EXPECT_EQ(server->tls->key_file, "/k/tls.key");
  EXPECT_EQ(server->tls->client_ca_file, "/etc/broker/ca.crt");
  EXPECT_EQ(server->tls->client_crl_file, "/etc/broker/revoked.pem");
  EXPECT_EQ(server->tls->client_certificate, ClientCertificate::kRequired);
}

TEST_F(TlsRulesTest, RefuseWhatIsMissing) {
  const std::string errors = Errors(Server("  tls: {}\n"));
  EXPECT_THAT(errors, HasSubstr("server.tls.certificate_file: is missing"));
  EXPECT_THAT(errors, HasSubstr("server.tls.key_file: is missing"));
  EXPECT_THAT(errors, HasSubstr("server.tls.client_ca_file: is missing"));
  EXPECT_THAT(Errors(Server("  tls: { " + files_keys_ + ", client_crl_file: \"\" }\n")),
              HasSubstr("server.tls.client_crl_file: is empty"));
}

TEST_F(TlsRulesTest, RefusePlaintextBesideTls) {
  EXPECT_THAT(Errors(Server("  insecure_plaintext: true\n  tls: { " + files_keys_ + " }\n")),
              HasSubstr("server.insecure_plaintext: contradicts server.tls"));
}

TEST_F(TlsRulesTest, WantAnotherIdentityWhereTheCertificateIsOptional) {
  const std::string tls = "  tls: { " + files_keys_ + ", client_certificate: optional }\n";
  EXPECT_THAT(Errors(Server(tls)), HasSubstr("server.tls.client_certificate: is optional"));
  const auto server = Parsed(tls + "  service_account_tokens: {}\n");
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(server->tls->client_certificate, ClientCertificate::kOptional);
}

TEST_F(TlsRulesTest, TakeNoTokensThatCouldNeverCount) {
  EXPECT_THAT(Errors(Server("  tls: { " + files_keys_ + " }\n  service_account_tokens: {}\n")),
              HasSubstr("server.tls.client_certificate: is required"));
}

TEST_F(TlsRulesTest, AskTheClustersApiServerByDefault) {
  const auto server = Parsed("  service_account_tokens: {}\n");
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(*server->service_account_tokens, ServiceAccountTokensConfig());
}

TEST_F(TlsRulesTest, TakeEveryKeyOfServiceAccountTokens) {
  const auto server = Parsed(
      "  service_account_tokens: { audience: a, api_server: \"https://api:6443\", ca_file: ca,"
      " token_file: /t, max_age: 5s }\n");
  ASSERT_TRUE(server.ok()) << server.status();
  const ServiceAccountTokensConfig wanted = {"a", "https://api:6443", "/etc/broker/ca", "/t",
                                             absl::Seconds(5)};
  EXPECT_EQ(*server->service_account_tokens, wanted);
}

TEST_F(TlsRulesTest, RefuseBadServiceAccountTokens) {
  const std::string errors = Errors(
      Server("  service_account_tokens: { audience: \"\", api_server: \"http://api\", max_age: 0s,"
             " token_file: \"\" }\n"));
  EXPECT_THAT(errors, HasSubstr("server.service_account_tokens.audience: is empty"));
  EXPECT_THAT(errors, HasSubstr("server.service_account_tokens.api_server: is plain http"));
  EXPECT_THAT(errors, HasSubstr("server.service_account_tokens.max_age: is zero"));
  EXPECT_THAT(errors, HasSubstr("server.service_account_tokens.token_file: is empty"));
}

}  // namespace
}  // namespace tokenbroker
