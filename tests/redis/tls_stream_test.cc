#include "redis/tls_stream.h"

#include <filesystem>

#include "redis/direct_client.h"
#include "tests/redis/redis_test.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using Reply = absl::StatusOr<RedisReply>;

class TlsStreamTest : public RedisTest {
 protected:
  // A server with a certificate for `names` at a TLS port.
  std::unique_ptr<RedisServer> Serve(const std::string& names,
                                     const std::vector<std::string>& more = {}) {
    const TestAuthority::Files files = authority_.Issue(names);
    std::vector<std::string> arguments = {
        "--tls-cert-file",    files.certificate,    "--tls-key-file",     files.key,
        "--tls-ca-cert-file", authority_.ca_file(), "--tls-auth-clients", "no"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto server = std::make_unique<RedisServer>(std::move(arguments), RedisServer::Port::kTls);
    port_ = server->port();
    return server;
  }
  RedisOptions Options(const std::string& host) const {
    RedisOptions options;
    options.endpoints.push_back({host, static_cast<uint16_t>(port_), ""});
    options.tls.emplace();
    options.tls->ca_file = authority_.ca_file();
    return options;
  }
  Reply Ping(const RedisOptions& options) {
    DirectClient client(loop_, options, 1);
    return Finish(client, client.Call(Command({"PING"}, absl::Seconds(1))));
  }
  static std::string Why(const Reply& reply) {
    EXPECT_EQ(reply.status().code(), absl::StatusCode::kUnavailable);
    return std::string(reply.status().message());
  }

  TestAuthority authority_;
  int port_ = 0;
};

TEST_F(TlsStreamTest, TalksToAServerThatProvesItsAddressOrName) {
  const auto server = Serve("IP:127.0.0.1,DNS:localhost");
  EXPECT_EQ(*Ping(Options("127.0.0.1")), StatusReply("PONG"));
  EXPECT_EQ(*Ping(Options("localhost")), StatusReply("PONG"));
}

TEST_F(TlsStreamTest, CarriesManyCallsAndLargeAnswers) {
  const auto server = Serve("IP:127.0.0.1");
  DirectClient client(loop_, Options("127.0.0.1"), 1);
  const std::string large(size_t{3} << 20, 'x');
  std::vector<Future<Reply>> calls;
  for (int i = 0; i < 5; ++i) calls.push_back(Start(client.Call(Command({"ECHO", large}))));
  for (const auto& call : calls) EXPECT_TRUE(*Await(call) == StringReply(large));
}

TEST_F(TlsStreamTest, RefusesAServerThatAnotherAuthorityVouchesFor) {
  const auto server = Serve("IP:127.0.0.1");
  const TestAuthority other;
  RedisOptions options = Options("127.0.0.1");
  options.tls->ca_file = other.ca_file();
  EXPECT_THAT(Why(Ping(options)), HasSubstr("certificate verify failed"));
  options.tls->ca_file.clear();
  EXPECT_THAT(Why(Ping(options)), HasSubstr("certificate verify failed"));
}

TEST_F(TlsStreamTest, RefusesAServerOfAnotherName) {
  const auto server = Serve("DNS:redis.example,IP:127.0.0.2");
  EXPECT_THAT(Why(Ping(Options("127.0.0.1"))), HasSubstr("certificate verify failed"));
  EXPECT_THAT(Why(Ping(Options("localhost"))), HasSubstr("certificate verify failed"));
  RedisOptions options = Options("127.0.0.1");
  options.tls->server_name = "redis.example";
  EXPECT_EQ(*Ping(options), StatusReply("PONG"));
}

TEST_F(TlsStreamTest, RefusesOldTls) {
  const auto server =
      Serve("IP:127.0.0.1", {"--tls-protocols", "TLSv1.1", "--tls-ciphers", "ALL:@SECLEVEL=0"});
  EXPECT_FALSE(Ping(Options("127.0.0.1")).ok());
}

TEST_F(TlsStreamTest, ShowsItsOwnCertificateWhereOneIsRequired) {
  const auto server = Serve("IP:127.0.0.1", {"--tls-auth-clients", "yes"});
  RedisOptions options = Options("127.0.0.1");
  EXPECT_FALSE(Ping(options).ok());
  const TestAuthority::Files files = authority_.Issue("DNS:broker");
  options.tls->certificate_file = files.certificate;
  options.tls->key_file = files.key;
  EXPECT_EQ(*Ping(options), StatusReply("PONG"));
  const TestAuthority other;
  options.tls->certificate_file = other.Issue("DNS:broker").certificate;
  EXPECT_THAT(Why(Ping(options)), HasSubstr(files.key));
}

TEST_F(TlsStreamTest, ReadsItsFilesAnewAtEachConnection) {
  const auto server = Serve("IP:127.0.0.1", {"--tls-auth-clients", "yes"});
  const TestAuthority::Files files = authority_.Issue("DNS:broker");
  RedisOptions options = Options("127.0.0.1");
  const TempFolder folder;
  options.tls->certificate_file = folder.Path("certificate");
  options.tls->key_file = folder.Path("key");
  DirectClient client(loop_, options, 1);
  EXPECT_THAT(Why(Finish(client, client.Call(Command({"PING"}, absl::Seconds(1))))),
              HasSubstr(folder.Path("certificate")));
  std::filesystem::copy_file(files.certificate, folder.Path("certificate"));
  std::filesystem::copy_file(files.key, folder.Path("key"));
  EXPECT_EQ(*Finish(client, client.Call(Command({"PING"}))), StatusReply("PONG"));
}

TEST_F(TlsStreamTest, AServerWithoutTlsIsRefused) {
  // It takes the greeting for the beginning of a command, and waits.
  const RedisServer server;
  port_ = server.port();
  DirectClient client(loop_, Options("127.0.0.1"), 1);
  const auto call = Start(client.Call(Command({"PING"}, absl::Minutes(1))));
  Advance(absl::Minutes(1));
  EXPECT_EQ(Why(call->value()), "redis: PING: connecting took too long");
}

TEST_F(TlsStreamTest, AServerThatSaysNothingIsGivenUp) {
  const auto server = Serve("IP:127.0.0.1");
  server->Pause();
  DirectClient client(loop_, Options("127.0.0.1"), 1);
  const auto call = Start(client.Call(Command({"PING"}, absl::Minutes(1))));
  Advance(absl::Milliseconds(3500));
  server->Continue();
  EXPECT_TRUE(Finish(client, client.Call(Command({"PING"}))).ok());
  EXPECT_TRUE(Await(call).ok());
}

}  // namespace
}  // namespace tokenbroker
