// The library and its example against the broker itself. Holds whether or not the broker has
// WatchToken: without it the library asks.
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <set>
#include <thread>

#include "tests/integration/broker_process.h"
#include "tests/provider_simulator/loopback_client.h"
#include "tokenbroker/client/channel.h"
#include "tokenbroker/client/error.h"
#include "tokenbroker/client/token_sources.h"

namespace tokenbroker::client {
namespace {

using provider_simulator::LoopbackClient;
using provider_simulator::Settings;

constexpr absl::Duration kPatience = absl::Seconds(40);

class RealBrokerTest : public BrokerProcessTest {
 protected:
  void SetTokenLifetime(absl::Duration life) {
    provider().Configure([life](Settings& s) { s.access_token_lifetime = life; });
  }
  ChannelOptions Options() {
    ChannelOptions options;
    options.target = grpc_address();
    options.ca_file = authority().ca_file();
    options.certificate_file = files_.certificate;
    options.key_file = files_.key;
    return options;
  }
  std::unique_ptr<TokenSource> Source(const std::string& subject = "user-42") {
    TokenSourceOptions grant;
    grant.provider = "sim";
    grant.subject = subject;
    grant.timeout = kPatience;
    return std::make_unique<TokenSource>(*CreateChannel(Options()), grant);
  }

  const TestAuthority::Files files_ = authority().Issue(absl::StrCat("URI:", kPlayer));
};

TEST_F(RealBrokerTest, ATokenIsFollowedThroughItsRefreshes) {
  SetTokenLifetime(absl::Seconds(3));
  Start();
  LogIn();
  const auto source = Source();
  std::set<int64_t> generations;
  while (generations.size() < 4) {
    const auto token = source->Token();
    ASSERT_TRUE(token.ok()) << token.status();
    EXPECT_TRUE((*token)->AuthorizationHeader().ok());
    EXPECT_GT((*token)->expire_time(), absl::Now());
    EXPECT_TRUE(generations.empty() || *generations.rbegin() <= (*token)->generation());
    generations.insert((*token)->generation());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(provider().counters().MaxPresented(), 1u);
}

TEST_F(RealBrokerTest, AMissingLoginIsSaidAndItsEndIsNoticed) {
  Start();
  const auto source = Source();
  const auto login = ReauthorizationRequiredIn(source->Token().status());
  ASSERT_TRUE(login);
  EXPECT_EQ(login->cause, "absent");
  EXPECT_EQ(login->subject, "user-42");
  LogIn();
  const absl::Time end = absl::Now() + kPatience;
  while (!source->Token().ok() && absl::Now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(source->Token().ok());
}

TEST_F(RealBrokerTest, ARevokedGrantIsSaidToNeedALogin) {
  SetTokenLifetime(absl::Seconds(3));
  Start();
  LogIn();
  const auto source = Source();
  EXPECT_TRUE(source->Token().ok());
  provider().RevokeAll();
  const absl::Time end = absl::Now() + kPatience;
  while (source->Token().ok() && absl::Now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const auto login = ReauthorizationRequiredIn(source->Token().status());
  ASSERT_TRUE(login) << source->Token().status();
  EXPECT_EQ(login->provider, "sim");
  EXPECT_EQ(login->cause, "provider_says_dead");
}

TEST_F(RealBrokerTest, ARejectedTokenIsReplacedByOneRefresh) {
  SetTokenLifetime(absl::Seconds(20));
  Start();
  LogIn();
  const auto source = Source();
  const int64_t rejected = (*source->Token())->generation();
  // The broker refreshes no token that is younger than a tenth of its life.
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      source->Rejected(rejected);
      const auto token = source->Token();
      ASSERT_TRUE(token.ok()) << token.status();
      EXPECT_GT((*token)->generation(), rejected);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(provider().counters().Refreshes(), 1u);
}

TEST_F(RealBrokerTest, AGoodTokenIsServedWhenTheBrokerHasGone) {
  Start();
  LogIn();
  const auto source = Source();
  EXPECT_TRUE(source->Token().ok());
  EXPECT_EQ(Terminate(), 0);
  EXPECT_TRUE(source->Token().ok());
  EXPECT_EQ(Source()->Token(absl::Now() + absl::Seconds(1)).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(RealBrokerTest, TheExampleServesAUserAndSaysWhoMustLogIn) {
  Start();
  LogIn();
  ChildProcess proxy({PLAYLIST_PROXY_PROGRAM, grpc_address(), "sim", provider().issuer(),
                      authority().ca_file(), files_.certificate, files_.key});
  const std::string line = proxy.WaitForLine("listening on ");
  ASSERT_FALSE(line.empty()) << proxy.Output();
  LoopbackClient browser("127.0.0.1:" + line.substr(line.rfind(' ') + 1));
  browser.SetReadTimeout(kPatience);
  const auto known = browser.Get("/users/user-42/v1/me");
  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_EQ(known->status, 200);
  EXPECT_THAT(known->body, testing::HasSubstr("\"id\""));
  const auto unknown = browser.Get("/users/nobody/v1/me");
  ASSERT_TRUE(unknown.ok()) << unknown.status();
  EXPECT_EQ(unknown->status, 403);
  EXPECT_THAT(unknown->body, testing::HasSubstr("login_required"));
}

}  // namespace
}  // namespace tokenbroker::client
