// CurlTransfer and CurlClient over HTTP/2.
#include <future>

#include "tests/http/http2_server.h"
#include "tests/http/http_fixture.h"
#include "tests/http/test_certificate.h"

namespace tokenbroker {
namespace {

class CurlHttp2Test : public HttpTest {
 protected:
  HttpRequest With(HttpRequest request) {
    request.ca_file = certificate_.ca_file();
    return request;
  }
  HttpResult PostTo(const Http2Server& server, std::string body) {
    return Send(With(Post(server.Url(), std::move(body))));
  }
  static size_t Presentations(const Http2Server& server, const std::string& body) {
    size_t n = 0;
    for (const Http2Request& request : server.seen()) n += request.body == body;
    return n;
  }

  TestCertificate certificate_;
};

TEST_F(CurlHttp2Test, ManyRequestsShareOneConnection) {
  Http2Server server([](const Http2Request&) { return Http2Reply::kAnswer; },
                     certificate_.server());
  for (const char* body : {"first", "second"}) {
    const HttpResult result = PostTo(server, body);
    ASSERT_TRUE(result.response) << result.error;
    EXPECT_EQ(result.response->status, 200);
    EXPECT_EQ(result.response->body, "ok");
  }
  ASSERT_EQ(server.seen().size(), 2u);
  EXPECT_EQ(server.seen()[1].connection, 1);
  EXPECT_EQ(server.seen()[1].body, "second");
}

TEST_F(CurlHttp2Test, PresentsATokenOnceHoweverItsStreamOrConnectionEnds) {
  for (const Http2Reply end : {Http2Reply::kCut, Http2Reply::kRefuse, Http2Reply::kGoAway}) {
    http_ = std::make_unique<CurlClient>(loop_);
    Http2Server server(
        [end](const Http2Request& request) {
          return request.connection == 1 && request.on_connection == 2 ? end : Http2Reply::kAnswer;
        },
        certificate_.server());
    ASSERT_TRUE(PostTo(server, "refresh_token=first").response);
    const HttpResult result = PostTo(server, "refresh_token=second");
    EXPECT_FALSE(result.response) << static_cast<int>(end);
    EXPECT_EQ(result.error.code(), absl::StatusCode::kUnavailable) << result.error;
    EXPECT_TRUE(result.sent);
    EXPECT_EQ(Presentations(server, "refresh_token=second"), 1u) << static_cast<int>(end);
  }
}

TEST_F(CurlHttp2Test, AConnectionThatLeftARequestUnansweredTakesNoFurtherOne) {
  Http2Server server(
      [](const Http2Request& request) {
        return request.connection == 1 && request.on_connection > 1 ? Http2Reply::kIgnore
                                                                    : Http2Reply::kAnswer;
      },
      certificate_.server());
  ASSERT_TRUE(PostTo(server, "first").response);
  HttpRequest hung = With(Post(server.Url(), "second"));
  hung.timeout = absl::Milliseconds(200);
  const HttpResult lost = Send(std::move(hung));
  EXPECT_EQ(lost.error.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(lost.sent);
  const HttpResult result = PostTo(server, "third");
  EXPECT_TRUE(result.response) << result.error;
  EXPECT_TRUE(PostTo(server, "fourth").response);
  EXPECT_EQ(server.seen().back().connection, 2);
}

TEST_F(CurlHttp2Test, WhatIsUnderWayOnALeftConnectionStillGetsItsAnswer) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  Http2Server server(
      [released](const Http2Request& request) {
        if (request.body == "hung") return Http2Reply::kIgnore;
        if (request.body == "slow") released.wait();
        return Http2Reply::kAnswer;
      },
      certificate_.server());
  ASSERT_TRUE(PostTo(server, "first").response);
  HttpRequest request = With(Post(server.Url(), "hung"));
  request.timeout = absl::Milliseconds(200);
  const Pending hung = Start(std::move(request));
  const Pending slow = Start(With(Post(server.Url(), "slow")));
  RunUntil([&] { return hung->has_value(); });
  for (const char* body : {"elsewhere", "there again"}) {
    EXPECT_TRUE(PostTo(server, body).response);
  }
  EXPECT_FALSE(slow->has_value());
  release.set_value();
  RunUntil([&] { return slow->has_value(); });
  EXPECT_TRUE((*slow)->response) << (*slow)->error;
  // The left connection has gone by now, and with it nothing else.
  EXPECT_TRUE(PostTo(server, "last").response);
}

}  // namespace
}  // namespace tokenbroker
