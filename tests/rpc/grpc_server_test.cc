#include "rpc/grpc_server.h"

#include <grpc/health/v1/health.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <tokenbroker/rpc/v1/status.pb.h>
#include <tokenbroker/v1/grant_admin.grpc.pb.h>
#include <tokenbroker/v1/operations.grpc.pb.h>
#include <tokenbroker/v1/provider.grpc.pb.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <future>
#include <thread>

#include "rpc/grant_admin_grpc.h"
#include "rpc/operations_grpc.h"
#include "rpc/provider_grpc.h"
#include "rpc/token_broker_grpc.h"
#include "tests/rpc/fake_grant_admin.h"
#include "tests/rpc/fake_operations.h"
#include "tests/rpc/fake_services.h"
#include "tests/rpc/reflection_client.h"
#include "tests/support/temp_folder.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Pair;

using Health = grpc::health::v1::HealthCheckResponse;

constexpr std::chrono::seconds kPatience(20);

std::multimap<std::string, std::string> Trailers(const grpc::ClientContext& context) {
  std::multimap<std::string, std::string> out;
  for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
    out.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  return out;
}

class GrpcServerTest : public ::testing::Test {
 protected:
  GrpcServerTest() {
    services_.push_back(&service_);
    services_.push_back(&grant_admin_service_);
    services_.push_back(&provider_service_);
    services_.push_back(&operations_service_);
    auto server = GrpcServer::Start("127.0.0.1:0", services_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    stub_ = v1::TokenBrokerService::NewStub(channel_);
    request_.set_provider("spotify");
    request_.set_subject("user-42");
  }
  ~GrpcServerTest() override {
    server_.reset();
    loop_.Stop();
    thread_.join();
    loop_.DropTasks();
  }

  grpc::Status GetFreshToken(grpc::ClientContext& context) {
    return stub_->GetFreshToken(&context, request_, &response_);
  }
  Health::ServingStatus Check(const std::string& service) {
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    Health response;
    const grpc::Status status =
        grpc::health::v1::Health::NewStub(channel_)->Check(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }

  Loop loop_{Clock::Real()};
  FakeTokenService tokens_;
  FakeLoginService logins_{loop_};
  TokenHandler token_handler_{tokens_, Clock::Real()};
  LoginHandler login_handler_{logins_, loop_};
  FakeGrantAdmin grant_admin_;
  GrantAdminHandler grant_admin_handler_{grant_admin_, loop_};
  FixedConfig config_{Snapshot()};
  Callers callers_{loop_, config_, nullptr, nullptr};
  Metrics metrics_;
  FakeWatchService watches_;
  WatchHandler watch_handler_{loop_, watches_, callers_, metrics_};
  FrontDoor door_{callers_, nullptr, metrics_, loop_};
  TokenBrokerGrpc service_{token_handler_, login_handler_, watch_handler_, door_};
  GrantAdminGrpc grant_admin_service_{grant_admin_handler_, door_};
  FakeProviderService providers_;
  ProviderHandler provider_handler_{providers_, loop_};
  ProviderGrpc provider_service_{provider_handler_, door_};
  FakeOperationsService operations_;
  OperationsHandler operations_handler_{operations_, loop_};
  OperationsGrpc operations_service_{operations_handler_, door_};
  std::vector<grpc::Service*> services_;
  std::thread thread_{[this] { loop_.Run(); }};
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::TokenBrokerService::Stub> stub_;
  v1::GetFreshTokenRequest request_;
  v1::GetFreshTokenResponse response_;
};

TEST_F(GrpcServerTest, HandsOutATokenInline) {
  grpc::ClientContext context;
  const grpc::Status status = GetFreshToken(context);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response_.token().access_token(), "at-7");
  EXPECT_EQ(response_.source(), v1::GetFreshTokenResponse::SOURCE_CACHE);
}

TEST_F(GrpcServerTest, HandsOutATokenThatComesLaterFromTheLoop) {
  tokens_.answer = [this](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    loop_.Post([done = std::move(done)]() mutable {
      done(FreshToken{MakeToken(8, "at-8"), TokenSource::kRefreshed});
    });
  };
  grpc::ClientContext context;
  ASSERT_TRUE(GetFreshToken(context).ok());
  EXPECT_EQ(response_.token().access_token(), "at-8");
}

TEST_F(GrpcServerTest, RunsALoginFromUriToGrant) {
  grpc::ClientContext first;
  v1::BuildLoginUriRequest build;
  build.set_provider("spotify");
  build.set_subject("user-42");
  v1::BuildLoginUriResponse login;
  ASSERT_TRUE(stub_->BuildLoginUri(&first, build, &login).ok());
  EXPECT_EQ(login.state(), "st");

  CompletedLogin completed;
  completed.grant.generation = 3;
  logins_.completed = completed;
  grpc::ClientContext second;
  v1::ExchangeCodeRequest exchange;
  exchange.set_callback_uri("?state=st&code=c");
  v1::ExchangeCodeResponse grant;
  ASSERT_TRUE(stub_->ExchangeCode(&second, exchange, &grant).ok());
  EXPECT_EQ(grant.grant().generation(), 3);
}

TEST_F(GrpcServerTest, TellsProgramsWhyACallFailed) {
  Refusal refusal;
  refusal.reason = Reason::kProviderThrottled;
  refusal.message = "spotify asks for fewer requests";
  refusal.provider = "spotify";
  refusal.retry_after = absl::Seconds(2);
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    done(ToStatus(refusal));
  };
  grpc::ClientContext context;
  const grpc::Status status = GetFreshToken(context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "spotify asks for fewer requests");
  rpc::v1::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  rpc::v1::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(details.details(0).value()));
  EXPECT_EQ(info.reason(), "PROVIDER_THROTTLED");
  EXPECT_EQ(info.metadata().at("provider"), "spotify");
  EXPECT_THAT(Trailers(context), Contains(Pair("grpc-retry-pushback-ms", "2000")));
}

TEST_F(GrpcServerTest, TellsGrpcsOwnRetriesNotToTryInVain) {
  request_.set_rejected_generation(-1);
  grpc::ClientContext context;
  const grpc::Status status = GetFreshToken(context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(Trailers(context), Contains(Pair("grpc-retry-pushback-ms", "-1")));
}

TEST_F(GrpcServerTest, GivesTheLargestErrorWithinTheTrailersThatAClientAccepts) {
  Refusal refusal;
  refusal.reason = Reason::kLoginDenied;
  refusal.message = std::string(600, '%');
  refusal.caller_context = std::string(2048, '\xFF');
  refusal.missing_scopes.assign(100, std::string(100, 's'));
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    done(ToStatus(refusal));
  };
  grpc::ClientContext context;
  EXPECT_EQ(GetFreshToken(context).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(GrpcServerTest, PassesTheCallersDeadlineOn) {
  absl::Duration left;
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime deadline, TokenService::Done done) {
    left = deadline - Clock::Real().SteadyNow();
    done(absl::DeadlineExceededError("the deadline came first"));
  };
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(500));
  EXPECT_EQ(GetFreshToken(context).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_GT(left, absl::Seconds(400));
  EXPECT_LE(left, absl::Seconds(501));
}

TEST_F(GrpcServerTest, GivesACallWithoutDeadlineThirtySeconds) {
  absl::Duration left;
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime deadline, TokenService::Done done) {
    left = deadline - Clock::Real().SteadyNow();
    done(FreshToken{MakeToken(7, "at-7"), TokenSource::kCache});
  };
  grpc::ClientContext context;
  EXPECT_TRUE(GetFreshToken(context).ok());
  EXPECT_GT(left, absl::Seconds(20));
  EXPECT_LE(left, absl::Seconds(30));
}

TEST_F(GrpcServerTest, OutlivesACallerThatGivesUpInTheMiddle) {
  std::promise<TokenService::Done> asked;
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    asked.set_value(std::move(done));
  };
  grpc::ClientContext context;
  auto call = std::async(std::launch::async, [&] { return GetFreshToken(context); });
  TokenService::Done done = asked.get_future().get();
  context.TryCancel();
  EXPECT_EQ(call.get().error_code(), grpc::StatusCode::CANCELLED);
  done(FreshToken{MakeToken(7, "at-7"), TokenSource::kRefreshed});

  tokens_.answer = FakeTokenService().answer;
  grpc::ClientContext next;
  EXPECT_TRUE(GetFreshToken(next).ok());
}

TEST_F(GrpcServerTest, AnswersACallThatTheBrokerDropped) {
  tokens_.answer = [](const FreshTokenQuery&, SteadyTime, TokenService::Done) {};
  grpc::ClientContext context;
  const grpc::Status status = GetFreshToken(context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("shutting down"));
}

TEST_F(GrpcServerTest, RefusesAMessageOverTheLimit) {
  request_.set_subject(std::string(65 * 1024, 's'));
  tokens_.answer = [](const FreshTokenQuery&, SteadyTime, TokenService::Done) {
    ADD_FAILURE() << "an oversize message reached the use case";
  };
  grpc::ClientContext context;
  EXPECT_EQ(GetFreshToken(context).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(GrpcServerTest, RefusesMetadataOverTheLimit) {
  grpc::ClientContext context;
  context.AddMetadata("x-large", std::string(20'000, 'x'));
  EXPECT_EQ(GetFreshToken(context).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// The status of a GetFreshToken whose request is `bytes`.
grpc::Status SendRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& bytes) {
  grpc::GenericStub raw(channel);
  grpc::ClientContext context;
  const grpc::Slice slice(bytes);
  grpc::ByteBuffer body(&slice, 1);
  grpc::CompletionQueue queue;
  auto call = raw.PrepareUnaryCall(&context, "/tokenbroker.v1.TokenBrokerService/GetFreshToken",
                                   body, &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  return status;
}

TEST_F(GrpcServerTest, RefusesTextThatIsNotUtf8AndWhatIsNoMessageAsTheCallersMistake) {
  tokens_.answer = [](const FreshTokenQuery&, SteadyTime, TokenService::Done) {
    ADD_FAILURE() << "an unreadable request reached the use case";
  };
  // Field 3 (subject), length 1, the byte FF; and a field that does not end.
  for (const std::string& bytes : {"\x1a\x01\xff", "\x1a\x7f"}) {
    const grpc::Status status = SendRaw(channel_, bytes);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("UTF-8"));
    EXPECT_THAT(status.error_details(), HasSubstr("FIELD_INVALID"));
  }
}

TEST_F(GrpcServerTest, TakesARequestWithoutAnyField) {
  std::string provider = "not asked";
  tokens_.answer = [&](const FreshTokenQuery& query, SteadyTime, TokenService::Done done) {
    provider = std::string(query.key.provider);
    done(FieldInvalid("provider", "is empty"));
  };
  EXPECT_EQ(SendRaw(channel_, "").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(provider, "");
}

TEST_F(GrpcServerTest, TellsACallerOfAnAbsurdProviderSoWithinTheTrailersThatAClientAccepts) {
  tokens_.answer = [](const FreshTokenQuery& query, SteadyTime, TokenService::Done done) {
    Refusal refusal;
    refusal.reason = Reason::kProviderUnknown;
    refusal.provider = std::string(query.key.provider);
    done(ToStatus(refusal));
  };
  request_.set_provider(std::string(60'000, 'p'));
  grpc::ClientContext context;
  EXPECT_EQ(GetFreshToken(context).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(GrpcServerTest, OffersTheLookingAtProvidersAndTheReplica) {
  const auto providers = v1::ProviderService::NewStub(channel_);
  const auto operations = v1::OperationsService::NewStub(channel_);
  operations_.status.version = "1.2.3";
  {
    grpc::ClientContext context;
    v1::ListProvidersResponse response;
    EXPECT_TRUE(providers->ListProviders(&context, {}, &response).ok());
  }
  {
    grpc::ClientContext context;
    v1::CheckProviderRequest request;
    request.set_provider("spotify");
    v1::CheckProviderResponse response;
    EXPECT_TRUE(providers->CheckProvider(&context, request, &response).ok());
    EXPECT_THAT(providers_.checked, ElementsAre("spotify"));
  }
  {
    grpc::ClientContext context;
    v1::GetStatusResponse response;
    EXPECT_TRUE(operations->GetStatus(&context, {}, &response).ok());
    EXPECT_EQ(response.version(), "1.2.3");
  }
  grpc::ClientContext context;
  v1::SetLogLevelRequest request;
  request.set_level(v1::LOG_LEVEL_DEBUG);
  v1::SetLogLevelResponse response;
  EXPECT_TRUE(operations->SetLogLevel(&context, request, &response).ok());
  EXPECT_EQ(response.previous_level(), v1::LOG_LEVEL_INFO);
}

TEST_F(GrpcServerTest, OffersTheLookingAfterOfGrants) {
  auto grants = v1::GrantAdminService::NewStub(channel_);
  grpc::ClientContext context;
  v1::GetGrantRequest request;
  request.set_provider("spotify");
  request.set_subject("user-42");
  v1::GetGrantResponse response;
  const grpc::Status status = grants->GetGrant(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.grant().subject(), "user-42");
}

TEST_F(GrpcServerTest, ReportsItsHealthPerServiceAndAsAWhole) {
  EXPECT_EQ(Check(""), Health::SERVING);
  EXPECT_EQ(Check("tokenbroker.v1.TokenBrokerService"), Health::SERVING);
  EXPECT_EQ(Check("tokenbroker.v1.GrantAdminService"), Health::SERVING);
  server_->SetServing(Serving::kNo);
  EXPECT_EQ(Check(""), Health::NOT_SERVING);
  EXPECT_EQ(Check("tokenbroker.v1.TokenBrokerService"), Health::NOT_SERVING);
}

TEST_F(GrpcServerTest, ReflectsEveryServiceAndCanDescribeTheHealthOne) {
  EXPECT_THAT(ReflectServices(channel_),
              IsSupersetOf({"tokenbroker.v1.TokenBrokerService", "tokenbroker.v1.GrantAdminService",
                            "tokenbroker.v1.ProviderService", "tokenbroker.v1.OperationsService",
                            "grpc.health.v1.Health"}));
  EXPECT_THAT(ReflectMethods(channel_, "grpc.health.v1.Health"), ElementsAre("Check", "Watch"));
}

TEST_F(GrpcServerTest, SaysThatAPortIsTaken) {
  const auto second = GrpcServer::Start(server_->address(), {});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().message(), HasSubstr(server_->address()));
}

TEST_F(GrpcServerTest, TakesAUnixSocketFromNobodyWhoStillListens) {
  const TempFolder folder;
  const std::string address = "unix:" + folder.Path("broker.sock");
  auto first = GrpcServer::Start(address, {});
  ASSERT_TRUE(first.ok()) << first.status();
  for (const std::string& same : {address, "unix://" + folder.Path("broker.sock")}) {
    const auto second = GrpcServer::Start(same, {});
    EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(second.status().message(), HasSubstr("another process listens there"));
  }
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  EXPECT_TRUE(channel->WaitForConnected(std::chrono::system_clock::now() + kPatience));
}

TEST_F(GrpcServerTest, TakesTheUnixSocketThatADeadProcessLeftBehind) {
  const TempFolder folder;
  const std::string path = folder.Path("broker.sock");
  boost::asio::io_context context;
  {
    const boost::asio::local::stream_protocol::acceptor dead(context, path);
  }
  const auto server = GrpcServer::Start("unix:" + path, {});
  EXPECT_TRUE(server.ok()) << server.status();
}

TEST_F(GrpcServerTest, SaysWhatMayBeWrongWithAUnixSocket) {
  const TempFolder folder;
  const auto server = GrpcServer::Start("unix:" + folder.Path("none/broker.sock"), {});
  EXPECT_THAT(server.status().message(), HasSubstr("folder"));
}

TEST_F(GrpcServerTest, EndsTheWatchesOfItsHealthWhenItStops) {
  grpc::ClientContext context;
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  const auto watch = health->Watch(&context, grpc::health::v1::HealthCheckRequest());
  Health seen;
  ASSERT_TRUE(watch->Read(&seen));
  EXPECT_EQ(seen.status(), Health::SERVING);
  server_->SetServing(Serving::kNo);
  ASSERT_TRUE(watch->Read(&seen));
  EXPECT_EQ(seen.status(), Health::NOT_SERVING);
  auto stop = std::async(std::launch::async, [&] { server_->Shutdown(absl::Minutes(5)); });
  EXPECT_FALSE(watch->Read(&seen));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  channel_.reset();
  stub_.reset();
  stop.get();
}

TEST_F(GrpcServerTest, LetsARunningCallEndBeforeItStops) {
  std::promise<TokenService::Done> asked;
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    asked.set_value(std::move(done));
  };
  grpc::ClientContext context;
  auto call = std::async(std::launch::async, [&] { return GetFreshToken(context); });
  TokenService::Done done = asked.get_future().get();
  auto stop = std::async(std::launch::async, [&] { server_->Shutdown(absl::Minutes(5)); });
  done(FreshToken{MakeToken(7, "at-7"), TokenSource::kRefreshed});
  EXPECT_TRUE(call.get().ok());
  stop.get();
  grpc::ClientContext next;
  EXPECT_EQ(GetFreshToken(next).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(GrpcServerTest, CancelsACallThatDoesNotEndInTime) {
  std::promise<TokenService::Done> asked;
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    asked.set_value(std::move(done));
  };
  grpc::ClientContext context;
  auto call = std::async(std::launch::async, [&] { return GetFreshToken(context); });
  TokenService::Done done = asked.get_future().get();
  auto stop = std::async(std::launch::async, [&] { server_->Shutdown(absl::ZeroDuration()); });
  EXPECT_FALSE(call.get().ok());
  // Dropped, as by Loop::DropTasks: only then the server can be sure that nobody uses the call.
  {
    const TokenService::Done dropped = std::move(done);
  }
  stop.get();
}

}  // namespace
}  // namespace tokenbroker
