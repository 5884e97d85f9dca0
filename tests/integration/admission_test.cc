// Who is let in: certificates at the real listener, and what happens when they change.
#include <iostream>

#include "tests/integration/broker_process.h"
#include "tests/integration/traffic.h"
#include "tests/integration/watch_client.h"

namespace tokenbroker {
namespace {

constexpr char kOther[] = "spiffe://test.example/ns/music/sa/other";

class AdmissionTest : public BrokerProcessTest {
 protected:
  AdmissionTest() {
    WritePolicy(std::string(kPlayerPolicy) +
                "  - name: other\n"
                "    callers: [ \"spiffe://test.example/ns/music/sa/other\" ]\n"
                "    rpcs: [ GetFreshToken ]\n"
                "    providers: [ sim ]\n"
                "    subjects: [ \"*\" ]\n");
  }
  std::string ca() { return TestAuthority::Text(authority().ca_file()); }
  TestAuthority::Files Mine() { return authority().Issue(std::string("URI:") + kPlayer); }

  // One call on a connection of its own, which is made once.
  Outcome<FreshToken> CallOnce(const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    const auto caller = CallerWith(credentials);
    caller->FailWithoutServer();
    return caller->GetToken("user-42");
  }
  void ExpectNoConnection(const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    const auto refused = CallOnce(credentials);
    EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(refused.error.reason, "") << "the broker never saw a call";
  }
  // Nothing but the certificate is in the way.
  void ExpectConnectionWithAGoodCertificate() {
    EXPECT_EQ(CallOnce(CallerCredentials(ca(), Mine())).error.reason, "GRANT_NOT_FOUND");
  }
};

TEST_F(AdmissionTest, WithoutACertificateThereIsNoConnection) {
  Start();
  ExpectNoConnection(CallerCredentials(ca(), absl::nullopt));
  ExpectConnectionWithAGoodCertificate();
}

TEST_F(AdmissionTest, TheCertificateOfAnotherAuthorityMakesNoConnection) {
  Start();
  TestAuthority another;
  ExpectNoConnection(CallerCredentials(ca(), another.Issue(std::string("URI:") + kPlayer)));
  ExpectConnectionWithAGoodCertificate();
}

TEST_F(AdmissionTest, ACertificateThatHasExpiredMakesNoConnection) {
  Start();
  ExpectNoConnection(
      CallerCredentials(ca(), authority().Issue(std::string("URI:") + kPlayer, -absl::Minutes(1))));
  ExpectConnectionWithAGoodCertificate();
}

TEST_F(AdmissionTest, PlaintextMakesNoConnection) {
  Start();
  ExpectNoConnection(grpc::InsecureChannelCredentials());
  ExpectConnectionWithAGoodCertificate();
}

TEST_F(AdmissionTest, ACertificateThatExpiresMeanwhileIsRefusedOnItsOpenConnection) {
  Start();
  LogIn();
  const auto caller = CallerWith(
      CallerCredentials(ca(), authority().Issue(std::string("URI:") + kPlayer, absl::Seconds(10))));
  EXPECT_TRUE(caller->GetToken("user-42").ok());
  Outcome<FreshToken> last;
  EXPECT_TRUE(Eventually([&] {
    last = caller->GetToken("user-42");
    return !last.ok();
  }));
  EXPECT_EQ(last.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(last.error.reason, "CALLER_UNKNOWN");
}

TEST_F(AdmissionTest, ACertificateThatExpiresEndsTheWatchOnItsOpenConnection) {
  Start();
  LogIn();
  WatchClient watch(
      grpc_address(),
      CallerCredentials(ca(), authority().Issue(std::string("URI:") + kPlayer, absl::Seconds(5))),
      "user-42");
  EXPECT_EQ(watch.Next(), "token");
  EXPECT_EQ(watch.Next(), "end 16");
  EXPECT_EQ(watch.error().reason, "CALLER_UNKNOWN");
}

TEST_F(AdmissionTest, ARevokedCertificateEndsTheWatchOnItsOpenConnectionAndNoOther) {
  const TestAuthority::Files mine = Mine();
  AddTlsYaml("    client_crl_file: \"" + authority().Revoke(authority().Issue("DNS:long-gone")) +
             "\"\n");
  Start();
  LogIn();
  WatchClient watch(grpc_address(), CallerCredentials(ca(), mine), "user-42");
  WatchClient another(grpc_address(), CallerCredentials(ca(), Mine()), "user-42");
  EXPECT_EQ(watch.Next(), "token");
  EXPECT_EQ(another.Next(), "token");
  authority().Revoke(mine);
  EXPECT_EQ(watch.Next(), "end 16");
  EXPECT_EQ(watch.error().reason, "CALLER_UNKNOWN");
  LogIn();
  EXPECT_EQ(another.Next(), "token");
}

TEST_F(AdmissionTest, WhereACertificateIsOptionalACallerWithoutOneAndWithoutATokenIsUnknown) {
  AddTlsYaml("    client_certificate: optional\n");
  AddServerYaml("  service_account_tokens: { api_server: \"http://127.0.0.1:1\", ca_file: \"" +
                authority().ca_file() + "\", token_file: \"" +
                folder().Write("own_token", "the broker's own\n") + "\" }\n");
  Start();
  LogIn();
  const auto refused = CallOnce(CallerCredentials(ca(), absl::nullopt));
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(refused.error.reason, "CALLER_UNKNOWN");
  EXPECT_TRUE(GetToken().ok()) << "a certificate is enough";
}

TEST_F(AdmissionTest, NewCertificatesInMidTrafficFailNoCall) {
  Start();
  LogIn();
  TestAuthority next;
  const TestAuthority::Files mine = Mine();
  const std::string next_ca = TestAuthority::Text(next.ca_file());
  // It does not trust the next authority: it must keep its connection.
  const auto stays = CallerWith(CallerCredentials(ca(), mine));
  stays->FailWithoutServer();
  ASSERT_TRUE(stays->GetToken("user-42").ok());
  Traffic keeps([&] { return stays->GetToken("user-42").status; });
  const auto trusts_both = CallerCredentials(ca() + next_ca, mine);
  Traffic connects([&] { return CallOnce(trusts_both).status; });
  constexpr int kSwaps = 6;
  for (int i = 0; i < kSwaps; ++i) {
    const TestAuthority& issuer = i % 2 == 0 ? authority() : next;
    const std::map<std::string, std::string> files = NewServerFiles(issuer);
    if (i < kSwaps / 2) {
      tls_files().Put(files);
    } else {
      for (const auto& [name, text] : files) tls_files().Overwrite(name, text);
    }
    const auto trusts_it = CallerCredentials(TestAuthority::Text(issuer.ca_file()), mine);
    EXPECT_TRUE(Eventually([&] { return CallOnce(trusts_it).ok(); })) << "swap " << i;
    keeps.LetPass(10);
    connects.LetPass(10);
  }
  const Traffic::Counts kept = keeps.Stop();
  const Traffic::Counts connected = connects.Stop();
  std::cout << kSwaps << " new certificates; on one connection: " << kept
            << "; each on a new one: " << connected << "\n";
  EXPECT_EQ(kept.failed, 0);
  EXPECT_EQ(connected.failed, 0);
  EXPECT_TRUE(CallOnce(CallerCredentials(next_ca, mine)).ok()) << "the new certificate is shown";
  ExpectNoConnection(CallerCredentials(ca(), mine));
}

TEST_F(AdmissionTest, ARevokedCertificateIsRefusedOnItsOpenConnectionAndNoOther) {
  const TestAuthority::Files mine = Mine();
  AddTlsYaml("    client_crl_file: \"" + authority().Revoke(authority().Issue("DNS:long-gone")) +
             "\"\n");
  Start();
  LogIn();
  const auto caller = CallerWith(CallerCredentials(ca(), mine));
  EXPECT_TRUE(caller->GetToken("user-42").ok());
  const auto other = CallerNamed(kOther);
  Traffic others([&] { return other->GetToken("user-42").status; });
  authority().Revoke(mine);
  Outcome<FreshToken> last;
  EXPECT_TRUE(Eventually([&] {
    last = caller->GetToken("user-42");
    return !last.ok();
  }));
  EXPECT_EQ(last.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(last.error.reason, "CALLER_UNKNOWN");
  EXPECT_NE(last.status.error_message().find("revoked"), std::string::npos);
  const std::string peer = LogFieldOf(process().WaitForLine("CALLER_UNKNOWN"), "peer");
  const std::string answered = "\"outcome\":\"OK\",\"rule\":\"player\",\"peer\":\"" + peer + "\"";
  EXPECT_NE(process().Output().find(answered), std::string::npos) << "another connection";
  others.LetPass(10);
  const Traffic::Counts seen = others.Stop();
  EXPECT_EQ(seen.failed, 0) << seen;
  EXPECT_EQ(CallOnce(CallerCredentials(ca(), mine)).error.reason, "CALLER_UNKNOWN")
      << "and on a new one";
  EXPECT_TRUE(GetToken().ok()) << "the same caller with another certificate";
}

}  // namespace
}  // namespace tokenbroker
