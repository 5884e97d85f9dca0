#include "tokenbroker/client/call_credentials.h"

#include <grpcpp/create_channel.h>

#include "tests/client_library/fake_broker.h"
#include "tests/support/test_authority.h"
#include "tokenbroker/client/channel.h"

namespace tokenbroker::client {
namespace {

// The "API" that is called with the token is another fake broker: any gRPC service does.
class CallCredentialsTest : public ::testing::Test {
 protected:
  std::shared_ptr<TokenSource> SourceOf(const v1::AccessToken& token) {
    broker_.SetAnswer(grpc::Status::OK, token);
    ChannelOptions options;
    options.target = broker_.address();
    TokenSourceOptions grant;
    grant.provider = "spotify";
    grant.subject = "user-42";
    return std::make_shared<TokenSource>(*CreateChannel(options), grant);
  }
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel,
                           grpc::ClientContext& context) {
    v1::GetFreshTokenResponse response;
    return v1::TokenBrokerService::NewStub(channel)->GetFreshToken(&context, {}, &response);
  }
  static std::shared_ptr<grpc::Channel> Plaintext(const FakeBroker& api) {
    return grpc::CreateChannel(api.address(), grpc::InsecureChannelCredentials());
  }

  FakeBroker broker_;
};

TEST_F(CallCredentialsTest, PutTheTokenOnACallOverTls) {
  const TestAuthority authority;
  const TestAuthority::Files files = authority.Issue("IP:127.0.0.1");
  grpc::SslServerCredentialsOptions server;
  server.pem_key_cert_pairs.push_back(
      {TestAuthority::Text(files.key), TestAuthority::Text(files.certificate)});
  FakeBroker api(grpc::SslServerCredentials(server));
  api.SetAnswer(grpc::Status::OK);
  grpc::SslCredentialsOptions client;
  client.pem_root_certs = TestAuthority::Text(authority.ca_file());
  grpc::ClientContext context;
  context.set_credentials(TokenCallCredentials(SourceOf(FakeBroker::Token(1))));
  const grpc::Status status =
      Call(grpc::CreateChannel(api.address(), grpc::SslCredentials(client)), context);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(api.authorization(), "Bearer token-1");
}

TEST_F(CallCredentialsTest, SendNothingInPlaintextUnlessToldTo) {
  FakeBroker api;
  api.SetAnswer(grpc::Status::OK);
  const auto source = SourceOf(FakeBroker::Token(1));
  grpc::ClientContext careful;
  careful.set_credentials(TokenCallCredentials(source));
  EXPECT_FALSE(Call(Plaintext(api), careful).ok());
  EXPECT_EQ(api.fetch_count(), 0u);
  grpc::ClientContext told;
  told.set_credentials(TokenCallCredentials(source, TokenTransport::kAnyChannel));
  EXPECT_TRUE(Call(Plaintext(api), told).ok());
  EXPECT_EQ(api.authorization(), "Bearer token-1");
}

TEST_F(CallCredentialsTest, FailTheCallWhenTheTokenIsNotOneToSend) {
  FakeBroker api;
  api.SetAnswer(grpc::Status::OK);
  v1::AccessToken other = FakeBroker::Token(1);
  other.set_token_type("DPoP");
  const auto source = SourceOf(other);
  grpc::ClientContext context;
  context.set_credentials(TokenCallCredentials(source, TokenTransport::kAnyChannel));
  EXPECT_FALSE(Call(Plaintext(api), context).ok());
  grpc::ClientContext by_hand;
  EXPECT_FALSE(AddAuthorization(**source->Token(), &by_hand).ok());
  EXPECT_EQ(api.fetch_count(), 0u);
}

TEST_F(CallCredentialsTest, AnyTokenCanBePutOnOneCall) {
  FakeBroker api;
  api.SetAnswer(grpc::Status::OK);
  const auto source = SourceOf(FakeBroker::Token(5));
  grpc::ClientContext context;
  ASSERT_TRUE(AddAuthorization(**source->Token(), &context).ok());
  EXPECT_TRUE(Call(Plaintext(api), context).ok());
  EXPECT_EQ(api.authorization(), "Bearer token-5");
}

}  // namespace
}  // namespace tokenbroker::client
