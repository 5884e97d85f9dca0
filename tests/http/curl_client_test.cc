#include "http/curl_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "tests/http/http_fixture.h"
#include "tests/http/loopback_server.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using CurlClientTest = HttpTest;

Reply Raw(std::string bytes, Reply::Then then = Reply::Then::kClose) { return {bytes, then}; }

TEST_F(CurlClientTest, GivesStatusHeadersAndBodyOfTheAnswer) {
  LoopbackServer server([](const SeenRequest&) {
    return Raw("HTTP/1.1 418 Teapot\r\nX-Kind: pot\r\nContent-Length: 3\r\n\r\ntea");
  });
  const SteadyTime before = loop_.clock().SteadyNow();
  const HttpResult result = Send(Get(server.Url("/a?b=c")));
  ASSERT_TRUE(result.response) << result.error;
  EXPECT_TRUE(result.error.ok());
  EXPECT_EQ(result.response->status, 418);
  EXPECT_EQ(result.response->body, "tea");
  EXPECT_EQ(result.response->Header("x-kind"), "pot");
  EXPECT_TRUE(result.sent);
  EXPECT_GE(result.sent_at, before);
  EXPECT_LE(result.sent_at, loop_.clock().SteadyNow());
  EXPECT_THAT(server.seen().at(0).head, HasSubstr("GET /a?b=c HTTP/1.1\r\n"));
}

TEST_F(CurlClientTest, SendsBodyAndHeadersOfAPostIntact) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); });
  // Beyond what curl sends without asking for leave first.
  std::string body(2'000'000, 'x');
  body[7] = '\0';
  HttpRequest request = Post(server.Url(), body);
  request.headers.emplace_back("Authorization", Secret("Basic c2VjcmV0"));
  request.headers.emplace_back("Content-Type", Secret("application/json"));
  const HttpResult result = Send(std::move(request));
  ASSERT_TRUE(result.response) << result.error;
  EXPECT_TRUE(result.sent);
  const SeenRequest seen = server.seen().at(0);
  EXPECT_EQ(seen.body, body);
  EXPECT_THAT(seen.head, HasSubstr("POST / HTTP/1.1\r\n"));
  EXPECT_THAT(seen.head, HasSubstr("Authorization: Basic c2VjcmV0\r\n"));
  EXPECT_THAT(seen.head, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(seen.head, Not(HasSubstr("Expect")));
}

TEST_F(CurlClientTest, DoesNotFollowARedirect) {
  LoopbackServer elsewhere([](const SeenRequest&) { return Ok(); });
  LoopbackServer server([&](const SeenRequest&) {
    return Raw("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.Url() +
               "\r\nContent-Length: 0\r\n\r\n");
  });
  const HttpResult result = Send(Post(server.Url(), "secret"));
  ASSERT_TRUE(result.response) << result.error;
  EXPECT_EQ(result.response->status, 302);
  EXPECT_EQ(elsewhere.connections(), 0);
  EXPECT_EQ(server.seen().size(), 1u);
}

TEST_F(CurlClientTest, ReusesAConnection) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); });
  EXPECT_TRUE(Send(Get(server.Url())).response);
  EXPECT_TRUE(Send(Post(server.Url(), "a=b")).response);
  EXPECT_EQ(server.seen().size(), 2u);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlClientTest, RefusesAnAnswerThatAnnouncesTooMuch) {
  LoopbackServer server([](const SeenRequest&) {
    return Raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", Reply::Then::kHang);
  });
  HttpRequest request = Post(server.Url(), "a=b");
  request.max_body_bytes = 999;
  const HttpResult result = Send(std::move(request));
  EXPECT_FALSE(result.response);
  EXPECT_EQ(result.error.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(result.sent);
}

TEST_F(CurlClientTest, RefusesAnAnswerThatTurnsOutTooLarge) {
  LoopbackServer server([](const SeenRequest&) {
    return Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" +
                   std::string(1000, 'x') + "\r\n",
               Reply::Then::kHang);
  });
  HttpRequest request = Get(server.Url());
  request.max_body_bytes = 999;
  request.timeout = absl::Hours(1);
  EXPECT_EQ(Send(std::move(request)).error.code(), absl::StatusCode::kResourceExhausted);
  HttpRequest large_enough = Get(server.Url());
  large_enough.max_body_bytes = 1000;
  large_enough.timeout = absl::Milliseconds(200);
  EXPECT_EQ(Send(std::move(large_enough)).error.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(CurlClientTest, RefusesEndlessHeaders) {
  LoopbackServer server([](const SeenRequest&) {
    std::string bytes = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 100; ++i) bytes += "X-Much: " + std::string(1000, 'x') + "\r\n";
    return Raw(bytes, Reply::Then::kHang);
  });
  EXPECT_EQ(Send(Get(server.Url())).error.code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(CurlClientTest, GivesUpAtTheTotalDeadline) {
  LoopbackServer server([](const SeenRequest&) { return Raw("", Reply::Then::kHang); });
  HttpRequest request = Post(server.Url(), "a=b");
  request.timeout = absl::Milliseconds(200);
  const HttpResult result = Send(std::move(request));
  EXPECT_EQ(result.error.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(result.sent);
}

TEST_F(CurlClientTest, AStoppedAnswerIsNoAnswer) {
  LoopbackServer server([](const SeenRequest&) {
    return Raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"acce");
  });
  const HttpResult result = Send(Post(server.Url(), "a=b"));
  EXPECT_FALSE(result.response);
  EXPECT_EQ(result.error.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(result.sent);
}

TEST_F(CurlClientTest, SaysThatNothingWasSentWhenTheConnectionIsRefused) {
  int port = 0;
  {
    LoopbackServer gone([](const SeenRequest&) { return Ok(); });
    port = gone.port();
  }
  const HttpResult result = Send(Post("http://127.0.0.1:" + std::to_string(port) + "/", "a=b"));
  EXPECT_EQ(result.error.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(result.sent);
}

// A listener that nobody accepts from until somebody is asked for.
class IdleListener {
 public:
  explicit IdleListener(int backlog = 8) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    EXPECT_EQ(bind(listener_, generic(), size), 0);
    EXPECT_EQ(listen(listener_, backlog), 0);
    EXPECT_EQ(getsockname(listener_, generic(), &size), 0);
  }
  ~IdleListener() { close(listener_); }
  IdleListener(const IdleListener&) = delete;
  IdleListener& operator=(const IdleListener&) = delete;

  std::string Url() const {
    return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)) + "/";
  }
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }

  // Reads all that the next one sent: 0 when that ended in order, else the error.
  int EndOfNextConnection() const {
    const int client = accept(listener_, nullptr, nullptr);
    EXPECT_GE(client, 0);
    char bytes[64 * 1024];
    ssize_t n = 0;
    do n = read(client, bytes, sizeof bytes);
    while (n > 0);
    const int error = n == 0 ? 0 : errno;
    close(client);
    return error;
  }

 private:
  const int listener_;
  sockaddr_in address_ = {};
};

// A listener whose queue is full does not answer: the handshake hangs.
class FullListener : public IdleListener {
 public:
  FullListener() : IdleListener(0) {
    for (int& client : clients_) {
      client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      EXPECT_LE(connect(client, generic(), sizeof(sockaddr_in)), 0);  // In progress, or done.
    }
  }
  ~FullListener() {
    for (const int client : clients_) close(client);
  }

 private:
  int clients_[4] = {};
};

TEST_F(CurlClientTest, GivesUpConnectingAtTheConnectDeadline) {
  const FullListener full;
  HttpRequest request = Post(full.Url(), "a=b");
  request.connect_timeout = absl::Milliseconds(100);
  request.timeout = absl::Hours(1);
  const SteadyTime before = loop_.clock().SteadyNow();
  const HttpResult result = Send(std::move(request));
  // The kernel would give up after two minutes.
  EXPECT_LT(loop_.clock().SteadyNow() - before, absl::Minutes(1));
  EXPECT_EQ(result.error.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(result.sent);
}

// Of the socket in this process that is connected to that port; 0 when there is none.
unsigned UserTimeoutOfConnectionTo(int port) {
  for (int fd = 0; fd < 1024; ++fd) {
    sockaddr_in peer = {};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (peer.sin_family != AF_INET || ntohs(peer.sin_port) != port) continue;
    unsigned timeout_ms = 0;
    size = sizeof timeout_ms;
    getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, &size);
    return timeout_ms;
  }
  return 0;
}

// ADR 39.
TEST_F(CurlClientTest, WhatAServerHasNotTakenWhenARequestIsGivenUpNeverReachesIt) {
  const IdleListener idle;
  HttpRequest request = Post(idle.Url(), std::string(8'000'000, 'x'));
  request.timeout = absl::Milliseconds(200);
  EXPECT_TRUE(absl::IsDeadlineExceeded(Send(std::move(request)).error));
  EXPECT_EQ(idle.EndOfNextConnection(), ECONNRESET);
}

TEST_F(CurlClientTest, AConnectionThatTookItsWholeRequestEndsInOrder) {
  const IdleListener idle;
  HttpRequest request = Post(idle.Url(), "a=b");
  request.timeout = absl::Milliseconds(200);
  EXPECT_TRUE(absl::IsDeadlineExceeded(Send(std::move(request)).error));
  EXPECT_EQ(idle.EndOfNextConnection(), 0);
}

TEST_F(CurlClientTest, TheKernelTriesToSendForNoLongerThanTheRequestMayTake) {
  LoopbackServer server([](const SeenRequest&) { return Raw("", Reply::Then::kHang); });
  HttpRequest request = Post(server.Url(), "a=b");
  request.timeout = absl::Seconds(7);
  const Pending pending = Start(std::move(request));
  RunUntil([&] { return !server.seen().empty(); });
  EXPECT_EQ(UserTimeoutOfConnectionTo(server.port()), 7'000u);
}

TEST_F(CurlClientTest, AnswersThatAreNotHttpAreErrorsWithoutQuotingThem) {
  for (const std::string& bytes : std::vector<std::string>{
           "<html>garbage SECRET</html>\n", "", "HTTP/9.9 banana SECRET\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: SECRET\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nSECRET\r\n"}) {
    LoopbackServer server([&](const SeenRequest&) { return Raw(bytes); });
    const HttpResult result = Send(Post(server.Url("/SECRET"), "SECRET"));
    EXPECT_FALSE(result.response) << bytes;
    EXPECT_EQ(result.error.code(), absl::StatusCode::kUnavailable) << bytes;
    EXPECT_THAT(std::string(result.error.message()), Not(HasSubstr("SECRET")));
    EXPECT_TRUE(result.sent);
  }
}

TEST_F(CurlClientTest, RefusesUrlsThatAreNotAllowedBeforeAnythingIsSent) {
  for (const char* url :
       {"http://192.0.2.1/", "https://user:SECRET@127.0.0.1/", "file:///etc/hostname"}) {
    const HttpResult result = Send(Post(url, "a=b"));
    EXPECT_FALSE(result.response) << url;
    EXPECT_EQ(result.error.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_FALSE(result.sent);
  }
}

TEST_F(CurlClientTest, ARequestWithoutTimeLeftIsNotSent) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); });
  HttpRequest request = Post(server.Url(), "a=b");
  request.timeout = absl::ZeroDuration();
  const HttpResult result = Send(std::move(request));
  EXPECT_EQ(result.error.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(result.sent);
  EXPECT_EQ(server.connections(), 0);
}

class ProxyEnvironment {
 public:
  explicit ProxyEnvironment(const std::string& url, const std::string& exceptions = "") {
    for (const char* name : kNames) setenv(name, url.c_str(), 1);
    setenv("no_proxy", exceptions.c_str(), 1);
  }
  ~ProxyEnvironment() {
    for (const char* name : kNames) unsetenv(name);
    unsetenv("no_proxy");
  }

 private:
  static constexpr const char* kNames[] = {"http_proxy", "https_proxy", "all_proxy"};
};

TEST_F(CurlClientTest, GoesThroughTheProxyOfTheEnvironmentAndNeverForLoopback) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); });
  LoopbackServer proxy([](const SeenRequest&) {
    return Raw("HTTP/1.1 403 Forbidden\r\nX-Proxy: yes\r\nContent-Length: 0\r\n\r\n");
  });
  const ProxyEnvironment environment(proxy.Url());
  EXPECT_TRUE(Send(Get(server.Url())).response);
  EXPECT_EQ(proxy.connections(), 0);

  HttpRequest request = Post("https://provider.example/token", "a=b");
  request.headers.emplace_back("Authorization", Secret("Basic c2VjcmV0"));
  const HttpResult result = Send(std::move(request));
  EXPECT_FALSE(result.response);
  EXPECT_EQ(result.error.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(result.sent);
  const SeenRequest seen = proxy.seen().at(0);
  EXPECT_THAT(seen.head, HasSubstr("CONNECT provider.example:443 HTTP/1.1\r\n"));
  EXPECT_THAT(seen.head, Not(HasSubstr("Authorization")));
}

TEST_F(CurlClientTest, RefusesAProxyAtAnAddressThatIsNotAllowed) {
  const ProxyEnvironment environment("http://169.254.169.254:3128");
  EXPECT_EQ(Send(Get("https://provider.example/")).error.code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(CurlClientTest, GoesPastTheProxyWhereTheEnvironmentSaysSo) {
  LoopbackServer server([](const SeenRequest&) { return Ok(); });
  LoopbackServer proxy([](const SeenRequest&) { return Ok(); });
  // Reaches this machine, and is no loopback address.
  HttpRequest request = Get("https://0.0.0.0:" + std::to_string(server.port()) + "/");
  request.destinations = Destinations::kAny;
  request.timeout = absl::Milliseconds(300);
  {
    const ProxyEnvironment environment(proxy.Url());
    EXPECT_FALSE(Send(request).response);
  }
  EXPECT_EQ(proxy.connections(), 1);
  EXPECT_EQ(server.connections(), 0);
  const ProxyEnvironment environment(proxy.Url(), "0.0.0.0");
  EXPECT_FALSE(Send(request).response) << "no TLS is spoken there";
  EXPECT_EQ(proxy.connections(), 1);
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace tokenbroker
