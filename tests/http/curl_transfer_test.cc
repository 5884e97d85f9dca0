#include "http/curl_transfer.h"

#include "tests/http/http_fixture.h"
#include "tests/http/loopback_server.h"

namespace tokenbroker {
namespace {

using CurlTransferTest = HttpTest;

// Answers the first request of the first connection, and cuts that connection at the second
// request, once it has arrived whole.
Reply CutTheReusedConnection(const SeenRequest& request) {
  if (request.connection == 1 && request.on_connection == 2) return {"", Reply::Then::kClose};
  return Ok();
}

Reply ResetTheReusedConnection(const SeenRequest& request) {
  if (request.connection == 1 && request.on_connection == 2) return {"", Reply::Then::kReset};
  return Ok();
}

size_t Presentations(const LoopbackServer& server, const std::string& body) {
  size_t n = 0;
  for (const SeenRequest& request : server.seen()) n += request.body == body;
  return n;
}

TEST_F(CurlTransferTest, PresentsATokenOnceWhenAReusedConnectionIsCut) {
  for (const auto script : {&CutTheReusedConnection, &ResetTheReusedConnection}) {
    http_ = std::make_unique<CurlClient>(loop_);
    LoopbackServer server(script);
    ASSERT_TRUE(Send(Post(server.Url(), "refresh_token=first")).response);
    const HttpResult result = Send(Post(server.Url(), "refresh_token=second"));
    EXPECT_FALSE(result.response);
    EXPECT_EQ(result.error.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(result.sent);
    EXPECT_EQ(Presentations(server, "refresh_token=second"), 1u);
    EXPECT_EQ(server.seen().size(), 2u);
  }
}

TEST_F(CurlTransferTest, PresentsALongBodyOnceWhenAReusedConnectionIsCut) {
  LoopbackServer server(&CutTheReusedConnection);
  const std::string body(200'000, 'x');
  ASSERT_TRUE(Send(Get(server.Url())).response);
  const HttpResult result = Send(Post(server.Url(), body));
  EXPECT_EQ(result.error.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(result.sent);
  EXPECT_EQ(Presentations(server, body), 1u);
}

TEST_F(CurlTransferTest, RepeatsAGetWhenAReusedConnectionIsCut) {
  LoopbackServer server(&CutTheReusedConnection);
  ASSERT_TRUE(Send(Get(server.Url())).response);
  const HttpResult result = Send(Get(server.Url()));
  ASSERT_TRUE(result.response) << result.error;
  EXPECT_EQ(result.response->status, 200);
  EXPECT_EQ(server.seen().size(), 3u);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(CurlTransferTest, RepeatsAPostThatMayBeRepeatedWithItsWholeBody) {
  LoopbackServer server(&CutTheReusedConnection);
  ASSERT_TRUE(Send(Get(server.Url())).response);
  const HttpResult result = Send(Post(server.Url(), "a=b", Repetition::kAllowed));
  EXPECT_TRUE(result.response) << result.error;
  EXPECT_EQ(Presentations(server, "a=b"), 2u);
}

TEST_F(CurlTransferTest, ARequestWithoutBodyIsSentOnceWhenItMayNotBeRepeated) {
  for (const HttpMethod method : {HttpMethod::kGet, HttpMethod::kPost}) {
    http_ = std::make_unique<CurlClient>(loop_);
    LoopbackServer server(&CutTheReusedConnection);
    ASSERT_TRUE(Send(Get(server.Url())).response);
    HttpRequest request = Get(server.Url());
    request.method = method;
    request.repetition = Repetition::kNever;
    const HttpResult result = Send(std::move(request));
    EXPECT_EQ(result.error.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(result.sent);
    EXPECT_EQ(server.seen().size(), 2u);
  }
}

TEST_F(CurlTransferTest, ReplacesAnIdleConnectionThatTheServerClosed) {
  LoopbackServer server([](const SeenRequest& request) {
    Reply reply = Ok();
    if (request.connection == 1) reply.then = Reply::Then::kClose;
    return reply;
  });
  ASSERT_TRUE(Send(Get(server.Url())).response);
  RunUntil([&] { return server.open_connections() == 0; });
  const HttpResult result = Send(Post(server.Url(), "a=b"));
  EXPECT_TRUE(result.response) << result.error;
  EXPECT_EQ(Presentations(server, "a=b"), 1u);
}

// In real time: curl has no other.
TEST_F(CurlTransferTest, PresentsNoTokenOnAConnectionThatTheServerMayBeClosing) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); });
  ASSERT_TRUE(Send(Post(server.Url(), "a=1")).response);
  ASSERT_TRUE(Send(Post(server.Url(), "a=2")).response);
  EXPECT_EQ(server.connections(), 1);
  const SteadyTime idle_until = loop_.clock().SteadyNow() + absl::Milliseconds(1050);
  RunUntil([&] { return loop_.clock().SteadyNow() >= idle_until; });
  ASSERT_TRUE(Send(Get(server.Url())).response);
  EXPECT_EQ(server.connections(), 1);
  const SteadyTime idle_again = loop_.clock().SteadyNow() + absl::Milliseconds(1050);
  RunUntil([&] { return loop_.clock().SteadyNow() >= idle_again; });
  ASSERT_TRUE(Send(Post(server.Url(), "a=3")).response);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(CurlTransferTest, RefusesHeadersThatWouldBecomeOthers) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); });
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"Authorization", "Bearer a\r\nX-Evil: 1"},
      {"Authorization", std::string("Bearer a\0b", 10)},
      {"X-Evil: 1\r\nY", "a"},
      {"X:Y", "a"},
      {"X;", "a"},
      {"", "a"},
      {"X-Empty", ""}};
  for (const auto& [name, value] : bad) {
    HttpRequest request = Get(server.Url());
    request.headers.emplace_back(name, Secret(value));
    const HttpResult result = Send(std::move(request));
    EXPECT_EQ(result.error.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_FALSE(result.sent);
  }
  EXPECT_EQ(server.connections(), 0);
}

// The address that it was not let to; the request ended without any part of it leaving us.
void ExpectRefusedAddress(const HttpResult& result, const std::string& what) {
  EXPECT_EQ(result.error.code(), absl::StatusCode::kPermissionDenied) << what << result.error;
  EXPECT_THAT(std::string(result.error.message()),
              testing::HasSubstr("the host has an address that is not allowed"));
  EXPECT_FALSE(result.sent);
}

TEST_F(CurlTransferTest, ConnectsToNoAddressWhereNoProviderIs) {
  for (const char* url :
       {"https://169.254.169.254/latest/meta-data", "https://2852039166/", "https://0.0.0.0/",
        "https://[fe80::1]/", "https://[::ffff:169.254.169.254]/", "https://[::]/"}) {
    const SteadyTime before = loop_.clock().SteadyNow();
    ExpectRefusedAddress(Send(Post(url, "refresh_token=secret")), url);
    EXPECT_LT(loop_.clock().SteadyNow() - before, absl::Seconds(2)) << "it was not tried";
  }
}

TEST_F(CurlTransferTest, SaysInTheLogWhereItDidNotGo) {
  testing::internal::CaptureStderr();
  Send(Post("https://169.254.169.254:8443/", "refresh_token=secret"));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, testing::HasSubstr("\"host\":\"169.254.169.254:8443\""));
  EXPECT_THAT(log, testing::HasSubstr("\"address\":\"169.254.169.254\""));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("secret")));
}

TEST_F(CurlTransferTest, ReachesThisMachineOnlyWhereTheUrlSaysSo) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); });
  const std::string port = std::to_string(server.port());
  // curl resolves the first to 127.0.0.1 by itself, as any name server could resolve any name.
  for (const std::string& host : {"provider.localhost", "[::ffff:127.0.0.1]"}) {
    ExpectRefusedAddress(Send(Post("https://" + host + ":" + port + "/", "a=b")), host);
  }
  EXPECT_EQ(server.connections(), 0);
  EXPECT_TRUE(Send(Post("http://localhost:" + port + "/", "a=b")).response);
}

TEST_F(CurlTransferTest, GoesAnywhereWhenItMay) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); });
  HttpRequest request =
      Post("https://provider.localhost:" + std::to_string(server.port()) + "/", "a=b");
  request.timeout = absl::Milliseconds(300);
  request.destinations = Destinations::kAny;
  EXPECT_NE(Send(request).error.code(), absl::StatusCode::kPermissionDenied)
      << "no TLS is spoken there";
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlTransferTest, WhoMayNotGoAnywhereDoesNotShareTheConnectionOfWhoMay) {
  CurlTransfer ordinary(loop_, Get("https://id.example/"));
  HttpRequest request = Get("https://id.example/");
  request.destinations = Destinations::kAny;
  CurlTransfer anywhere(loop_, request);
  const RequestUrl url = *ParseRequestUrl(request.url);
  const auto handles = std::make_shared<CurlHandles>();
  ASSERT_TRUE(ordinary.Prepare(url, handles).ok());
  ASSERT_TRUE(anywhere.Prepare(url, handles).ok());
  EXPECT_NE(ordinary.peer(), anywhere.peer());
}

TEST_F(CurlTransferTest, SkipsAnInterimAnswer) {
  LoopbackServer server([](const SeenRequest&) {
    return Reply{
        "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 401 Unauthorized\r\n"
        "Content-Length: 0\r\nX-Final: 1\r\n\r\n",
        Reply::Then::kClose};
  });
  const HttpResult result = Send(Post(server.Url(), "a=b"));
  ASSERT_TRUE(result.response) << result.error;
  EXPECT_EQ(result.response->status, 401);
  EXPECT_TRUE(result.response->Header("x-final"));
  EXPECT_FALSE(result.response->Header("x-interim"));
}

}  // namespace
}  // namespace tokenbroker
