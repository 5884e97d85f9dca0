#include "client/tbctl/connection.h"

#include <absl/strings/str_cat.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <tokenbroker/v1/token_broker.grpc.pb.h>

#include <chrono>

#include "tests/support/temp_folder.h"
#include "tests/support/test_authority.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "head.payload.signature";

// Remembers who called.
class FakeBroker : public v1::TokenBrokerService::Service {
 public:
  grpc::Status GetFreshToken(grpc::ServerContext* context, const v1::GetFreshTokenRequest*,
                             v1::GetFreshTokenResponse*) override {
    names.clear();
    for (const grpc::string_ref& name : context->auth_context()->GetPeerIdentity()) {
      names.emplace_back(name.data(), name.size());
    }
    const auto header = context->client_metadata().find("authorization");
    authorization = header == context->client_metadata().end()
                        ? ""
                        : std::string(header->second.data(), header->second.size());
    return grpc::Status::OK;
  }

  std::vector<std::string> names;
  std::string authorization;
};

class ConnectionTest : public ::testing::Test {
 protected:
  void ServeTls() {
    const TestAuthority::Files files = authority_.Issue("IP:127.0.0.1");
    grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = TestAuthority::Text(authority_.ca_file());
    options.pem_key_cert_pairs.push_back(
        {TestAuthority::Text(files.key), TestAuthority::Text(files.certificate)});
    Serve("127.0.0.1:0", grpc::SslServerCredentials(options));
    arguments_.ca_file = authority_.ca_file();
  }
  void Serve(const std::string& listen,
             const std::shared_ptr<grpc::ServerCredentials>& credentials =
                 grpc::InsecureServerCredentials()) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(listen, credentials, &port);
    builder.RegisterService(&broker_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    arguments_.address = listen.rfind("unix:", 0) == 0 ? listen : absl::StrCat("127.0.0.1:", port);
  }
  void ShowCertificate() {
    const TestAuthority::Files files = authority_.Issue("URI:spiffe://prod.example/ops");
    arguments_.certificate_file = files.certificate;
    arguments_.key_file = files.key;
  }

  grpc::Status Call() {
    const auto channel = Connect(arguments_);
    if (!channel.ok()) return {grpc::StatusCode::INVALID_ARGUMENT, channel.status().ToString()};
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::GetFreshTokenResponse response;
    return v1::TokenBrokerService::NewStub(*channel)->GetFreshToken(&context, {}, &response);
  }
  void ExpectCall() {
    const grpc::Status status = Call();
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  void ExpectRefused(const std::string& text) {
    const absl::Status status = Connect(arguments_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(kToken)));
  }

  TestAuthority authority_;
  TempFolder folder_;
  FakeBroker broker_;
  std::unique_ptr<grpc::Server> server_;
  Arguments arguments_;
};

TEST_F(ConnectionTest, SpeaksPlaintextUnlessItIsGivenAuthorities) {
  Serve("127.0.0.1:0");
  ExpectCall();
  EXPECT_EQ(broker_.authorization, "");
}

TEST_F(ConnectionTest, ReachesABrokerOverTls) {
  ServeTls();
  ExpectCall();
  EXPECT_TRUE(broker_.names.empty());
}

TEST_F(ConnectionTest, ShowsItsCertificate) {
  ServeTls();
  ShowCertificate();
  ExpectCall();
  EXPECT_THAT(broker_.names, testing::Contains("spiffe://prod.example/ops"));
}

TEST_F(ConnectionTest, TrustsNoOtherAuthority) {
  ServeTls();
  const TestAuthority other;
  arguments_.ca_file = other.ca_file();
  EXPECT_EQ(Call().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ConnectionTest, SpeaksNoPlaintextWhereTlsIsWanted) {
  Serve("127.0.0.1:0");
  arguments_.ca_file = authority_.ca_file();
  EXPECT_EQ(Call().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ConnectionTest, ShowsATokenOverTls) {
  ServeTls();
  arguments_.token_file = folder_.Write("token", absl::StrCat(kToken, "\n"));
  ExpectCall();
  EXPECT_EQ(broker_.authorization, absl::StrCat("Bearer ", kToken));
}

TEST_F(ConnectionTest, ShowsATokenInPlaintextOnThisMachineAlone) {
  arguments_.token_file = folder_.Write("token", kToken);
  Serve("127.0.0.1:0");
  ExpectCall();
  EXPECT_EQ(broker_.authorization, absl::StrCat("Bearer ", kToken));
  Serve("unix:" + folder_.Path("broker.sock"));
  broker_.authorization = "";
  ExpectCall();
  EXPECT_EQ(broker_.authorization, absl::StrCat("Bearer ", kToken));

  for (const char* address : {"broker:8443", "10.0.0.7:8443", "dns:///localhost:8443",
                              "127.0.0.1.example:8443", "127.0.0.1"}) {
    arguments_.address = address;
    ExpectRefused("--token-file: the token would cross the network in plaintext");
  }
}

TEST_F(ConnectionTest, RefusesHalfOfAPair) {
  ShowCertificate();
  arguments_.ca_file = authority_.ca_file();
  const std::string key_file = std::exchange(arguments_.key_file, "");
  ExpectRefused("--certificate-file and --key-file go together");
  arguments_.key_file = key_file;
  arguments_.certificate_file = "";
  ExpectRefused("--certificate-file and --key-file go together");
}

TEST_F(ConnectionTest, RefusesACertificateThatNobodyWouldSee) {
  ShowCertificate();
  ExpectRefused("name the broker's authorities with --ca-file");
}

TEST_F(ConnectionTest, NamesTheFileThatIsMissing) {
  const std::string missing = folder_.Path("missing");
  const std::string text = absl::StrCat(": the file '", missing, "' does not exist");
  arguments_.ca_file = missing;
  ExpectRefused("--ca-file" + text);
  arguments_.ca_file = authority_.ca_file();
  ShowCertificate();
  arguments_.key_file = missing;
  ExpectRefused("--key-file" + text);
  arguments_.certificate_file = missing;
  ExpectRefused("--certificate-file" + text);
  arguments_.certificate_file = arguments_.key_file = "";
  arguments_.token_file = missing;
  ExpectRefused("--token-file" + text);
}

TEST_F(ConnectionTest, NamesTheFileThatIsNotWhatItMustBe) {
  const std::string garbage = folder_.Write("garbage", "-----BEGIN CERTIFICATE-----\n*\n");
  arguments_.ca_file = garbage;
  ExpectRefused("--ca-file: the file '" + garbage + "' holds no readable certificate");
  arguments_.ca_file = authority_.ca_file();
  ShowCertificate();
  const std::string certificate = std::exchange(arguments_.certificate_file, garbage);
  ExpectRefused("--certificate-file: the file '" + garbage + "' holds no readable certificate");
  arguments_.certificate_file = certificate;
  arguments_.key_file = garbage;
  ExpectRefused("--key-file: the file '" + garbage + "' holds no private key");
  arguments_.key_file = authority_.Issue("").key;
  ExpectRefused("is not the key of the certificate");
}

TEST_F(ConnectionTest, TakesNoTokenThatIsNone) {
  ServeTls();
  arguments_.token_file = folder_.Write("token", "");
  ExpectRefused("is empty");
  arguments_.token_file = folder_.Write("token", absl::StrCat(kToken, "\nx: y\n"));
  ExpectRefused("has control characters");
  arguments_.token_file = folder_.Write("token", absl::StrCat(kToken, " ", kToken));
  ExpectRefused("holds no token");
}

}  // namespace
}  // namespace tokenbroker::tbctl
