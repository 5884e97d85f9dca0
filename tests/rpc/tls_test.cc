// The listener over TLS, with real handshakes.
#include <absl/time/clock.h>
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <tokenbroker/v1/token_broker.grpc.pb.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "rpc/grpc_server.h"
#include "rpc/tls_credentials.h"
#include "rpc/token_broker_grpc.h"
#include "tests/rpc/fake_services.h"
#include "tests/support/known_callers.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

class TlsTest : public testing::Test {
 protected:
  TlsTest() { Listen(ClientCertificate::kRequired); }
  ~TlsTest() override {
    server_.reset();
    loop_.Stop();
    thread_.join();
    loop_.DropTasks();
  }

  // The listener's files get the content of these.
  void Use(const TestAuthority::Files& files) {
    tls_.certificate_file = folder_.Write("tls.crt", TestAuthority::Text(files.certificate));
    tls_.key_file = folder_.Write("tls.key", TestAuthority::Text(files.key));
    tls_.client_ca_file = folder_.Write("ca.crt", TestAuthority::Text(authority_.ca_file()));
  }

  void Listen(ClientCertificate client_certificate) {
    server_.reset();
    service_.reset();
    Use(authority_.Issue("IP:127.0.0.1"));
    auto watcher = TlsWatcher::Start(tls_, metrics_);
    ASSERT_TRUE(watcher.ok()) << watcher.status();
    watcher_ = *std::move(watcher);
    callers_ = std::make_unique<Callers>(loop_, config_, watcher_.get(), nullptr);
    door_ = std::make_unique<FrontDoor>(*callers_, nullptr, metrics_, loop_);
    watch_handler_ = std::make_unique<WatchHandler>(loop_, watches_, *callers_, metrics_);
    service_ =
        std::make_unique<TokenBrokerGrpc>(token_handler_, login_handler_, *watch_handler_, *door_);
    auto server = GrpcServer::Start("127.0.0.1:0", {service_.get()},
                                    MakeTlsCredentials(*watcher_, client_certificate));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  using Stub = std::unique_ptr<v1::TokenBrokerService::Stub>;
  Stub Connect(std::shared_ptr<grpc::ChannelCredentials> credentials) {
    grpc::ChannelArguments own_connection;
    own_connection.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return v1::TokenBrokerService::NewStub(
        grpc::CreateCustomChannel(server_->address(), credentials, own_connection));
  }
  // Trusts `authority`; shows `files`, when there are any.
  Stub ConnectAs(const absl::optional<TestAuthority::Files>& files,
                 const TestAuthority* authority = nullptr) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs =
        TestAuthority::Text((authority == nullptr ? authority_ : *authority).ca_file());
    if (files) {
      options.pem_cert_chain = TestAuthority::Text(files->certificate);
      options.pem_private_key = TestAuthority::Text(files->key);
    }
    return Connect(grpc::SslCredentials(options));
  }
  static grpc::Status Call(const Stub& stub) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::GetFreshTokenRequest request;
    request.set_provider("spotify");
    request.set_subject("user-42");
    v1::GetFreshTokenResponse response;
    return stub->GetFreshToken(&context, request, &response);
  }

  TestAuthority authority_;
  TempFolder folder_;
  TlsConfig tls_;
  Metrics metrics_;
  FixedConfig config_{Snapshot()};
  Loop loop_{Clock::Real()};
  FakeTokenService tokens_;
  FakeLoginService logins_{loop_};
  TokenHandler token_handler_{tokens_, Clock::Real()};
  LoginHandler login_handler_{logins_, loop_};
  std::thread thread_{[this] { loop_.Run(); }};
  std::unique_ptr<TlsWatcher> watcher_;
  std::unique_ptr<Callers> callers_;
  std::unique_ptr<FrontDoor> door_;
  FakeWatchService watches_;
  std::unique_ptr<WatchHandler> watch_handler_;
  std::unique_ptr<TokenBrokerGrpc> service_;
  std::unique_ptr<GrpcServer> server_;
};

TEST_F(TlsTest, ServesACallerWithACertificate) {
  const grpc::Status status = Call(ConnectAs(authority_.Issue("URI:spiffe://prod/ns/a")));
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(TlsTest, RefusesTheConnectionWithoutACertificate) {
  EXPECT_EQ(Call(ConnectAs(absl::nullopt)).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, RefusesTheCertificateOfAnotherAuthority) {
  TestAuthority other;
  EXPECT_EQ(Call(ConnectAs(other.Issue("URI:spiffe://prod/ns/a"))).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, RefusesACertificateThatHasExpired) {
  EXPECT_EQ(
      Call(ConnectAs(authority_.Issue("URI:spiffe://prod/ns/a", -absl::Minutes(1)))).error_code(),
      grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, RefusesPlaintext) {
  EXPECT_EQ(Call(Connect(grpc::InsecureChannelCredentials())).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, ShowsACertificateThatTheCallerCanCheck) {
  TestAuthority other;
  EXPECT_EQ(Call(ConnectAs(authority_.Issue("DNS:a"), &other)).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, RefusesACertificateWithoutAName) {
  const grpc::Status status = Call(ConnectAs(authority_.Issue("IP:127.0.0.1")));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(status.error_message(), HasSubstr("neither a SPIFFE ID nor a DNS name"));
}

TEST_F(TlsTest, WhereItIsOptionalACallerWithoutOneIsUnknownUntilItShowsSomethingElse) {
  Listen(ClientCertificate::kOptional);
  const grpc::Status status = Call(ConnectAs(absl::nullopt));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(status.error_message(), HasSubstr("show a client certificate"));
  EXPECT_TRUE(Call(ConnectAs(authority_.Issue("DNS:a"))).ok());
  TestAuthority other;
  EXPECT_EQ(Call(ConnectAs(other.Issue("DNS:a"))).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, TakesNewCertificatesWithoutFailingACall) {
  const TestAuthority::Files mine = authority_.Issue("DNS:a");
  std::atomic<bool> stop{false};
  std::atomic<int> calls{0};
  std::atomic<int> failed{0};
  // One keeps its connection, the other makes a new one for every call.
  std::thread keeps([&] {
    const Stub stub = ConnectAs(mine);
    for (; !stop; ++calls) failed += Call(stub).ok() ? 0 : 1;
  });
  std::thread connects([&] {
    for (; !stop; ++calls) failed += Call(ConnectAs(mine)).ok() ? 0 : 1;
  });
  for (int i = 0; i < 20; ++i) {
    const int before = calls;
    const TestAuthority::Files next = authority_.Issue("IP:127.0.0.1");
    // As an operator does it who replaces one file after the other.
    folder_.Write("tls.crt", TestAuthority::Text(next.certificate));
    watcher_->CheckNow();
    folder_.Write("tls.key", TestAuthority::Text(next.key));
    watcher_->CheckNow();
    EXPECT_EQ(watcher_->Current()->certificate_chain, TestAuthority::Text(next.certificate));
    while (calls < before + 20) std::this_thread::yield();
  }
  stop = true;
  keeps.join();
  connects.join();
  EXPECT_EQ(failed, 0) << "of " << calls;
}

TEST_F(TlsTest, ShowsTheNewCertificateToWhoConnectsThen) {
  TestAuthority next;
  const TestAuthority::Files mine = authority_.Issue("DNS:a");
  EXPECT_FALSE(Call(ConnectAs(mine, &next)).ok());
  const TestAuthority::Files server = next.Issue("IP:127.0.0.1");
  folder_.Write("tls.crt", TestAuthority::Text(server.certificate));
  folder_.Write("tls.key", TestAuthority::Text(server.key));
  watcher_->CheckNow();
  const grpc::Status status = Call(ConnectAs(mine, &next));
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(TlsTest, TrustsTheNewAuthorityOfCallersToo) {
  TestAuthority next;
  const TestAuthority::Files theirs = next.Issue("DNS:a");
  EXPECT_FALSE(Call(ConnectAs(theirs)).ok());
  folder_.Write("ca.crt",
                TestAuthority::Text(authority_.ca_file()) + TestAuthority::Text(next.ca_file()));
  watcher_->CheckNow();
  EXPECT_TRUE(Call(ConnectAs(theirs)).ok());
}

// The version that a client which offers nothing else is given; 0 when it is refused.
int HandshakeWith(const std::string& address, int version) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, version);
  SSL_CTX_set_max_proto_version(context, version);
  const unsigned char h2[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context, h2, sizeof(h2));
  BIO* bio = BIO_new_ssl_connect(context);
  BIO_set_conn_hostname(bio, address.c_str());
  SSL* ssl = nullptr;
  BIO_get_ssl(bio, &ssl);
  const int seen = BIO_do_connect(bio) == 1 && BIO_do_handshake(bio) == 1 ? SSL_version(ssl) : 0;
  BIO_free_all(bio);
  SSL_CTX_free(context);
  return seen;
}

TEST_F(TlsTest, SpeaksTls12OrLater) {
  Listen(ClientCertificate::kOptional);
  EXPECT_EQ(HandshakeWith(server_->address(), TLS1_3_VERSION), TLS1_3_VERSION);
  EXPECT_EQ(HandshakeWith(server_->address(), TLS1_2_VERSION), TLS1_2_VERSION);
  EXPECT_EQ(HandshakeWith(server_->address(), TLS1_1_VERSION), 0);
}

}  // namespace
}  // namespace tokenbroker
