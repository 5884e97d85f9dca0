#include "tokenbroker/client/channel.h"

#include "tests/client_library/fake_broker.h"
#include "tests/support/mounted_secret.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_authority.h"

namespace tokenbroker::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "head.payload.signature";

class ChannelTest : public ::testing::Test {
 protected:
  // `names`: the broker's certificate's.
  void ServeTls(const std::string& names = "IP:127.0.0.1") {
    const TestAuthority::Files files = authority_.Issue(names);
    grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = TestAuthority::Text(authority_.ca_file());
    options.pem_key_cert_pairs.push_back(
        {TestAuthority::Text(files.key), TestAuthority::Text(files.certificate)});
    Serve(grpc::SslServerCredentials(options));
    options_.ca_file = authority_.ca_file();
  }
  void Serve(const std::shared_ptr<grpc::ServerCredentials>& credentials =
                 grpc::InsecureServerCredentials(),
             const std::string& listen = "127.0.0.1:0") {
    broker_ = std::make_unique<FakeBroker>(credentials, listen);
    broker_->SetAnswer(grpc::Status::OK);
    options_.target = broker_->address();
  }

  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::GetFreshTokenResponse response;
    return v1::TokenBrokerService::NewStub(channel)->GetFreshToken(&context, {}, &response);
  }
  grpc::Status Call() { return Call(*CreateChannel(options_)); }
  void ExpectRefused(const std::string& text) {
    const absl::Status status = CreateChannel(options_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(kToken)));
  }

  TestAuthority authority_;
  TempFolder folder_;
  ChannelOptions options_;
  std::unique_ptr<FakeBroker> broker_;
};

TEST_F(ChannelTest, ReachesABrokerOverTlsAndShowsACertificate) {
  ServeTls();
  const TestAuthority::Files files = authority_.Issue("URI:spiffe://prod.example/player");
  options_.certificate_file = files.certificate;
  options_.key_file = files.key;
  const grpc::Status status = Call();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(broker_->peer_names(), testing::Contains("spiffe://prod.example/player"));
}

TEST_F(ChannelTest, TrustsNoOtherAuthorityAndNoOtherName) {
  ServeTls();
  const TestAuthority other;
  options_.ca_file = other.ca_file();
  EXPECT_EQ(Call().error_code(), grpc::StatusCode::UNAVAILABLE);
  ServeTls("DNS:somebody.example");
  EXPECT_FALSE(Call().ok());
  options_.server_name = "somebody.example";
  EXPECT_TRUE(Call().ok());
}

TEST_F(ChannelTest, SendsTheTokenThatIsInTheFileNow) {
  ServeTls();
  options_.token_file = folder_.Write("token", std::string(kToken) + "\n");
  const auto channel = *CreateChannel(options_);
  EXPECT_TRUE(Call(channel).ok());
  EXPECT_EQ(broker_->authorization(), std::string("Bearer ") + kToken);
  folder_.Write("token", "renewed");
  EXPECT_TRUE(Call(channel).ok());
  EXPECT_EQ(broker_->authorization(), "Bearer renewed");
  folder_.Write("token", "broken\nfile");
  EXPECT_TRUE(Call(channel).ok());
  EXPECT_EQ(broker_->authorization(), "Bearer renewed");
}

TEST_F(ChannelTest, SpeaksPlaintextOnThisMachineAlone) {
  Serve();
  EXPECT_TRUE(Call().ok());
  Serve(grpc::InsecureServerCredentials(), "unix:" + folder_.Path("broker.sock"));
  EXPECT_TRUE(Call().ok());
  for (const char* target : {"broker:8443", "10.0.0.7:8443", "dns:///localhost:8443"}) {
    options_.target = target;
    ExpectRefused("in plaintext");
    options_.plaintext = Plaintext::kAnywhere;
    EXPECT_TRUE(CreateChannel(options_).ok());
    options_.token_file = folder_.Write("token", kToken);
    ExpectRefused("in plaintext");
    options_.token_file = "";
    options_.plaintext = Plaintext::kThisMachine;
  }
}

TEST_F(ChannelTest, SendsATokenInPlaintextOnThisMachine) {
  Serve();
  options_.token_file = folder_.Write("token", kToken);
  EXPECT_TRUE(Call().ok());
  EXPECT_EQ(broker_->authorization(), std::string("Bearer ") + kToken);
}

TEST_F(ChannelTest, RefusesOptionsThatContradictEachOther) {
  const TestAuthority::Files files = authority_.Issue("");
  options_.target = "127.0.0.1:1";
  options_.certificate_file = files.certificate;
  options_.key_file = files.key;
  ExpectRefused("name the broker's authorities with ca_file");
  options_.ca_file = authority_.ca_file();
  options_.key_file = "";
  ExpectRefused("certificate_file and key_file go together");
}

TEST_F(ChannelTest, NamesTheFileThatCannotBeRead) {
  options_.target = "127.0.0.1:1";
  const std::string missing = folder_.Path("missing");
  options_.ca_file = missing;
  ExpectRefused(missing);
  options_.ca_file = "";
  options_.token_file = missing;
  ExpectRefused(missing);
  options_.token_file = folder_.Write("token", "two words");
  ExpectRefused("holds no token");
  options_.token_file = folder_.Write("token", "");
  ExpectRefused("is empty");
}

TEST_F(ChannelTest, TriesACallAgainThatFindsTheBrokerUnavailable) {
  Serve();
  broker_->SetAnswer(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the store does not answer"));
  EXPECT_EQ(Call().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(broker_->fetch_count(), 4u);
}

TEST_F(ChannelTest, SpreadsCallsOverTheBrokersReplicas) {
  Serve();
  FakeBroker second;
  second.SetAnswer(grpc::Status::OK);
  options_.target = "ipv4:" + broker_->address() + "," + second.address();
  options_.plaintext = Plaintext::kAnywhere;
  const auto channel = *CreateChannel(options_);
  for (int i = 0; i < 10'000 && (broker_->fetch_count() < 5 || second.fetch_count() < 5); ++i) {
    EXPECT_TRUE(Call(channel).ok());
  }
  EXPECT_GE(broker_->fetch_count(), 5u);
  EXPECT_GE(second.fetch_count(), 5u);
}

}  // namespace
}  // namespace tokenbroker::client
