// The bare limit of a hit: a gRPC callback server with the broker's options that answers
// GetFreshToken with the same bytes every time. It reads no message and makes none.
//   echo_server ADDRESS ANSWER_FILE [CERTIFICATE_FILE KEY_FILE CLIENT_CA_FILE]
// Logs that it listens as the broker does; runs until it is killed.
#include <unistd.h>

#include <iostream>

#include "base/log.h"
#include "config/snapshot.h"
#include "rpc/grpc_server.h"
#include "rpc/tls_credentials.h"
#include "rpc/token_broker_grpc.h"
#include "tests/bench/fixed_tls.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

class EchoService : public RawTokenBrokerService {
 public:
  explicit EchoService(const std::string& answer) : slice_(answer), answer_(&slice_, 1) {}

  grpc::ServerUnaryReactor* GetFreshToken(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer*,
                                          grpc::ByteBuffer* response) override {
    *response = answer_;
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const grpc::Slice slice_;
  const grpc::ByteBuffer answer_;
};

int Run(const std::vector<std::string>& words) {
  EchoService service(TestAuthority::Text(words[2]));
  std::unique_ptr<FixedTls> tls;
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (words.size() == 6) {
    tls = std::make_unique<FixedTls>(TestAuthority::Files{words[3], words[4]}, words[5]);
    credentials = MakeTlsCredentials(*tls, ClientCertificate::kRequired);
  }
  // A bound on a connection's age is one filter more in each call's way: both have it.
  const ServerConfig defaults;
  ConnectionLimits limits;
  limits.age = defaults.max_connection_age;
  limits.grace = defaults.max_connection_age_grace;
  const auto server = GrpcServer::Start(words[1], {&service}, credentials, limits);
  if (!server.ok()) {
    std::cerr << server.status().message() << std::endl;
    return 1;
  }
  Log(LogLevel::kInfo, "listening", {{"name", "grpc"}, {"address", (*server)->address()}});
  for (;;) pause();
}

}  // namespace
}  // namespace tokenbroker

int main(int argc, char** argv) {
  if (argc != 3 && argc != 6) return 2;
  return tokenbroker::Run({argv, argv + argc});
}
