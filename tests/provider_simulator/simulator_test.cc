#include "tests/provider_simulator/simulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "tests/provider_simulator/loopback_client.h"
#include "tests/provider_simulator/provider_fixture.h"

namespace provider_simulator {
namespace {

using ::testing::HasSubstr;

class SimulatorTest : public ::testing::Test {
 protected:
  SimulatorTest() {
    SimulatorOptions options;
    options.control_listen = "127.0.0.1:0";
    options.second_listen = "127.0.0.1:0";
    auto started = Simulator::Start(options);
    EXPECT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
    provider().Configure([](Settings& s) { s.pkce_required = false; });
  }

  SimulatedProvider& provider() { return simulator_->provider(); }

  // A login over the wire; the refresh token.
  std::string LogIn() {
    const std::string request = "response_type=code&client_id=client&redirect_uri=http://a/cb";
    const auto location = provider().Approve("?" + request, "alice");
    EXPECT_TRUE(location.ok()) << location.status();
    const auto form = ParseForm(location->substr(location->find('?') + 1));
    LoopbackClient client(simulator_->address());
    const auto answer =
        client.Send("POST", "/token",
                    "grant_type=authorization_code&redirect_uri=http://a/cb&client_id=client"
                    "&client_secret=secret&code=" +
                        Field(*form, "code"));
    EXPECT_TRUE(answer.ok()) << answer.status();
    return Member(JsonOf(answer->body), "refresh_token");
  }

  static absl::StatusOr<LoopbackAnswer> Refresh(LoopbackClient& client, const std::string& token) {
    const absl::Status written = client.Write(RefreshRequest(token));
    if (!written.ok()) return written;
    return client.Read();
  }

  // The server notices what a client does on its own thread, soon but not at once.
  static bool Eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  std::unique_ptr<Simulator> simulator_;
};

TEST_F(SimulatorTest, ServesALoginARefreshAndTheAccount) {
  LoopbackClient client(simulator_->address());
  const auto answer = Refresh(client, LogIn());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  const std::string token = Member(JsonOf(answer->body), "access_token");
  const auto me = client.Get("/v1/me", "Authorization: Bearer " + token + "\r\n");
  ASSERT_TRUE(me.ok());
  EXPECT_EQ(Member(JsonOf(me->body), "id"), "account-alice");
}

TEST_F(SimulatorTest, TheIssuerIsWhereItListens) {
  LoopbackClient client(simulator_->address());
  const auto metadata = client.Get("/.well-known/openid-configuration");
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ(Member(JsonOf(metadata->body), "issuer"), "http://" + simulator_->address());
}

TEST_F(SimulatorTest, QueriesReachTheAuthorizationEndpoint) {
  provider().Configure([](Settings& s) { s.auto_approve_user = "bob"; });
  LoopbackClient client(simulator_->address());
  const auto answer = client.Get(
      "/authorize?response_type=code&client_id=client&redirect_uri=http%3A%2F%2Fa%2Fcb&state=s");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 302);
  EXPECT_THAT(answer->headers.at("location"), ::testing::StartsWith("http://a/cb?code="));
}

TEST_F(SimulatorTest, KeepsConnectionsAliveAndCountsThem) {
  LoopbackClient one(simulator_->address());
  LoopbackClient two(simulator_->address());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Refresh(one, "rt-x").ok());
  EXPECT_EQ(provider().counters().token_connections, 1U);
  ASSERT_TRUE(Refresh(two, "rt-x").ok());
  EXPECT_EQ(provider().counters().token_connections, 2U);
}

TEST_F(SimulatorTest, ClosesWhenTheClientAsks) {
  LoopbackClient client(simulator_->address());
  const auto answer = client.Get("/jwks", "Connection: close\r\n");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(client.Read().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SimulatorTest, ALostResponseIsProcessedAndThenReset) {
  const std::string token = LogIn();
  provider().AddFault(Endpoint::kToken, LostResponseFault());
  LoopbackClient client(simulator_->address());
  EXPECT_EQ(Refresh(client, token).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(provider().counters().refresh_tokens.at(token).accepted, 1U);
  LoopbackClient again(simulator_->address());
  const auto answer = Refresh(again, token);
  ASSERT_TRUE(answer.ok());
  EXPECT_THAT(answer->body, HasSubstr("invalid_grant"));
  EXPECT_EQ(provider().counters().families_revoked_by_reuse, 1U);
}

TEST_F(SimulatorTest, ADropCanBeAnOrderlyClose) {
  provider().AddFault(Endpoint::kToken, DropFault(Cut::kClose));
  LoopbackClient client(simulator_->address());
  EXPECT_EQ(Refresh(client, "rt-x").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SimulatorTest, CutsAReusedConnectionButNotAFreshOne) {
  const std::string token = LogIn();
  provider().AddFault(Endpoint::kToken, CutReusedConnectionFault());
  LoopbackClient client(simulator_->address());
  const auto first = Refresh(client, token);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string next = Member(JsonOf(first->body), "refresh_token");
  EXPECT_EQ(Refresh(client, next).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(provider().counters().refresh_tokens.at(next).presented, 1U);
  EXPECT_EQ(provider().counters().refresh_tokens.at(next).accepted, 0U);
  LoopbackClient fresh(simulator_->address());
  EXPECT_EQ(Refresh(fresh, next)->status, 200);
}

TEST_F(SimulatorTest, HangsUntilTheClientGoes) {
  provider().AddFault(Endpoint::kToken, HangFault());
  {
    LoopbackClient client(simulator_->address());
    ASSERT_TRUE(client.Write(RefreshRequest("rt-x")).ok());
    ASSERT_TRUE(Eventually([this] { return provider().counters().MaxConcurrent() == 1; }));
    client.SetReadTimeout(absl::Milliseconds(30));
    EXPECT_EQ(client.Read().status().code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(provider().counters().refresh_tokens.at("rt-x").concurrent, 1U);
  }
  EXPECT_TRUE(Eventually(
      [this] { return provider().counters().refresh_tokens.at("rt-x").concurrent == 0; }));
}

TEST_F(SimulatorTest, LatencyDelaysTheAnswer) {
  provider().Configure([](Settings& s) { s.latency[Endpoint::kToken] = absl::Milliseconds(80); });
  LoopbackClient client(simulator_->address());
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(Refresh(client, "rt-x").ok());
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(80));
}

TEST_F(SimulatorTest, LatencyOfOneEndpointHoldsUpNoOther) {
  provider().Configure([](Settings& s) { s.latency[Endpoint::kToken] = absl::Hours(1); });
  LoopbackClient slow(simulator_->address());
  LoopbackClient quick(simulator_->address());
  ASSERT_TRUE(slow.Write(RefreshRequest("rt-x")).ok());
  ASSERT_TRUE(Eventually([this] { return provider().counters().MaxConcurrent() == 1; }));
  EXPECT_TRUE(quick.Get("/jwks").ok());
}

TEST_F(SimulatorTest, APipelinedRequestIsServedAfterADelayedOne) {
  provider().Configure([](Settings& s) { s.latency[Endpoint::kToken] = absl::Milliseconds(50); });
  LoopbackClient client(simulator_->address());
  ASSERT_TRUE(client.Write(RefreshRequest("rt-x")).ok());
  ASSERT_TRUE(Eventually([this] { return provider().counters().MaxConcurrent() == 1; }));
  ASSERT_TRUE(client.Write(RefreshRequest("rt-y")).ok());
  EXPECT_EQ(client.Read()->status, 400);
  EXPECT_EQ(client.Read()->status, 400);
  EXPECT_EQ(provider().counters().refresh_tokens.at("rt-y").presented, 1U);
}

TEST_F(SimulatorTest, AClientThatGivesUpEndsItsPresentation) {
  provider().Configure([](Settings& s) { s.latency[Endpoint::kToken] = absl::Hours(1); });
  {
    LoopbackClient client(simulator_->address());
    ASSERT_TRUE(client.Write(RefreshRequest("rt-x")).ok());
    ASSERT_TRUE(Eventually([this] { return provider().counters().MaxConcurrent() == 1; }));
  }
  EXPECT_TRUE(Eventually(
      [this] { return provider().counters().refresh_tokens.at("rt-x").concurrent == 0; }));
}

TEST_F(SimulatorTest, CountsPresentationsThatOverlap) {
  provider().AddFault(Endpoint::kToken, HangFault().Forever());
  std::vector<std::unique_ptr<LoopbackClient>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<LoopbackClient>(simulator_->address()));
    ASSERT_TRUE(clients.back()->Write(RefreshRequest("rt-x")).ok());
  }
  EXPECT_TRUE(Eventually([this] { return provider().counters().MaxConcurrent() == 8; }));
}

TEST_F(SimulatorTest, IsSteeredWhileItServes) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      LoopbackClient client(simulator_->address());
      for (int n = 0; n < 50; ++n) EXPECT_TRUE(Refresh(client, "rt-x").ok());
    });
  }
  for (int n = 0; n < 50; ++n) {
    provider().Configure([n](Settings& s) { s.code_lifetime = absl::Seconds(n); });
    provider().AddFault(Endpoint::kToken, HtmlFault());
    EXPECT_LE(provider().counters().Requests(Endpoint::kToken), 200U);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(provider().counters().refresh_tokens.at("rt-x").presented, 200U);
}

TEST_F(SimulatorTest, HugeGarbageAndEmptyAnswersArriveWhole) {
  provider().AddFault(Endpoint::kToken, HugeFault(3 * 1024 * 1024));
  provider().AddFault(Endpoint::kToken, GarbageFault());
  provider().AddFault(Endpoint::kToken, EmptyFault(204));
  LoopbackClient client(simulator_->address());
  EXPECT_GT(Refresh(client, "rt-x")->body.size(), 3U * 1024 * 1024);
  EXPECT_EQ(Refresh(client, "rt-x")->body, GarbageFault().body);
  EXPECT_EQ(Refresh(client, "rt-x")->status, 204);
  EXPECT_EQ(Refresh(client, "rt-x")->status, 400);
}

TEST_F(SimulatorTest, SurvivesWhatIsNoHttp) {
  for (const char* bytes :
       {"\r\n\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02", "GET / HTTP/9\r\n\r\n"}) {
    LoopbackClient client(simulator_->address());
    client.SetReadTimeout(absl::Milliseconds(20));
    ASSERT_TRUE(client.Write(bytes).ok());
    EXPECT_FALSE(client.Read().ok()) << bytes;
  }
  LoopbackClient client(simulator_->address());
  EXPECT_TRUE(client.Get("/jwks").ok());
}

TEST_F(SimulatorTest, TheControlApiAnswersOverHttp) {
  LoopbackClient control(simulator_->control_address());
  auto answer = control.Send("PATCH", "/control/settings", R"({"auto_approve_user":"bob"})");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(provider().settings().auto_approve_user, "bob");
  answer = control.Send("POST", "/control/faults", R"({"fault":"hang"})");
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(provider().faults().at(Endpoint::kToken).size(), 1U);
}

TEST_F(SimulatorTest, TwoIssuersKnowNothingOfEachOther) {
  LoopbackClient control(simulator_->control_address());
  const auto patched = control.Send("PATCH", "/control/settings?provider=provider2",
                                    R"({"auto_approve_user":"bob"})");
  ASSERT_TRUE(patched.ok()) << patched.status();
  EXPECT_EQ(simulator_->second_provider().settings().auto_approve_user, "bob");
  EXPECT_FALSE(provider().settings().auto_approve_user.has_value());
  EXPECT_NE(provider().issuer(), simulator_->second_provider().issuer());
  const std::string token = LogIn();
  LoopbackClient second(simulator_->second_address());
  const auto answer = Refresh(second, token);
  ASSERT_TRUE(answer.ok());
  EXPECT_THAT(answer->body, HasSubstr("unknown refresh token"));
}

TEST_F(SimulatorTest, StopsWithHungConnectionsOpen) {
  provider().AddFault(Endpoint::kToken, HangFault());
  LoopbackClient client(simulator_->address());
  ASSERT_TRUE(client.Write(RefreshRequest("rt-x")).ok());
  ASSERT_TRUE(Eventually([this] { return provider().counters().MaxConcurrent() == 1; }));
  simulator_.reset();
  EXPECT_FALSE(client.Read().ok());
}

TEST_F(SimulatorTest, AnAddressThatIsTakenOrNoneIsRefused) {
  SimulatorOptions options;
  options.listen = simulator_->address();
  EXPECT_EQ(Simulator::Start(options).status().code(), absl::StatusCode::kUnavailable);
  for (const char* address : {"", "127.0.0.1", "localhost:0", "127.0.0.1:x", "127.0.0.1:70000"}) {
    options.listen = address;
    EXPECT_EQ(Simulator::Start(options).status().code(), absl::StatusCode::kInvalidArgument)
        << address;
  }
}

}  // namespace
}  // namespace provider_simulator
