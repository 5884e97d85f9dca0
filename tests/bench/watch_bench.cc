// What a stream of WatchToken costs that nothing happens on: bytes of the server's resident memory,
// each with a grant of its own in the cache, in plaintext and over mTLS; and how long it takes
// until all of one grant's watchers have its next token.
//
// The server runs in a child process; the streams come over connections of a thousand each.
#include <absl/strings/str_cat.h>
#include <gperftools/malloc_extension.h>
#include <grpcpp/create_channel.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <tokenbroker/v1/token_broker.grpc.pb.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <thread>
#include <vector>

#include "broker/token_watches.h"
#include "crypto/random.h"
#include "rpc/grpc_server.h"
#include "rpc/tls_credentials.h"
#include "rpc/token_broker_grpc.h"
#include "store/memory_store.h"
#include "tests/bench/bench_line.h"
#include "tests/bench/fixed_tls.h"
#include "tests/bench/process_cost.h"
#include "tests/broker/fake_spill.h"
#include "tests/rpc/fake_services.h"
#include "tests/support/fake_provider_resolver.h"
#include "tests/support/fake_token_endpoint.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

constexpr int kStreams = 10'000;
constexpr int kPerConnection = 1000;
constexpr char kCaller[] = "spiffe://prod.example/ns/music/sa/player";
// One line to the child's standard input logs the shared grant's user in again.
constexpr char kShared[] = "shared";

// The store's and the loop's side of the server.
class Broker {
 public:
  Broker() {
    Snapshot snapshot;
    ProviderConfig provider;
    provider.name = "spotify";
    snapshot.providers[provider.name] = std::make_shared<const ProviderConfig>(provider);
    snapshot.server.quotas.watches = kStreams;
    config.Set(std::move(snapshot));
  }

  Task<void> Store(std::string subject) {
    PutGrantRequest put;
    put.kind = PutKind::kLogin;
    put.attempt = RandomBytes(16);
    put.generation = absl::ToUnixMillis(Clock::Real().TimeNow());
    put.not_after = SteadyTime::InfiniteFuture();
    Grant& grant = put.record;
    grant.key = {"default", "spotify", std::move(subject)};
    grant.access_token = Secret(std::string(200, 'a'));
    grant.refresh_token = Secret("refresh");
    grant.token_type = "Bearer";
    grant.scopes = {"playlist-read-private", "user-read-email"};
    grant.owner = kCaller;
    grant.issued_at = Clock::Real().TimeNow();
    grant.expires_at = grant.issued_at + absl::Hours(1);
    PutGrantAnswer answer = co_await store.PutGrant(put);
    if (answer.outcome != PutGrantAnswer::Outcome::kRenumber) co_return;
    put.generation = answer.generation + 1;
    answer = co_await store.PutGrant(put);
  }
  Task<void> StoreAll(int out) {
    for (int i = 0; i < kStreams; ++i) co_await Store(absl::StrCat("user-", i));
    co_await Store(kShared);
    MallocExtension::instance()->ReleaseFreeMemory();
    if (write(out, "stored\n", 7) < 0) std::abort();
  }

  Loop loop{Clock::Real()};
  Metrics metrics;
  FixedConfig config{Snapshot()};
  MemoryStore store{loop, Clock::Real()};
  FakeSpill spill;
  FakeTokenEndpoint endpoint{loop};
  FakeProviderResolver resolver;
  TokenCache cache{250'000};
  Jitter jitter{1};
  BrokerParts parts{loop, metrics, config, store, spill, resolver, endpoint, cache, jitter};
  TokenBroker broker{parts};
  TokenWatches watches{parts, broker};
};

// Never returns. Writes the address, and "stored" when it has its grants.
[[noreturn]] void Serve(const TlsSource* tls, const std::string& audit_file, int in, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Broker broker;
  FakeTokenService tokens;
  TokenHandler handler(tokens, Clock::Real());
  FakeLoginService logins(broker.loop);
  LoginHandler login_handler(logins, broker.loop);
  Callers callers(broker.loop, broker.config, tls, nullptr);
  AuditConfig audit_config;
  audit_config.sink = AuditConfig::Sink::kFile;
  audit_config.file = audit_file;
  audit_config.queue_lines = 100'000;
  const std::unique_ptr<AuditLog> audit = *AuditLog::Open(audit_config, broker.metrics);
  FrontDoor door(callers, audit.get(), broker.metrics, broker.loop);
  WatchHandler watch_handler(broker.loop, broker.watches, callers, broker.metrics);
  TokenBrokerGrpc service(handler, login_handler, watch_handler, door);
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (tls != nullptr) credentials = MakeTlsCredentials(*tls, ClientCertificate::kRequired);
  const auto server = *GrpcServer::Start("127.0.0.1:0", {&service}, credentials);
  const std::string line = absl::StrCat(server->address(), "\n");
  if (write(out, line.data(), line.size()) < 0) std::abort();
  broker.loop.Spawn(broker.StoreAll(out));
  std::thread logs_in([&] {
    for (char byte = 0; read(in, &byte, 1) == 1;) broker.loop.Spawn(broker.Store(kShared));
  });
  broker.loop.Run();
  std::abort();
}

// So many streams, opened and read by one thread, without a thread each.
class Streams {
 public:
  Streams(const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials,
          int count, bool is_shared) {
    for (int i = 0; i < count; ++i) {
      if (i % kPerConnection == 0) {
        grpc::ChannelArguments own_connection;
        own_connection.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        stubs_.push_back(v1::TokenBrokerService::NewStub(
            grpc::CreateCustomChannel(address, credentials, own_connection)));
      }
      auto stream = std::make_unique<Stream>();
      v1::WatchTokenRequest request;
      request.set_provider("spotify");
      request.set_subject(is_shared ? kShared : absl::StrCat("user-", i));
      stream->reader =
          stubs_.back()->AsyncWatchToken(&stream->context, request, &queue_, stream.get());
      streams_.push_back(std::move(stream));
      Take();
    }
  }
  ~Streams() {
    for (const auto& stream : streams_) stream->context.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  // When each stream has its next message, in order, from now.
  std::vector<absl::Duration> ReadOne() {
    const SteadyTime start = Clock::Real().SteadyNow();
    for (const auto& stream : streams_) stream->reader->Read(&stream->message, stream.get());
    std::vector<absl::Duration> times;
    for (size_t i = 0; i < streams_.size(); ++i) {
      Take();
      times.push_back(Clock::Real().SteadyNow() - start);
    }
    return times;
  }

 private:
  struct Stream {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientAsyncReader<v1::WatchTokenResponse>> reader;
    v1::WatchTokenResponse message;
  };

  void Take() {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.Next(&tag, &ok) && ok) return;
    std::cerr << "a stream ended\n";
    std::abort();
  }

  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<v1::TokenBrokerService::Stub>> stubs_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

double Milliseconds(absl::Duration d) { return absl::ToDoubleMilliseconds(d); }

void Measure(const char* name, const TlsSource* tls,
             const std::function<std::shared_ptr<grpc::ChannelCredentials>()>& make_credentials) {
  TempFolder folder;
  int from_child[2];
  int to_child[2];
  if (pipe(from_child) != 0 || pipe(to_child) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) Serve(tls, folder.Path("audit.jsonl"), to_child[0], from_child[1]);
  FILE* lines = fdopen(from_child[0], "r");
  char address[64] = {};
  char stored[64] = {};
  if (fscanf(lines, "%63s %63s", address, stored) != 2) std::abort();

  const auto credentials = make_credentials();
  // What the first streams bring into being is not theirs.
  {
    Streams(address, credentials, 100, false).ReadOne();
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const int64_t before = ResidentBytesOf(child);
  {
    Streams idle(address, credentials, kStreams, false);
    idle.ReadOne();
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const int64_t after = ResidentBytesOf(child);
    Report({absl::StrCat("watch/", name, "/bytes_per_idle_stream"),
            static_cast<double>(after - before) / kStreams,
            AtMost(24 * 1024),
            {{"streams", kStreams}}});
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  Streams shared(address, credentials, kStreams - 1, true);
  shared.ReadOne();
  if (write(to_child[1], "x", 1) != 1) std::abort();
  const std::vector<absl::Duration> times = shared.ReadOne();
  Report({absl::StrCat("watch/", name, "/next_token_of_9999_watchers_ms"),
          Milliseconds(times.back()),
          {},
          {{"first_ms", Milliseconds(times.front())},
           {"half_ms", Milliseconds(times[times.size() / 2])}}});
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

// One kind for each run: gRPC must not be in use when the child is forked.
int Run(const std::string& kind) {
  if (kind == "plaintext") {
    Measure("plaintext", nullptr, grpc::InsecureChannelCredentials);
    return 0;
  }
  TestAuthority authority;
  const TestAuthority::Files server = authority.Issue("IP:127.0.0.1");
  const TestAuthority::Files client = authority.Issue(absl::StrCat("URI:", kCaller));
  const FixedTls tls(server, authority.ca_file());
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = TestAuthority::Text(authority.ca_file());
  options.pem_cert_chain = TestAuthority::Text(client.certificate);
  options.pem_private_key = TestAuthority::Text(client.key);
  Measure("mtls", &tls, [&options] { return grpc::SslCredentials(options); });
  return 0;
}

}  // namespace
}  // namespace tokenbroker

int main(int argc, char** argv) { return tokenbroker::Run(argc > 1 ? argv[1] : "plaintext"); }
