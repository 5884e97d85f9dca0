// The bare limit of a hit: a gRPC callback server with the broker's options that answers
// GetFreshToken with the same bytes every time. It reads no message and makes none.
//   echo_server ADDRESS ANSWER_FILE [CERTIFICATE_FILE KEY_FILE CLIENT_CA_FILE]
//   echo_server ADDRESS ANSWER_FILE SECONDS    as a herd is answered: calls wait until the first of
//                                              them has waited so long, and are all answered then
//   echo_server ADDRESS ANSWER_FILE get SOCKET KEY    as a miss is answered: after a GET of KEY
//   from
//                                              the Redis at SOCKET, by the event loop
// Logs that it listens as the broker does; runs until it is killed.
#include <absl/strings/numbers.h>
#include <absl/time/clock.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "config/snapshot.h"
#include "io/loop.h"
#include "redis/make_redis_client.h"
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
    Answer(reactor);
    return reactor;
  }

 protected:
  virtual void Answer(grpc::ServerUnaryReactor* reactor) { reactor->Finish(grpc::Status::OK); }

 private:
  const grpc::Slice slice_;
  const grpc::ByteBuffer answer_;
};

class HerdService final : public EchoService {
 public:
  HerdService(const std::string& answer, absl::Duration time)
      : EchoService(answer), time_(time), thread_([this] { AnswerHerds(); }) {}

 private:
  void Answer(grpc::ServerUnaryReactor* reactor) override {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(reactor);
    if (waiting_.size() == 1) first_came_.notify_one();
  }

  [[noreturn]] void AnswerHerds() {
    for (;;) {
      std::unique_lock lock(mutex_);
      first_came_.wait(lock, [this] { return !waiting_.empty(); });
      lock.unlock();
      absl::SleepFor(time_);
      lock.lock();
      const std::vector<grpc::ServerUnaryReactor*> herd = std::exchange(waiting_, {});
      lock.unlock();
      for (grpc::ServerUnaryReactor* reactor : herd) reactor->Finish(grpc::Status::OK);
    }
  }

  const absl::Duration time_;
  std::mutex mutex_;
  std::condition_variable first_came_;
  std::vector<grpc::ServerUnaryReactor*> waiting_;
  // Last: it uses the others.
  std::thread thread_;
};

class GetService final : public EchoService {
 public:
  GetService(const std::string& answer, const std::string& socket, std::string key)
      : EchoService(answer),
        key_(std::move(key)),
        client_(MakeRedisClient(loop_, OptionsFor(socket), 1)),
        thread_([this] { loop_.Run(); }) {}

 private:
  static RedisOptions OptionsFor(const std::string& socket) {
    RedisOptions options;
    options.endpoints.emplace_back();
    options.endpoints.back().unix_path = socket;
    return options;
  }

  void Answer(grpc::ServerUnaryReactor* reactor) override { loop_.Spawn(GetFor(reactor)); }

  Task<void> GetFor(grpc::ServerUnaryReactor* reactor) {
    RedisCommand get{key_, {"GET", key_}, Clock::Real().SteadyNow() + absl::Seconds(10)};
    const absl::StatusOr<RedisReply> reply = co_await client_->Call(std::move(get));
    if (!reply.ok() || reply->text.empty()) std::abort();
    reactor->Finish(grpc::Status::OK);
  }

  const std::string key_;
  Loop loop_{Clock::Real()};
  const std::unique_ptr<RedisClient> client_;
  // Last: it uses the others.
  std::thread thread_;
};

std::unique_ptr<EchoService> MakeService(const std::vector<std::string>& words) {
  const std::string answer = TestAuthority::Text(words[2]);
  if (words.size() == 6 && words[3] == "get") {
    return std::make_unique<GetService>(answer, words[4], words[5]);
  }
  double seconds = 0;
  if (words.size() != 4) return std::make_unique<EchoService>(answer);
  if (!absl::SimpleAtod(words[3], &seconds)) return nullptr;
  return std::make_unique<HerdService>(answer, absl::Seconds(seconds));
}

int Run(const std::vector<std::string>& words) {
  const std::unique_ptr<EchoService> service = MakeService(words);
  if (service == nullptr) return 2;
  std::unique_ptr<FixedTls> tls;
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (words.size() == 6 && words[3] != "get") {
    tls = std::make_unique<FixedTls>(TestAuthority::Files{words[3], words[4]}, words[5]);
    credentials = MakeTlsCredentials(*tls, ClientCertificate::kRequired);
  }
  // A bound on a connection's age is one filter more in each call's way: both have it.
  const ServerConfig defaults;
  ConnectionLimits limits;
  limits.age = defaults.max_connection_age;
  limits.grace = defaults.max_connection_age_grace;
  const auto server = GrpcServer::Start(words[1], {service.get()}, credentials, limits);
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
  if (argc != 3 && argc != 4 && argc != 6) return 2;
  return tokenbroker::Run({argv, argv + argc});
}
