// Quotas and the audit trail, over gRPC.
#include "rpc/front_door.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>
#include <thread>

#include "rpc/grant_admin_grpc.h"
#include "rpc/grpc_server.h"
#include "rpc/token_broker_grpc.h"
#include "tests/rpc/fake_grant_admin.h"
#include "tests/rpc/fake_services.h"
#include "tests/support/known_callers.h"
#include "tests/support/metric_value.h"
#include "tests/support/temp_folder.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class FrontDoorTest : public testing::Test {
 protected:
  ~FrontDoorTest() override {
    server_.reset();
    loop_.Stop();
    thread_.join();
    loop_.DropTasks();
  }

  void Listen(Snapshot snapshot = {}, AuditConfig audit = {}) {
    config_.Set(std::move(snapshot));
    audit.sink = AuditConfig::Sink::kFile;
    audit.file = folder_.Path("audit.jsonl");
    audit_ = *AuditLog::Open(audit, metrics_);
    door_ = std::make_unique<FrontDoor>(callers_, audit_.get(), metrics_, loop_);
    tokens_service_ =
        std::make_unique<TokenBrokerGrpc>(token_handler_, login_handler_, watch_handler_, *door_);
    admin_service_ = std::make_unique<GrantAdminGrpc>(admin_handler_, *door_);
    auto server = GrpcServer::Start("127.0.0.1:0", {tokens_service_.get(), admin_service_.get()});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto channel =
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    tokens_stub_ = v1::TokenBrokerService::NewStub(channel);
    admin_stub_ = v1::GrantAdminService::NewStub(channel);
  }
  static Snapshot WithQuotas(QuotaConfig quotas) {
    Snapshot snapshot;
    snapshot.server.quotas = quotas;
    return snapshot;
  }

  grpc::Status GetToken(const std::string& subject = "user-42", const std::string& trace = "") {
    grpc::ClientContext context;
    if (!trace.empty()) context.AddMetadata("traceparent", trace);
    v1::GetFreshTokenRequest request;
    request.set_provider("spotify");
    request.set_subject(subject);
    v1::GetFreshTokenResponse response;
    return tokens_stub_->GetFreshToken(&context, request, &response);
  }

  // The lines of the audit trail, when there are so many.
  std::vector<boost::json::object> Lines(size_t n) {
    std::vector<boost::json::object> out;
    while (out.size() < n) {
      out.clear();
      std::ifstream file(folder_.Path("audit.jsonl"));
      text_ = std::string(std::istreambuf_iterator<char>(file), {});
      for (const absl::string_view line : absl::StrSplit(text_, '\n', absl::SkipEmpty())) {
        boost::json::error_code error;
        const boost::json::value value =
            boost::json::parse(boost::json::string_view(line.data(), line.size()), error);
        if (!error) out.push_back(value.as_object());
      }
    }
    return out;
  }
  static std::string Field(const boost::json::object& line, const char* name) {
    const boost::json::value* value = line.if_contains(name);
    if (value == nullptr) return "";
    return value->is_string() ? std::string(value->get_string()) : absl::StrCat(value->as_int64());
  }

  TempFolder folder_;
  Metrics metrics_;
  FixedConfig config_{Snapshot()};
  Loop loop_{Clock::Real()};
  FakeTokenService tokens_;
  FakeLoginService logins_{loop_};
  FakeGrantAdmin admin_;
  TokenHandler token_handler_{tokens_, Clock::Real()};
  LoginHandler login_handler_{logins_, loop_};
  GrantAdminHandler admin_handler_{admin_, loop_};
  Callers callers_{loop_, config_, nullptr, nullptr};
  FakeWatchService watches_;
  WatchHandler watch_handler_{loop_, watches_, callers_, metrics_};
  std::thread thread_{[this] { loop_.Run(); }};
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<FrontDoor> door_;
  std::unique_ptr<TokenBrokerGrpc> tokens_service_;
  std::unique_ptr<GrantAdminGrpc> admin_service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::TokenBrokerService::Stub> tokens_stub_;
  std::unique_ptr<v1::GrantAdminService::Stub> admin_stub_;
  std::string text_;
};

TEST_F(FrontDoorTest, TellsWhoGotWhichGeneration) {
  Listen();
  ASSERT_TRUE(GetToken("user-42", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").ok());
  const auto lines = Lines(1);
  EXPECT_EQ(Field(lines[0], "caller"), "anonymous");
  EXPECT_EQ(Field(lines[0], "rpc"), "GetFreshToken");
  EXPECT_EQ(Field(lines[0], "tenant"), "default");
  EXPECT_EQ(Field(lines[0], "provider"), "spotify");
  EXPECT_EQ(Field(lines[0], "subject"), "user-42");
  EXPECT_EQ(Field(lines[0], "generation"), "7");
  EXPECT_EQ(Field(lines[0], "outcome"), "OK");
  EXPECT_EQ(Field(lines[0], "rule"), "no policy");
  EXPECT_THAT(Field(lines[0], "peer"), HasSubstr("127.0.0.1:"));
  EXPECT_EQ(Field(lines[0], "trace_id"), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_THAT(text_, Not(HasSubstr("at-7"))) << "the token";
}

TEST_F(FrontDoorTest, TellsRefusalsByTheirReason) {
  Listen();
  tokens_.answer = [](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    Refusal refusal;
    refusal.reason = Reason::kReauthorizationRequired;
    refusal.cause = "rotation_lost";
    refusal.generation = 11;
    done(ToStatus(refusal));
  };
  EXPECT_FALSE(GetToken().ok());
  const auto lines = Lines(1);
  EXPECT_EQ(Field(lines[0], "outcome"), "REAUTHORIZATION_REQUIRED");
  EXPECT_EQ(Field(lines[0], "cause"), "rotation_lost");
  EXPECT_EQ(Field(lines[0], "generation"), "11");
}

TEST_F(FrontDoorTest, CountsAndMeasuresEveryCallThatEnds) {
  Listen();
  EXPECT_TRUE(GetToken().ok());
  tokens_.answer = [](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    done(FieldInvalid("subject", "is empty"));
  };
  EXPECT_EQ(GetToken("").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const std::string requests = "tokenbroker_rpc_requests_total{outcome=\"";
  EXPECT_EQ(MetricValue(metrics_, requests + "OK\",rpc=\"GetFreshToken\"}"), "1");
  EXPECT_EQ(MetricValue(metrics_, requests + "FIELD_INVALID\",rpc=\"GetFreshToken\"}"), "1");
  const std::string duration = "tokenbroker_rpc_duration_seconds_";
  EXPECT_EQ(MetricValue(metrics_, duration + "count{rpc=\"GetFreshToken\"}"), "2");
  // Of no call that began at the epoch.
  EXPECT_EQ(MetricValue(metrics_, duration + "bucket{rpc=\"GetFreshToken\",le=\"30\"}"), "2");
}

TEST_F(FrontDoorTest, TellsDenialsWithoutARule) {
  Snapshot snapshot;
  snapshot.policy = std::make_shared<const Policy>(std::vector<PolicyRule>());
  Listen(std::move(snapshot));
  EXPECT_EQ(GetToken().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  const auto lines = Lines(1);
  EXPECT_EQ(Field(lines[0], "outcome"), "CALLER_NOT_ALLOWED");
  EXPECT_EQ(Field(lines[0], "rule"), "");
  EXPECT_EQ(Field(lines[0], "subject"), "user-42");
}

TEST_F(FrontDoorTest, TellsAdministrativeActsAndWhoseGrantALoginWasOf) {
  Listen();
  admin_.view->grant.generation = 9;
  {
    grpc::ClientContext context;
    v1::RevokeGrantRequest request;
    request.set_tenant("music");
    request.set_provider("spotify");
    request.set_subject("user-1");
    v1::RevokeGrantResponse response;
    ASSERT_TRUE(admin_stub_->RevokeGrant(&context, request, &response).ok());
  }
  logins_.completed->grant.key = {"films", "spotify", "user-2"};
  logins_.exchanged_key = {"films", "spotify", "user-2"};
  logins_.completed->grant.generation = 5;
  {
    grpc::ClientContext context;
    v1::ExchangeCodeRequest request;
    request.set_callback_uri("https://app/callback?code=the-code&state=the-state");
    v1::ExchangeCodeResponse response;
    ASSERT_TRUE(tokens_stub_->ExchangeCode(&context, request, &response).ok());
  }
  const auto lines = Lines(2);
  EXPECT_EQ(Field(lines[0], "rpc"), "RevokeGrant");
  EXPECT_EQ(Field(lines[0], "tenant"), "music");
  EXPECT_EQ(Field(lines[0], "subject"), "user-1");
  EXPECT_EQ(Field(lines[0], "generation"), "9");
  EXPECT_EQ(Field(lines[1], "rpc"), "ExchangeCode");
  EXPECT_EQ(Field(lines[1], "tenant"), "films");
  EXPECT_EQ(Field(lines[1], "subject"), "user-2");
  EXPECT_EQ(Field(lines[1], "generation"), "5");
  EXPECT_THAT(text_, Not(HasSubstr("the-code")));
  EXPECT_THAT(text_, Not(HasSubstr("the-state")));
}

TEST_F(FrontDoorTest, TellsWhoseLoginWasRefused) {
  Listen();
  logins_.exchanged_key = {"films", "spotify", "user-2"};
  logins_.completed = absl::PermissionDeniedError("not bound");
  grpc::ClientContext context;
  v1::ExchangeCodeRequest request;
  request.set_callback_uri("https://app/callback?code=c&state=s");
  v1::ExchangeCodeResponse response;
  EXPECT_FALSE(tokens_stub_->ExchangeCode(&context, request, &response).ok());
  const auto lines = Lines(1);
  EXPECT_EQ(Field(lines[0], "tenant"), "films");
  EXPECT_EQ(Field(lines[0], "subject"), "user-2");
}

TEST_F(FrontDoorTest, TellsOfHowManyGrantsAnActWas) {
  Listen();
  grpc::ClientContext context;
  v1::RevokeGrantsRequest request;
  request.set_provider("spotify");
  request.set_dry_run(true);
  v1::RevokeGrantsResponse response;
  ASSERT_TRUE(admin_stub_->RevokeGrants(&context, request, &response).ok());
  const auto lines = Lines(1);
  EXPECT_EQ(Field(lines[0], "grants"), "3");
  EXPECT_TRUE(lines[0].at("dry_run").as_bool());
  EXPECT_EQ(Field(lines[0], "tenant"), "") << "it could be of several";
}

TEST_F(FrontDoorTest, ACallerWritesNoMoreThanSoMuchIntoItsLine) {
  Listen();
  tokens_.answer = [](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    done(FieldInvalid("subject", "is too long"));
  };
  EXPECT_FALSE(GetToken(std::string(60'000, '\x01')).ok());
  EXPECT_EQ(Field(Lines(1)[0], "subject"), std::string(256, '\x01'));
}

TEST_F(FrontDoorTest, HashesSubjectsWhenToldTo) {
  AuditConfig audit;
  audit.subjects = AuditConfig::Subjects::kHashed;
  audit.hash_key_file = folder_.Write("key", "key");
  Listen({}, audit);
  ASSERT_TRUE(GetToken().ok());
  const auto lines = Lines(1);
  EXPECT_EQ(Field(lines[0], "subject_hash"), "0983e4f61237ae8c632bef7116a23826");
  EXPECT_THAT(text_, Not(HasSubstr("user-42")));
}

TEST_F(FrontDoorTest, ACallerThatCallsTooOftenIsToldWhenToCallAgain) {
  Listen(WithQuotas({0.001, 2, 1000}));
  EXPECT_TRUE(GetToken().ok());
  EXPECT_TRUE(GetToken().ok());
  const grpc::Status third = GetToken();
  EXPECT_EQ(third.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(third.error_message(), HasSubstr("too many calls"));
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_calls_over_quota_total"), "1");
  ASSERT_TRUE(Lines(2).size() == 2u) << "a call that was not let in leaves no line";
}

TEST(FrontDoorQuotaTest, ACallerWhoWasLongFoundOutCountsWhenItIsLetIn) {
  SimulatedClock clock;
  Loop loop(clock);
  Metrics metrics;
  FixedConfig config{Snapshot()};
  Callers callers(loop, config, nullptr, nullptr);
  FrontDoor door(callers, nullptr, metrics, loop);
  QuotaConfig quota;
  quota.calls_per_second = 1;
  const KnownCallerPtr caller = CallerUnder(AnythingRule(), "dns:music.internal", quota);
  grpc::CallbackServerContext context;
  Visit slow(Rpc::kGetFreshToken, &context);
  slow.begun = clock.SteadyNow();
  // The API server takes its time over this caller's token; another call of its comes meanwhile.
  clock.AdvanceTime(absl::Seconds(10));
  Visit quick(Rpc::kGetFreshToken, &context);
  quick.begun = clock.SteadyNow();
  EXPECT_TRUE(door.LetIn(caller, &quick).ok());
  clock.AdvanceTime(absl::Seconds(1));
  EXPECT_TRUE(door.LetIn(caller, &slow).ok());
}

TEST_F(FrontDoorTest, ACallerWithTooManyWaitingCallsStillGetsWhatIsInMemory) {
  Listen(WithQuotas({0, 1, 2}));
  std::vector<TokenService::Done> waiting;
  std::atomic<int> asked{0};
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    waiting.push_back(std::move(done));
    ++asked;
  };
  std::vector<std::thread> callers;
  for (int i = 1; i <= 2; ++i) {
    callers.emplace_back([this] { EXPECT_TRUE(GetToken().ok()); });
    while (asked < i) std::this_thread::yield();
  }
  EXPECT_EQ(GetToken().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  tokens_.cached = MakeToken(7, "at-7");
  EXPECT_TRUE(GetToken().ok());
  tokens_.cached = nullptr;
  for (TokenService::Done& done : waiting) {
    done(FreshToken{MakeToken(8, "at-8"), TokenSource::kStore});
  }
  for (std::thread& caller : callers) caller.join();
  tokens_.answer = [](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    done(FreshToken{MakeToken(9, "at-9"), TokenSource::kStore});
  };
  EXPECT_TRUE(GetToken().ok()) << "their places are free again";
}

TEST_F(FrontDoorTest, WithoutRoomForItsLineACallIsRefusedWhenThatIsWanted) {
  AuditConfig audit;
  audit.when_full = AuditConfig::WhenFull::kRefuseCall;
  audit.queue_lines = 1;
  Listen({}, audit);
  // One call that is under way has the only place.
  absl::optional<TokenService::Done> first;
  std::atomic<bool> asked{false};
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    first = std::move(done);
    asked = true;
  };
  std::thread caller([this] { EXPECT_TRUE(GetToken().ok()); });
  while (!asked) std::this_thread::yield();
  const grpc::Status second = GetToken();
  EXPECT_EQ(second.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(second.error_message(), HasSubstr("audit trail"));
  (*first)(FreshToken{MakeToken(7, "at-7"), TokenSource::kStore});
  caller.join();
  EXPECT_THAT(Lines(1), SizeIs(1));
}

}  // namespace
}  // namespace tokenbroker
