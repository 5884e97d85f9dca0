// token-broker as its operator meets it: started, told to stop, given wrong input.
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/time/clock.h>
#include <grpc/health/v1/health.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <stdlib.h>
#include <tokenbroker/v1/token_broker.grpc.pb.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>

#include "tests/main/subprocess.h"
#include "tests/rpc/reflection_client.h"

namespace tokenbroker {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() {
    std::string name = (std::filesystem::temp_directory_path() / "token-broker-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    // The broker forbids a look into its memory, which LeakSanitizer would need.
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    Write("client_secret", "hunter2\n");
  }
  ~ProgramTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  struct ConfigParts {
    std::string listen = "127.0.0.1:0";
    std::string drain_timeout = "20s";
    std::string store = "memory: {}";
    std::string endpoints =
        "    authorization_endpoint: http://127.0.0.1:1/authorize\n"
        "    token_endpoint: http://127.0.0.1:1/token\n";
  };
  std::string Config() { return Config(ConfigParts()); }
  std::string Config(const ConfigParts& parts) {
    return Write("config.yaml", absl::StrCat("server: { listen: \"", parts.listen,
                                             "\", drain_timeout: ", parts.drain_timeout,
                                             " }\n"
                                             "admin: { listen: \"127.0.0.1:0\" }\n"
                                             "store: { ",
                                             parts.store,
                                             " }\n"
                                             "providers:\n"
                                             "  demo:\n"
                                             "    client_id: client\n"
                                             "    client_secret_file: client_secret\n"
                                             "    redirect_uris: [ \"http://127.0.0.1/cb\" ]\n",
                                             parts.endpoints));
  }
  static std::vector<std::string> Broker(std::vector<std::string> words) {
    words.insert(words.begin(), TB_TOKEN_BROKER);
    return words;
  }
  static std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
    return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  }

  std::string folder_;
};

TEST_F(ProgramTest, TeachesItsUse) {
  Subprocess broker(Broker({"--help"}));
  EXPECT_EQ(broker.Wait(), 0);
  EXPECT_THAT(broker.out(), HasSubstr("client_secret_file"));
  EXPECT_THAT(broker.out(), HasSubstr("Exit codes:"));
  Subprocess version(Broker({"--version"}));
  EXPECT_EQ(version.Wait(), 0);
  EXPECT_THAT(version.out(), HasSubstr("token-broker "));
}

TEST_F(ProgramTest, RefusesWrongArguments) {
  Subprocess none(Broker({}));
  EXPECT_EQ(none.Wait(), 2);
  EXPECT_THAT(none.err(), HasSubstr("--config"));
  Subprocess unknown(Broker({"--config", Config(), "--verbose"}));
  EXPECT_EQ(unknown.Wait(), 2);
  EXPECT_THAT(unknown.err(), HasSubstr("--verbose"));
}

TEST_F(ProgramTest, ChecksAGoodConfigurationAndStartsNothing) {
  Subprocess broker(Broker({"--check", "--config", Config()}));
  EXPECT_EQ(broker.Wait(), 0);
  EXPECT_THAT(broker.out(), HasSubstr("config.yaml: ok\n"));
  EXPECT_EQ(broker.err(), "");
}

TEST_F(ProgramTest, ChecksTheFilesOfAStoreInRedis) {
  ConfigParts parts;
  parts.store = "redis: { uri: \"redis://127.0.0.1:1\", keyring_file: ring, spill_dir: . }";
  Subprocess without(Broker({"--check", "--config", Config(parts)}));
  EXPECT_EQ(without.Wait(), 2);
  EXPECT_THAT(without.err(), AllOf(HasSubstr("store.redis.keyring_file: the file '"),
                                   HasSubstr("/ring' does not exist")));
  Write("ring", "k 2026-11-24T14:52:07Z 2026-11-24T14:52:07Z " + std::string(42, 'a') + "A\n");
  Subprocess with(Broker({"--check", "--config", Config(parts)}));
  EXPECT_EQ(with.Wait(), 0) << with.err();
}

TEST_F(ProgramTest, ChecksTheKeyOfHashedSubjects) {
  ConfigParts parts;
  parts.endpoints += "audit: { subjects: hashed, hash_key_file: hash_key }\n";
  Subprocess without(Broker({"--check", "--config", Config(parts)}));
  EXPECT_EQ(without.Wait(), 2);
  EXPECT_THAT(without.err(), HasSubstr("audit.hash_key_file: "));
  Write("hash_key", "0123456789abcdef0123456789abcdef\n");
  Subprocess with(Broker({"--check", "--config", Config(parts)}));
  EXPECT_EQ(with.Wait(), 0) << with.err();
}

TEST_F(ProgramTest, StartsAndStopsWhileRedisIsAway) {
  Write("ring", "k 2026-11-24T14:52:07Z 2026-11-24T14:52:07Z " + std::string(42, 'a') + "A\n");
  ConfigParts parts;
  parts.store = "redis: { uri: \"redis://127.0.0.1:1\", keyring_file: ring, spill_dir: . }";
  Subprocess broker(Broker({"--config", Config(parts)}));
  EXPECT_NE(broker.WaitForListener("grpc"), "");
  EXPECT_NE(broker.WaitForLine("store_not_found_yet"), "");
  broker.Signal(SIGTERM);
  EXPECT_EQ(broker.Wait(), 0);
}

TEST_F(ProgramTest, RefusesASpillFolderThatItCannotUse) {
  Write("ring", "k 2026-11-24T14:52:07Z 2026-11-24T14:52:07Z " + std::string(42, 'a') + "A\n");
  ConfigParts parts;
  parts.store = "redis: { uri: \"redis://127.0.0.1:1\", keyring_file: ring, spill_dir: none }";
  Subprocess broker(Broker({"--config", Config(parts)}));
  EXPECT_EQ(broker.Wait(), 2);
  EXPECT_THAT(broker.err(), HasSubstr("store.redis.spill_dir: "));
}

TEST_F(ProgramTest, SaysThatTheConfigurationIsMissing) {
  Subprocess started(Broker({"--config", folder_ + "/none.yaml"}));
  EXPECT_EQ(started.Wait(), 2);
  EXPECT_THAT(started.err(), HasSubstr("none.yaml"));
  Subprocess checked(Broker({"--check", "--config", folder_ + "/none.yaml"}));
  EXPECT_EQ(checked.Wait(), 2);
  EXPECT_THAT(checked.err(), HasSubstr("none.yaml"));
}

TEST_F(ProgramTest, PointsAtATypoByLine) {
  ConfigParts parts;
  parts.endpoints += "    scops: [ read ]\n";
  const std::string path = Config(parts);
  Subprocess started(Broker({"--config", path}));
  EXPECT_EQ(started.Wait(), 2);
  EXPECT_THAT(started.err(), HasSubstr("config.yaml:11:5: providers.demo.scops"));
  EXPECT_THAT(started.err(), Not(HasSubstr("hunter2")));
  Subprocess checked(Broker({"--check", "--config", path}));
  EXPECT_EQ(checked.Wait(), 2);
  EXPECT_EQ(checked.err(), started.err());
}

TEST_F(ProgramTest, RefusesAMissingUnreadableOrEmptySecret) {
  const std::string path = Config();
  Write("client_secret", "");
  Subprocess empty(Broker({"--config", path}));
  EXPECT_EQ(empty.Wait(), 2);
  EXPECT_THAT(empty.err(), HasSubstr("client_secret_file"));
  std::filesystem::remove(folder_ + "/client_secret");
  Subprocess missing(Broker({"--config", path}));
  EXPECT_EQ(missing.Wait(), 2);
  EXPECT_THAT(missing.err(), HasSubstr("client_secret_file"));
  // Root may read everything but a link to itself.
  std::filesystem::create_symlink("client_secret", folder_ + "/client_secret");
  Subprocess unreadable(Broker({"--config", path}));
  EXPECT_EQ(unreadable.Wait(), 2);
  EXPECT_THAT(unreadable.err(), HasSubstr("client_secret' cannot be opened"));
}

TEST_F(ProgramTest, SaysThatAPortIsTaken) {
  Subprocess first(Broker({"--config", Config()}));
  ConfigParts parts;
  parts.listen = first.WaitForListener("grpc");
  ASSERT_NE(parts.listen, "");
  Subprocess second(Broker({"--config", Config(parts)}));
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.err(), HasSubstr(absl::StrCat("\ncannot listen on ", parts.listen)));
  EXPECT_THAT(second.err(), Not(HasSubstr("\"event\":\"listening\"")));
}

TEST_F(ProgramTest, StopsOnSigtermAndSigintWithSuccess) {
  for (const int number : {SIGTERM, SIGINT}) {
    Subprocess broker(Broker({"--config", Config()}));
    ASSERT_NE(broker.WaitForListener("grpc"), "");
    broker.Signal(number);
    EXPECT_EQ(broker.Wait(), 0);
    EXPECT_THAT(broker.err(), HasSubstr("\"event\":\"stopped\""));
  }
}

TEST_F(ProgramTest, WarnsThatItIsOpen) {
  Subprocess broker(Broker({"--config", Config()}));
  EXPECT_NE(broker.WaitForLine("\"event\":\"no_policy\""), "");
  EXPECT_NE(broker.WaitForLine("\"event\":\"plaintext_listener\""), "");
}

TEST_F(ProgramTest, ServesItsApiHealthAndReflection) {
  Subprocess broker(Broker({"--config", Config()}));
  const auto channel = Connect(broker.WaitForListener("grpc"));
  EXPECT_THAT(ReflectServices(channel),
              IsSupersetOf({"tokenbroker.v1.TokenBrokerService", "grpc.health.v1.Health"}));
  EXPECT_THAT(ReflectMethods(channel, "grpc.health.v1.Health"), ElementsAre("Check", "Watch"));

  v1::GetFreshTokenRequest request;
  request.set_provider("demo");
  request.set_subject("nobody");
  grpc::ClientContext context;
  v1::GetFreshTokenResponse response;
  const grpc::Status status =
      v1::TokenBrokerService::NewStub(channel)->GetFreshToken(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND) << status.error_message();
}

TEST_F(ProgramTest, WritesOneJsonObjectALineWhateverCallersSend) {
  Subprocess broker(Broker({"--config", Config()}));
  {
    // Gone before the signal: idle, this client would hear the server's goodbye only after 5 s.
    const auto stub = v1::TokenBrokerService::NewStub(Connect(broker.WaitForListener("grpc")));
    v1::GetFreshTokenRequest request;
    request.set_provider("demo");
    request.set_subject("\xFF");
    grpc::ClientContext context;
    v1::GetFreshTokenResponse response;
    EXPECT_FALSE(stub->GetFreshToken(&context, request, &response).ok());
  }
  broker.Signal(SIGTERM);
  EXPECT_EQ(broker.Wait(), 0);
  for (const absl::string_view line : absl::StrSplit(broker.err(), '\n', absl::SkipEmpty())) {
    EXPECT_THAT(std::string(line), AllOf(StartsWith("{\"event\":"), EndsWith("}")));
  }
}

TEST_F(ProgramTest, ServesAUnixSocket) {
  ConfigParts parts;
  parts.listen = absl::StrCat("unix:", folder_, "/broker.sock");
  Subprocess broker(Broker({"--config", Config(parts)}));
  EXPECT_EQ(broker.WaitForListener("grpc"), parts.listen);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  const auto stub = grpc::health::v1::Health::NewStub(Connect(parts.listen));
  const auto statuses = stub->Watch(&context, {});
  grpc::health::v1::HealthCheckResponse last;
  // It listens before its store was heard.
  while (last.status() != grpc::health::v1::HealthCheckResponse::SERVING && statuses->Read(&last)) {
  }
  EXPECT_EQ(last.status(), grpc::health::v1::HealthCheckResponse::SERVING);
}

// A call that waits for a provider which takes connections and says nothing.
class WaitingCallTest : public ProgramTest {
 protected:
  WaitingCallTest()
      : silent_(context_, {boost::asio::ip::address_v4::loopback(), 0}), connection_(context_) {}

  void StartAndCall(const std::string& drain_timeout) {
    ConfigParts parts;
    parts.drain_timeout = drain_timeout;
    parts.endpoints =
        absl::StrCat("    issuer: http://127.0.0.1:", silent_.local_endpoint().port(), "\n");
    broker_ = std::make_unique<Subprocess>(Broker({"--config", Config(parts)}));
    stub_ = v1::TokenBrokerService::NewStub(Connect(broker_->WaitForListener("grpc")));
    call_ = std::async(std::launch::async, [this] {
      grpc::ClientContext context;
      v1::BuildLoginUriRequest request;
      request.set_provider("demo");
      request.set_subject("user-42");
      v1::BuildLoginUriResponse response;
      return stub_->BuildLoginUri(&context, request, &response);
    });
    silent_.accept(connection_);
  }

  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor silent_;
  boost::asio::ip::tcp::socket connection_;
  std::unique_ptr<Subprocess> broker_;
  std::unique_ptr<v1::TokenBrokerService::Stub> stub_;
  std::future<grpc::Status> call_;
};

TEST_F(WaitingCallTest, IsCutOffWhenTheDrainTakesTooLong) {
  StartAndCall("300ms");
  broker_->Signal(SIGTERM);
  EXPECT_EQ(broker_->Wait(), 0);
  EXPECT_FALSE(call_.get().ok());
  EXPECT_THAT(broker_->err(), HasSubstr("\"event\":\"calls_cut_off\""));
}

TEST_F(WaitingCallTest, IsWaitedForUntilItEnds) {
  StartAndCall("20s");
  broker_->Signal(SIGTERM);
  EXPECT_NE(broker_->WaitForLine("\"event\":\"draining\""), "");
  silent_.close();
  connection_.close();
  EXPECT_EQ(call_.get().error_code(), grpc::StatusCode::UNAVAILABLE);
  // See WritesOneJsonObjectALineWhateverCallersSend.
  stub_.reset();
  EXPECT_EQ(broker_->Wait(), 0);
  EXPECT_THAT(broker_->err(), Not(HasSubstr("cut_off")));
}

TEST_F(WaitingCallTest, IsNotWaitedForAfterASecondSignal) {
  StartAndCall("20s");
  broker_->Signal(SIGTERM);
  EXPECT_NE(broker_->WaitForLine("\"event\":\"draining\""), "");
  broker_->Signal(SIGINT);
  EXPECT_EQ(broker_->Wait(), 1);
  EXPECT_FALSE(call_.get().ok());
}

}  // namespace
}  // namespace tokenbroker
