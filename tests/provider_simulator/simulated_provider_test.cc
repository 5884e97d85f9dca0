#include "tests/provider_simulator/simulated_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/provider_simulator/provider_fixture.h"

namespace provider_simulator {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class SimulatedProviderTest : public ProviderTest {
 protected:
  std::string NewRefreshToken(const std::string& user = "alice") {
    return Member(LogIn(user), "refresh_token");
  }
};

TEST_F(SimulatedProviderTest, CountsRequestsStatusesAndGrantTypes) {
  const std::string token = NewRefreshToken();
  Refresh(token);
  Refresh("rt-invented");
  const Counters counters = provider_.counters();
  EXPECT_EQ(counters.Requests(Endpoint::kAuthorize), 1U);
  EXPECT_EQ(counters.Requests(Endpoint::kToken), 3U);
  EXPECT_EQ(counters.Requests(Endpoint::kUserinfo), 0U);
  EXPECT_EQ(counters.GrantType("refresh_token"), 2U);
  EXPECT_EQ(counters.GrantType("authorization_code"), 1U);
  EXPECT_THAT(counters.statuses.at(Endpoint::kToken),
              UnorderedElementsAre(Pair(200, 2U), Pair(400, 1U)));
}

TEST_F(SimulatedProviderTest, CountsHowOftenEachRefreshTokenWasPresentedAndAccepted) {
  const std::string first = NewRefreshToken();
  const std::string second = Member(JsonOf(Refresh(first).body), "refresh_token");
  Refresh(second);
  Refresh(first);
  const Counters counters = provider_.counters();
  EXPECT_EQ(counters.refresh_tokens.at(first).presented, 2U);
  EXPECT_EQ(counters.refresh_tokens.at(first).accepted, 1U);
  EXPECT_EQ(counters.refresh_tokens.at(second).accepted, 1U);
  EXPECT_EQ(counters.MaxPresented(), 2U);
  EXPECT_EQ(counters.MaxAccepted(), 1U);
  EXPECT_EQ(counters.Refreshes(), 2U);
  EXPECT_EQ(counters.families_revoked_by_reuse, 1U);
}

TEST_F(SimulatedProviderTest, RemembersWhatItWasAskedAndWhatItGaveOut) {
  NewRefreshToken();
  provider_.StartHistory();
  const boost::json::object tokens = LogIn("bob");
  const std::string first = Member(tokens, "refresh_token");
  std::string second;
  {
    const HttpReply reply = Refresh(first);
    second = Member(JsonOf(reply.body), "refresh_token");
    EXPECT_EQ(provider_.history().back().ended, absl::InfiniteFuture());
  }
  Refresh(first);
  const TokenHistory history = provider_.history();
  ASSERT_EQ(history.size(), 3U) << "what came before nobody had asked for";
  EXPECT_EQ(history[0].presented, "");
  EXPECT_EQ(history[0].access_token, Member(tokens, "access_token"));
  EXPECT_EQ(history[0].refresh_token, first);
  EXPECT_EQ(history[1].presented, first);
  EXPECT_TRUE(history[1].accepted);
  EXPECT_EQ(history[1].refresh_token, second);
  EXPECT_EQ(history[1].family, history[0].family);
  EXPECT_EQ(history[1].account_id, "account-bob");
  EXPECT_LT(history[1].ended, absl::InfiniteFuture());
  EXPECT_FALSE(history[2].accepted) << "a reuse";
}

TEST_F(SimulatedProviderTest, APresentationLastsUntilItsReplyIsDropped) {
  const std::string token = NewRefreshToken();
  {
    const HttpReply one = Refresh(token);
    const HttpReply two = Refresh(token);
    EXPECT_EQ(provider_.counters().refresh_tokens.at(token).concurrent, 2U);
  }
  EXPECT_EQ(provider_.counters().refresh_tokens.at(token).concurrent, 0U);
  EXPECT_EQ(provider_.counters().MaxConcurrent(), 2U);
}

TEST_F(SimulatedProviderTest, APresentationMayOutliveAResetAndTheProvider) {
  HttpReply reply;
  {
    SimulatedProvider provider;
    HttpRequest request;
    request.method = "POST";
    request.path = "/token";
    request.body = "refresh_token=x";
    reply = provider.Handle(request);
    provider.ResetCounters();
    EXPECT_EQ(provider.counters().MaxPresented(), 0U);
  }
  EXPECT_NE(reply.in_flight, nullptr);
}

TEST_F(SimulatedProviderTest, CountsTheConnectionsThatCarriedTokenRequests) {
  for (const std::uint64_t connection : {7U, 8U, 7U}) {
    HttpRequest request;
    request.path = "/token";
    request.connection = connection;
    provider_.Handle(request);
  }
  EXPECT_EQ(provider_.counters().token_connections, 2U);
}

TEST_F(SimulatedProviderTest, AScriptedAnswerProcessesNothing) {
  const std::string token = NewRefreshToken();
  provider_.AddFault(Endpoint::kToken, ErrorFault(429, "slow_down", "7"));
  const HttpReply reply = Refresh(token);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(HeaderOf(reply, "Retry-After"), "7");
  EXPECT_EQ(provider_.counters().refresh_tokens.at(token).presented, 1U);
  EXPECT_EQ(provider_.counters().refresh_tokens.at(token).accepted, 0U);
  EXPECT_EQ(Refresh(token).status, 200);
  EXPECT_EQ(provider_.counters().faults_played, 1U);
}

TEST_F(SimulatedProviderTest, ALostResponseRotatesAndADropDoesNot) {
  const std::string token = NewRefreshToken();
  provider_.AddFault(Endpoint::kToken, DropFault(Cut::kClose));
  provider_.AddFault(Endpoint::kToken, LostResponseFault());
  EXPECT_EQ(Refresh(token).delivery, Delivery::kClose);
  EXPECT_EQ(provider_.grants()[0].refresh_tokens.size(), 1U);
  EXPECT_EQ(Refresh(token).delivery, Delivery::kReset);
  EXPECT_EQ(provider_.grants()[0].refresh_tokens.size(), 2U);
  EXPECT_EQ(Refresh(token).status, 400);
  EXPECT_EQ(provider_.counters().statuses.at(Endpoint::kToken).at(0), 2U);
}

TEST_F(SimulatedProviderTest, AHangAnswersNothing) {
  provider_.AddFault(Endpoint::kMetadata, HangFault());
  EXPECT_EQ(Get("/.well-known/openid-configuration").delivery, Delivery::kHang);
  EXPECT_EQ(Get("/.well-known/openid-configuration").delivery, Delivery::kSend);
}

TEST_F(SimulatedProviderTest, LatencyDelaysTheAnswersOfItsEndpoint) {
  provider_.Configure([](Settings& s) { s.latency[Endpoint::kToken] = absl::Seconds(3); });
  EXPECT_EQ(Refresh("x").delay, absl::Seconds(3));
  EXPECT_EQ(Get("/jwks").delay, absl::ZeroDuration());
}

TEST_F(SimulatedProviderTest, GrantsTellWhoAndWhy) {
  const std::string alice = NewRefreshToken("alice");
  const std::string bob = NewRefreshToken("bob");
  const std::string carol = [this] {
    provider_.PutUser({"carol", "account-7"});
    return NewRefreshToken("carol");
  }();
  EXPECT_EQ(provider_.RevokeUser("alice"), 1U);
  EXPECT_EQ(provider_.RevokeUser("alice"), 0U);
  EXPECT_EQ(provider_.RevokeRefreshToken(bob), 1U);
  EXPECT_EQ(Refresh(alice).status, 400);
  EXPECT_EQ(Refresh(bob).status, 400);
  const auto grants = provider_.grants();
  ASSERT_EQ(grants.size(), 3U);
  EXPECT_EQ(grants[0].revoked_because, "control");
  EXPECT_EQ(grants[2].account_id, "account-7");
  EXPECT_EQ(grants[2].refresh_tokens, std::vector<std::string>{carol});
  EXPECT_EQ(grants[2].revoked_because, "");
  EXPECT_EQ(provider_.RevokeAll(), 1U);
}

TEST_F(SimulatedProviderTest, ResetRestoresEverythingButTheIssuer) {
  const std::string token = NewRefreshToken();
  provider_.PutUser({"carol", "account-7"});
  provider_.RemoveClient("client");
  provider_.AddFault(Endpoint::kToken, HtmlFault().Forever());
  provider_.Reset();
  EXPECT_EQ(provider_.users().size(), 2U);
  EXPECT_EQ(provider_.grants().size(), 0U);
  EXPECT_EQ(provider_.counters().Requests(Endpoint::kToken), 0U);
  EXPECT_FALSE(provider_.settings().auto_approve_user.has_value());
  EXPECT_EQ(provider_.issuer(), "http://127.0.0.1:9200");
  EXPECT_EQ(Refresh(token).status, 400);
}

TEST_F(SimulatedProviderTest, ResettingCountersLeavesTheGrants) {
  const std::string token = NewRefreshToken();
  provider_.ResetCounters();
  EXPECT_EQ(provider_.counters().requests.size(), 0U);
  EXPECT_EQ(Refresh(token).status, 200);
}

}  // namespace
}  // namespace provider_simulator
