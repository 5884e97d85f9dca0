// What it costs to know the caller, ask the policy and keep the audit trail, on a hit over mTLS:
// CPU time of the server per call, against the same call without them.
//
// Both servers run in a child process; this one calls them in turns, so that whatever else the
// machine does falls on both alike.
#include <absl/strings/str_cat.h>
#include <grpcpp/create_channel.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <tokenbroker/v1/token_broker.grpc.pb.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <iostream>
#include <thread>
#include <vector>

#include "rpc/front_door.h"
#include "rpc/grpc_call.h"
#include "rpc/grpc_server.h"
#include "rpc/tls_credentials.h"
#include "rpc/token_broker_grpc.h"
#include "tests/bench/bench_line.h"
#include "tests/bench/fixed_tls.h"
#include "tests/bench/pairs.h"
#include "tests/bench/process_cost.h"
#include "tests/bench/twenty_rules.h"
#include "tests/rpc/fake_services.h"
#include "tests/support/known_callers.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

constexpr int kRounds = 300;
constexpr int kCallers = 4;
constexpr std::chrono::milliseconds kTurn(40);
constexpr char kCaller[] = "spiffe://prod.example/ns/music/sa/player";

// Answers from memory with a token of an hour, as large as providers make them.
std::shared_ptr<CachedToken> Token() {
  auto token = MakeToken(1'800'000'000'000, std::string(200, 'a'));
  ChangeTraits(token.get(), [](TokenTraits* t) {
    t->scopes = {"playlist-read-private", "user-read-email"};
    t->owner = kCaller;
  });
  return token;
}

// The same call for a caller that nobody asks about.
class BareService : public RawTokenBrokerService {
 public:
  explicit BareService(TokenHandler& tokens) : tokens_(tokens) {}

  grpc::ServerUnaryReactor* GetFreshToken(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    FreshRequest message;
    FreshAnswer answer;
    const GrpcCall call = {nullptr, Visit(Rpc::kGetFreshToken, context), reactor, response};
    if (!ReadMessage(*request, &message)) std::abort();
    const CallInfo info{caller_, DeadlineOf(*context, Clock::Real().SteadyNow())};
    tokens_.GetFreshToken(info, message, &answer, [&call, &answer](absl::Status status) {
      if (!status.ok()) return FinishRefused(call, status);
      Finish(call, ToBytes(answer));
    });
    return reactor;
  }

 private:
  TokenHandler& tokens_;
  const KnownCallerPtr caller_ = AnyCaller();
};

struct Addresses {
  std::string bare;
  std::string full;
};

// Never returns. Writes the two addresses, a line each.
[[noreturn]] void Serve(const FixedTls& tls, const std::string& audit_file, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  PinProcess(getpid(), kServerProcessor);
  FakeTokenService tokens;
  tokens.cached = Token();
  TokenHandler handler(tokens, Clock::Real());
  Loop loop(Clock::Real());
  FakeLoginService logins(loop);
  LoginHandler login_handler(logins, loop);
  Metrics metrics;
  Snapshot snapshot;
  snapshot.policy = TwentyRules();
  FixedConfig config(std::move(snapshot));
  Callers callers(loop, config, &tls, nullptr);
  AuditConfig audit_config;
  audit_config.sink = AuditConfig::Sink::kFile;
  audit_config.file = audit_file;
  const std::unique_ptr<AuditLog> audit = *AuditLog::Open(audit_config, metrics);
  FrontDoor door(callers, audit.get(), metrics, loop);
  BareService bare(handler);
  FakeWatchService watches;
  WatchHandler watch_handler(loop, watches, callers, metrics);
  TokenBrokerGrpc full(handler, login_handler, watch_handler, door);
  const auto required = ClientCertificate::kRequired;
  const auto bare_server =
      *GrpcServer::Start("127.0.0.1:0", {&bare}, MakeTlsCredentials(tls, required));
  const auto full_server =
      *GrpcServer::Start("127.0.0.1:0", {&full}, MakeTlsCredentials(tls, required));
  const std::string lines =
      absl::StrCat(bare_server->address(), "\n", full_server->address(), "\n");
  if (write(out, lines.data(), lines.size()) < 0) std::abort();
  loop.Run();
  std::abort();
}

struct Turn {
  double cpu_us = 0;
};

// Calls one server for a turn; its CPU microseconds per call.
class Turns {
 public:
  Turns(pid_t server, const std::string& address,
        const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : server_(server) {
    for (int i = 0; i < kCallers; ++i) {
      grpc::ChannelArguments own_connection;
      own_connection.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      stubs_.push_back(v1::TokenBrokerService::NewStub(
          grpc::CreateCustomChannel(address, credentials, own_connection)));
    }
  }

  Turn Take() {
    const double before = CpuSecondsOf(server_);
    std::atomic<bool> stop{false};
    std::atomic<int64_t> calls{0};
    std::vector<std::thread> callers;
    for (const auto& stub : stubs_) {
      callers.emplace_back([&] {
        while (!stop) calls += Call(*stub);
      });
    }
    std::this_thread::sleep_for(kTurn);
    stop = true;
    for (std::thread& caller : callers) caller.join();
    return {(CpuSecondsOf(server_) - before) * 1e6 / static_cast<double>(calls)};
  }

 private:
  static int Call(v1::TokenBrokerService::Stub& stub) {
    grpc::ClientContext context;
    v1::GetFreshTokenRequest request;
    request.set_provider("spotify");
    request.set_subject("user-42/home");
    v1::GetFreshTokenResponse response;
    const grpc::Status status = stub.GetFreshToken(&context, request, &response);
    if (!status.ok()) {
      std::cerr << status.error_message() << std::endl;
      std::abort();
    }
    return 1;
  }

  const pid_t server_;
  std::vector<std::unique_ptr<v1::TokenBrokerService::Stub>> stubs_;
};

Addresses ReadAddresses(int in) {
  FILE* file = fdopen(in, "r");
  char bare[64] = {};
  char full[64] = {};
  if (fscanf(file, "%63s %63s", bare, full) != 2) std::abort();
  return {bare, full};
}

int Run() {
  TestAuthority authority;
  TempFolder folder;
  const TestAuthority::Files server = authority.Issue("IP:127.0.0.1");
  const TestAuthority::Files client = authority.Issue(absl::StrCat("URI:", kCaller));
  const FixedTls tls(server, authority.ca_file());
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) Serve(tls, folder.Path("audit.jsonl"), pipe_ends[1]);

  PinProcess(getpid(), kDriverProcessor);
  const Addresses addresses = ReadAddresses(pipe_ends[0]);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = TestAuthority::Text(authority.ca_file());
  options.pem_cert_chain = TestAuthority::Text(client.certificate);
  options.pem_private_key = TestAuthority::Text(client.key);
  const auto credentials = grpc::SslCredentials(options);
  Turns bare(child, addresses.bare, credentials);
  Turns full(child, addresses.full, credentials);
  bare.Take();
  full.Take();
  const auto pairs =
      Pairs<Turn>::Take([&full] { return full.Take(); }, [&bare] { return bare.Take(); }, kRounds);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  Report({"admission/mtls/cpu_us",
          pairs.Ratio(&Turn::cpu_us),
          {},
          {{"with", pairs.Ours(&Turn::cpu_us)}, {"without", pairs.Baseline(&Turn::cpu_us)}}});
  return 0;
}

}  // namespace
}  // namespace tokenbroker

int main() { return tokenbroker::Run(); }
