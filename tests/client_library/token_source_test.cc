// The library over real gRPC, against a scripted broker.
#include "tokenbroker/client/token_source.h"

#include <absl/time/clock.h>
#include <tokenbroker/rpc/v1/status.pb.h>

#include <atomic>
#include <future>
#include <thread>

#include "client/library/grpc_broker_link.h"
#include "client/library/token_keeper.h"
#include "tests/client_library/fake_broker.h"
#include "tests/client_library/simulated_timers.h"
#include "tokenbroker/client/channel.h"
#include "tokenbroker/client/error.h"

namespace tokenbroker::client {
namespace {

// For what must come; what never comes fails by the test's own time-out.
const absl::Duration kPatience = absl::Seconds(50);

class TokenSourceTest : public ::testing::Test {
 protected:
  TokenSourceTest() {
    options_.tenant = "music";
    options_.provider = "spotify";
    options_.subject = "user-42";
    options_.timeout = kPatience;
  }

  std::shared_ptr<grpc::Channel> Channel() {
    ChannelOptions options;
    options.target = broker_.address();
    return *CreateChannel(options);
  }
  std::unique_ptr<TokenSource> Source() {
    return std::make_unique<TokenSource>(Channel(), options_);
  }
  // Blocks until the source has heard of it.
  static void AwaitGeneration(TokenSource& source, int64_t generation) {
    for (;;) {
      const AccessTokenPtr token = source.TokenIfFresh();
      if (token != nullptr && token->generation() >= generation) return;
      std::this_thread::yield();
    }
  }

  FakeBroker broker_;
  TokenSourceOptions options_;
};

TEST_F(TokenSourceTest, ServesWhatTheStreamSaysWithoutACall) {
  v1::AccessToken said = FakeBroker::Token(7);
  said.add_scopes("playlist-read-private");
  (*said.mutable_attributes())["instance_url"] = "https://eu.example.com";
  said.mutable_reauthorize_time()->set_seconds(2'000'000'000);
  broker_.Say(said);
  const auto source = Source();
  AwaitGeneration(*source, 7);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(source->Token().ok());
  EXPECT_EQ(broker_.fetch_count(), 0u);
  const AccessTokenPtr token = *source->Token();
  EXPECT_EQ(*token->AuthorizationHeader(), "Bearer token-7");
  EXPECT_EQ(token->expire_time(), absl::FromUnixSeconds(said.expire_time().seconds()));
  EXPECT_EQ(token->refresh_time(), absl::InfiniteFuture());
  EXPECT_EQ(token->reauthorize_time(), absl::FromUnixSeconds(2'000'000'000));
  EXPECT_THAT(token->scopes(), testing::ElementsAre("playlist-read-private"));
  EXPECT_EQ(token->attributes().at("instance_url"), "https://eu.example.com");

  const v1::WatchTokenRequest request = broker_.NthWatch(1);
  EXPECT_EQ(request.tenant(), "music");
  EXPECT_EQ(request.provider(), "spotify");
  EXPECT_EQ(request.subject(), "user-42");
  EXPECT_EQ(request.known_generation(), 0);
}

TEST_F(TokenSourceTest, AsksABrokerWithoutStreams) {
  broker_.HaveNoStreams();
  broker_.SetAnswer(grpc::Status::OK, FakeBroker::Token(3));
  const auto source = Source();
  const auto token = source->Token();
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ((*token)->generation(), 3);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(source->Token().ok());
  EXPECT_EQ(broker_.fetch_count(), 1u);
  const v1::GetFreshTokenRequest request = broker_.NthFetch(1);
  EXPECT_EQ(request.tenant(), "music");
  EXPECT_EQ(request.provider(), "spotify");
  EXPECT_EQ(request.subject(), "user-42");
  EXPECT_EQ(request.rejected_generation(), 0);
}

TEST_F(TokenSourceTest, ResumesACutStreamFromTheGenerationItKnows) {
  const auto timers = std::make_shared<SimulatedTimers>();
  v1::AccessToken lasting = FakeBroker::Token(7);
  lasting.clear_expire_time();
  broker_.Say(lasting);
  const auto live = std::make_shared<LiveOperations>();
  const auto keeper = std::make_shared<TokenKeeper>(
      options_, std::make_shared<GrpcBrokerLink>(Channel(), options_, live), timers);
  keeper->Start();
  while (keeper->TokenIfFresh() == nullptr) std::this_thread::yield();
  broker_.EndWatches(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the broker is shutting down"));
  timers->AwaitTimers(1);
  EXPECT_EQ(keeper->TokenIfFresh()->generation(), 7);
  lasting.set_generation(8);
  broker_.Say(lasting);
  timers->Advance(absl::Seconds(1));
  while (keeper->TokenIfFresh()->generation() != 8) std::this_thread::yield();
  EXPECT_EQ(broker_.NthWatch(2).known_generation(), 7);
  EXPECT_EQ(broker_.fetch_count(), 0u);
  keeper->Close();
  live->AwaitNone();
}

TEST_F(TokenSourceTest, SixtyFourThreadsThatSawA401ShareOneCall) {
  broker_.Say(FakeBroker::Token(7));
  broker_.SetAnswer(grpc::Status::OK, FakeBroker::Token(8));
  broker_.Hold();
  const auto source = Source();
  AwaitGeneration(*source, 7);
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      source->Rejected(7);
      const auto token = source->Token();
      if (token.ok() && (*token)->generation() == 8) ++served;
    });
  }
  EXPECT_EQ(broker_.NthFetch(1).rejected_generation(), 7);
  broker_.Release();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, 64);
  EXPECT_EQ(broker_.fetch_count(), 1u);
}

TEST_F(TokenSourceTest, SaysWhoMustLogInAgain) {
  rpc::v1::ErrorInfo info;
  info.set_domain("tokenbroker");
  info.set_reason("REAUTHORIZATION_REQUIRED");
  (*info.mutable_metadata())["cause"] = "provider_says_dead";
  rpc::v1::Status details;
  google::protobuf::Any* any = details.add_details();
  any->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  any->set_value(info.SerializeAsString());
  broker_.SetAnswer(grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "the grant is dead",
                                 details.SerializeAsString()));
  const auto source = Source();
  for (int i = 0; i < 100; ++i) {
    const auto token = source->Token();
    EXPECT_EQ(token.status().code(), absl::StatusCode::kFailedPrecondition);
    const auto login = ReauthorizationRequiredIn(token.status());
    ASSERT_TRUE(login);
    EXPECT_EQ(login->tenant, "music");
    EXPECT_EQ(login->provider, "spotify");
    EXPECT_EQ(login->subject, "user-42");
    EXPECT_EQ(login->cause, "provider_says_dead");
  }
  EXPECT_EQ(broker_.fetch_count(), 1u);
}

TEST_F(TokenSourceTest, HearsOfALoginFromTheStream) {
  const auto source = Source();
  broker_.NthWatch(1);
  v1::WatchTokenResponse absent;
  absent.mutable_status()->set_state(v1::GRANT_STATE_ABSENT);
  broker_.Say(absent);
  broker_.Hold();
  EXPECT_EQ(ReauthorizationRequiredIn(source->Token().status())->cause, "absent");
  broker_.Say(FakeBroker::Token(1));
  AwaitGeneration(*source, 1);
}

TEST_F(TokenSourceTest, GivesUpOnASlowBrokerAtItsDeadline) {
  broker_.Hold();
  const auto source = Source();
  EXPECT_EQ(source->Token(absl::Now()).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(source->Token(absl::Now() + absl::Milliseconds(20)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  broker_.NthFetch(1);
  broker_.SetAnswer(grpc::Status::OK, FakeBroker::Token(1));
  broker_.Release();
  EXPECT_TRUE(source->Token().ok());
  EXPECT_EQ(broker_.fetch_count(), 1u);
}

TEST_F(TokenSourceTest, SaysThatNobodyIsThere) {
  broker_.Stop();
  const auto source = Source();
  const auto token = source->Token(absl::Now() + absl::Seconds(1));
  EXPECT_EQ(token.status().code(), absl::StatusCode::kUnavailable) << token.status();
}

TEST_F(TokenSourceTest, TakesAnAnswerWithoutATokenForAFailure) {
  broker_.SetAnswer(grpc::Status::OK, v1::AccessToken());
  const auto source = Source();
  EXPECT_EQ(source->Token(absl::Now() + absl::Seconds(1)).status().code(),
            absl::StatusCode::kInternal);
}

TEST_F(TokenSourceTest, MayBeDestroyedWhileCallersWait) {
  broker_.Hold();
  auto source = Source();
  auto waiting = std::async(std::launch::async, [&source = *source] { return source.Token(); });
  broker_.NthFetch(1);
  broker_.NthWatch(1);
  source.reset();
  EXPECT_EQ(waiting.get().status().code(), absl::StatusCode::kCancelled);
  broker_.AwaitNoWatch();
}

TEST_F(TokenSourceTest, MayBeDestroyedAtAnyMoment) {
  broker_.Say(FakeBroker::Token(1));
  const std::shared_ptr<grpc::Channel> channel = Channel();
  for (int i = 0; i < 200; ++i) {
    TokenSource source(channel, options_);
    // Whether it has one by now is nobody's matter here.
    if (i % 3 == 1) source.Token(absl::Now()).IgnoreError();
    if (i % 3 == 2) AwaitGeneration(source, 1);
  }
  broker_.AwaitNoWatch();
}

}  // namespace
}  // namespace tokenbroker::client
