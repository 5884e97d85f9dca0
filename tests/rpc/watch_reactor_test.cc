// Streams of WatchToken over gRPC.
#include "rpc/watch_reactor.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <grpcpp/create_channel.h>

#include <atomic>
#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>
#include <thread>

#include "rpc/grpc_server.h"
#include "rpc/token_broker_grpc.h"
#include "tests/rpc/fake_services.h"
#include "tests/support/known_callers.h"
#include "tests/support/metric_value.h"
#include "tests/support/temp_folder.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

// More than the windows between client and server hold.
constexpr size_t kHugeTokenBytes = size_t{8} << 20;

WatchView Token(int64_t generation, const std::string& text) {
  WatchView view;
  view.token = MakeToken(generation, text);
  view.state = WatchedState::kActive;
  view.generation = generation;
  return view;
}

WatchView State(WatchedState state) {
  WatchView view;
  view.state = state;
  return view;
}

class WatchReactorTest : public testing::Test {
 protected:
  ~WatchReactorTest() override {
    server_.reset();
    loop_.Stop();
    thread_.join();
    loop_.DropTasks();
  }

  void Listen(QuotaConfig quotas = {}, ConnectionLimits limits = {}) {
    Snapshot snapshot;
    snapshot.server.quotas = quotas;
    config_.Set(std::move(snapshot));
    AuditConfig audit = audit_config_;
    audit.sink = AuditConfig::Sink::kFile;
    audit.file = folder_.Path("audit.jsonl");
    audit_ = *AuditLog::Open(audit, metrics_);
    door_ = std::make_unique<FrontDoor>(callers_, audit_.get(), metrics_, loop_);
    service_ = std::make_unique<TokenBrokerGrpc>(token_handler_, login_handler_, handler_, *door_);
    server_ = *GrpcServer::Start("127.0.0.1:0", {service_.get()}, grpc::InsecureServerCredentials(),
                                 limits);
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    stub_ = v1::TokenBrokerService::NewStub(grpc::CreateCustomChannel(
        server_->address(), grpc::InsecureChannelCredentials(), arguments));
  }

  // One caller's stream.
  struct Client {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchTokenResponse>> reader;

    // "7", the token's generation; "ABSENT"; or how it ended.
    std::string Next() {
      v1::WatchTokenResponse message;
      if (!reader->Read(&message)) {
        status = reader->Finish();
        return absl::StrCat("end ", static_cast<int>(status.error_code()));
      }
      if (message.has_token()) return absl::StrCat(message.token().generation());
      return v1::GrantState_Name(message.status().state()).substr(12);
    }
    grpc::Status status;
  };
  std::unique_ptr<Client> Watch(const std::string& subject = "user-42") {
    auto client = std::make_unique<Client>();
    v1::WatchTokenRequest request;
    request.set_provider("spotify");
    request.set_subject(subject);
    client->reader = stub_->WatchToken(&client->context, request);
    return client;
  }
  // The use case's side of the n'th stream.
  std::shared_ptr<TokenWatcher> Watcher(size_t n = 0) {
    for (;;) {
      const auto watches = watches_.watches();
      if (watches.size() > n) return watches[n].watcher;
      std::this_thread::yield();
    }
  }
  // On the loop's thread, as the use case does it.
  template <typename Work>
  void OnLoop(Work work) {
    std::atomic<bool> done{false};
    loop_.Post([&] {
      work();
      done = true;
      done.notify_one();
    });
    done.wait(false);
  }
  void Show(const WatchView& view, size_t n = 0) {
    const auto watcher = Watcher(n);
    OnLoop([&] { watcher->Show(view); });
  }
  void UntilMetricIs(const std::string& name, const std::string& value) {
    while (MetricValue(metrics_, name) != value) std::this_thread::yield();
  }
  std::vector<std::string> AuditLines(size_t n) {
    std::vector<std::string> lines;
    while (lines.size() < n) {
      std::ifstream file(folder_.Path("audit.jsonl"));
      const std::string text(std::istreambuf_iterator<char>(file), {});
      lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
    }
    return lines;
  }

  TempFolder folder_;
  AuditConfig audit_config_;
  Metrics metrics_;
  FixedConfig config_{Snapshot()};
  Loop loop_{Clock::Real()};
  FakeTokenService tokens_;
  FakeLoginService logins_{loop_};
  FakeWatchService watches_;
  TokenHandler token_handler_{tokens_, Clock::Real()};
  LoginHandler login_handler_{logins_, loop_};
  Callers callers_{loop_, config_, nullptr, nullptr};
  WatchHandler handler_{loop_, watches_, callers_, metrics_};
  std::thread thread_{[this] { loop_.Run(); }};
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<FrontDoor> door_;
  std::unique_ptr<TokenBrokerGrpc> service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::TokenBrokerService::Stub> stub_;
};

TEST_F(WatchReactorTest, TellsWhatItIsShown) {
  Listen();
  const auto client = Watch();
  Show(State(WatchedState::kAbsent));
  EXPECT_EQ(client->Next(), "ABSENT");
  Show(Token(7, "at-7"));
  EXPECT_EQ(client->Next(), "7");
  Show(State(WatchedState::kRevoked));
  EXPECT_EQ(client->Next(), "REVOKED");
  client->context.TryCancel();
  EXPECT_EQ(client->Next(), "end 1");
}

TEST_F(WatchReactorTest, TellsATokenAndThenAStateThatIsNotActive) {
  Listen();
  const auto client = Watch();
  WatchView view = Token(7, "at-7");
  view.state = WatchedState::kFrozen;
  Show(view);
  EXPECT_EQ(client->Next(), "7");
  EXPECT_EQ(client->Next(), "FROZEN");
}

TEST_F(WatchReactorTest, ASlowReaderGetsTheNewestAndSkipsTheRest) {
  Listen();
  const auto client = Watch();
  Show(Token(1, std::string(kHugeTokenBytes, 'a')));
  for (int64_t generation = 2; generation <= 50; ++generation) Show(Token(generation, "at"));
  EXPECT_EQ(client->Next(), "1");
  EXPECT_EQ(client->Next(), "50");
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_watch_skipped_total"), "48");
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_watch_messages_total{kind=\"token\"}"), "2");
}

TEST_F(WatchReactorTest, EndsWithTheReason) {
  Listen();
  const auto client = Watch();
  const auto watcher = Watcher();
  OnLoop([&] { watcher->End(CallerNotAllowed()); });
  EXPECT_EQ(client->Next(), "end 7");
  EXPECT_THAT(client->status.error_details(), HasSubstr("CALLER_NOT_ALLOWED"));
  UntilMetricIs("tokenbroker_watches", "0");
}

TEST_F(WatchReactorTest, CountsAStreamOnceWhenItEnds) {
  Listen();
  const auto client = Watch();
  Show(Token(7, "at-7"));
  EXPECT_EQ(client->Next(), "7");
  const std::string ended = "tokenbroker_rpc_requests_total{outcome=\"CALLER_NOT_ALLOWED\"";
  EXPECT_EQ(MetricValue(metrics_, ended + ",rpc=\"WatchToken\"}"), "absent");
  const auto watcher = Watcher();
  OnLoop([&] { watcher->End(CallerNotAllowed()); });
  EXPECT_EQ(client->Next(), "end 7");
  EXPECT_EQ(MetricValue(metrics_, ended + ",rpc=\"WatchToken\"}"), "1");
  EXPECT_EQ(MetricValue(metrics_,
                        "tokenbroker_rpc_requests_total{outcome=\"OK\","
                        "rpc=\"WatchToken\"}"),
            "0");
}

TEST_F(WatchReactorTest, WhatEndsIsNotTold) {
  Listen();
  const auto client = Watch();
  const auto watcher = Watcher();
  OnLoop([&] {
    watcher->Show(Token(1, std::string(kHugeTokenBytes, 'a')));
    watcher->Show(Token(2, "not to be told"));
    watcher->End(CallerNotAllowed());
  });
  EXPECT_EQ(client->Next(), "1");
  EXPECT_EQ(client->Next(), "end 7");
}

TEST_F(WatchReactorTest, SendsClientsElsewhereWhenTheBrokerStops) {
  Listen();
  const auto client = Watch();
  Show(Token(7, "at-7"));
  EXPECT_EQ(client->Next(), "7");
  handler_.CloseAll();
  EXPECT_EQ(client->Next(), "end 14");
  EXPECT_THAT(client->status.error_message(), HasSubstr("the broker is shutting down"));
  EXPECT_EQ(Watch()->Next(), "end 14");
}

TEST_F(WatchReactorTest, AReaderWhoDoesNotReadHoldsUpNoStop) {
  Listen();
  const auto client = Watch();
  Show(Token(1, std::string(kHugeTokenBytes, 'a')));
  handler_.CloseAll();
  server_->Shutdown(absl::Minutes(5));
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_watches"), "0");
  EXPECT_EQ(client->Next(), "end 14");
}

TEST_F(WatchReactorTest, AConnectionsAgeEndsAStreamWithWhatAClientRetries) {
  ConnectionLimits limits;
  limits.age = absl::Milliseconds(200);
  limits.grace = absl::Milliseconds(200);
  Listen({}, limits);
  const auto client = Watch();
  Show(Token(7, "at-7"));
  EXPECT_EQ(client->Next(), "7");
  EXPECT_EQ(client->Next(), "end 14");
  UntilMetricIs("tokenbroker_watches", "0");
  while (!watches_.watches()[0].left) std::this_thread::yield();
}

TEST_F(WatchReactorTest, LetsACallerWatchSoManyGrantsAndNoMore) {
  QuotaConfig quotas;
  quotas.watches = 2;
  Listen(quotas);
  auto one = Watch();
  auto two = Watch();
  Show(Token(1, "at"), 0);
  Show(Token(1, "at"), 1);
  EXPECT_EQ(one->Next(), "1");
  EXPECT_EQ(two->Next(), "1");
  const auto three = Watch();
  EXPECT_EQ(three->Next(), "end 8");
  EXPECT_THAT(three->status.error_details(), HasSubstr("QUOTA_EXCEEDED"));
  one->context.TryCancel();
  EXPECT_EQ(one->Next(), "end 1");
  UntilMetricIs("tokenbroker_watches", "1");
  const auto four = Watch();
  Show(Token(4, "at"), 2);
  EXPECT_EQ(four->Next(), "4");
}

TEST_F(WatchReactorTest, TheAuditTrailHasTheBeginTheEndAndEveryTokenBetween) {
  Listen();
  const auto client = Watch();
  Show(State(WatchedState::kAbsent));
  EXPECT_EQ(client->Next(), "ABSENT");
  Show(Token(7, "at-7"));
  EXPECT_EQ(client->Next(), "7");
  client->context.TryCancel();
  EXPECT_EQ(client->Next(), "end 1");
  const std::vector<std::string> lines = AuditLines(3);
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_THAT(lines[0], HasSubstr("\"watch\":\"begin\",\"tenant\":\"default\""));
  EXPECT_THAT(lines[1], HasSubstr("\"watch\":\"token\""));
  EXPECT_THAT(lines[1], HasSubstr("\"generation\":7,\"outcome\":\"OK\",\"rule\""));
  EXPECT_THAT(lines[2], HasSubstr("\"watch\":\"end\""));
  EXPECT_THAT(lines[2], HasSubstr("\"outcome\":\"CANCELLED\""));
}

TEST_F(WatchReactorTest, WhoIsNotLetWatchLeavesOneLine) {
  Listen();
  EXPECT_EQ(Watch(std::string(300, 'x'))->Next(), "end 3");
  const std::vector<std::string> lines = AuditLines(1);
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_THAT(lines[0], HasSubstr("\"outcome\":\"FIELD_INVALID\""));
  EXPECT_THAT(lines[0], testing::Not(HasSubstr("\"watch\"")));
}

TEST_F(WatchReactorTest, StreamsThatComeAndGoAtOnceLeaveNothingBehind) {
  Listen();
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([this] {
      for (int i = 0; i < 100; ++i) {
        const auto client = Watch();
        if (i % 3 == 0) std::this_thread::yield();
        client->context.TryCancel();
        EXPECT_EQ(client->Next(), "end 1");
      }
    });
  }
  std::atomic<bool> stops{false};
  std::thread shower([&] {
    for (int64_t generation = 1; !stops; ++generation) {
      OnLoop([&] {
        for (const auto& watch : watches_.watches()) watch.watcher->Show(Token(generation, "at"));
      });
    }
  });
  for (std::thread& caller : callers) caller.join();
  stops = true;
  shower.join();
  UntilMetricIs("tokenbroker_watches", "0");
  server_.reset();
  OnLoop([] {});
  for (const auto& watch : watches_.watches()) EXPECT_TRUE(watch.left);
}

}  // namespace
}  // namespace tokenbroker
