#include "http/curl_multi.h"

#include <algorithm>

#include "tests/http/http_fixture.h"
#include "tests/http/loopback_server.h"

namespace tokenbroker {
namespace {

using CurlMultiTest = HttpTest;

Reply Hang(const SeenRequest&) { return {"", Reply::Then::kHang}; }

TEST_F(CurlMultiTest, AHundredRequestsRunAtOnceAndGetTheirOwnAnswers) {
  LoopbackServer server([](const SeenRequest& request) { return Ok("echo " + request.body); });
  std::vector<Pending> pending;
  for (int i = 0; i < 100; ++i) pending.push_back(Start(Post(server.Url(), std::to_string(i))));
  RunUntil([&] {
    return std::all_of(pending.begin(), pending.end(), [](auto& p) { return p->has_value(); });
  });
  for (int i = 0; i < 100; ++i) {
    const HttpResult& result = **pending[static_cast<size_t>(i)];
    ASSERT_TRUE(result.response) << result.error;
    EXPECT_EQ(result.response->body, "echo " + std::to_string(i));
  }
  EXPECT_EQ(server.seen().size(), 100u);
}

TEST_F(CurlMultiTest, OneHangingRequestHoldsUpNoOther) {
  LoopbackServer hanging(&Hang);
  LoopbackServer server([](const SeenRequest&) { return Ok(); });
  const Pending hung = Start(Get(hanging.Url()));
  RunUntil([&] { return hanging.seen().size() == 1; });
  EXPECT_TRUE(Send(Get(server.Url())).response);
  EXPECT_FALSE(hung->has_value());
}

TEST_F(CurlMultiTest, TasksMayBeDroppedInTheMidstOfTheirRequests) {
  LoopbackServer server(&Hang);
  std::vector<Pending> pending;
  for (int i = 0; i < 10; ++i) pending.push_back(Start(Post(server.Url(), "a=b")));
  RunUntil([&] { return server.seen().size() == 10; });
  loop_.DropTasks();
  http_.reset();
  for (const Pending& p : pending) EXPECT_FALSE(p->has_value());
}

TEST_F(CurlMultiTest, TasksMayBeDroppedBeforeCurlBegins) {
  LoopbackServer server(&Hang);
  const Pending pending = Start(Post(server.Url(), "a=b"));
  loop_.context().poll_one();
  loop_.DropTasks();
  http_.reset();
  EXPECT_FALSE(pending->has_value());
  EXPECT_EQ(server.seen().size(), 0u);
}

TEST_F(CurlMultiTest, AClientThatGoesFailsWhatIsUnderWay) {
  LoopbackServer server(&Hang);
  const Pending sent = Start(Post(server.Url(), "a=b"));
  RunUntil([&] { return server.seen().size() == 1; });
  const Pending unsent = Start(Post(server.Url(), "c=d"));
  loop_.context().poll_one();
  http_.reset();
  RunUntil([&] { return sent->has_value() && unsent->has_value(); });
  EXPECT_EQ((*sent)->error.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE((*sent)->sent);
  EXPECT_EQ((*unsent)->error.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE((*unsent)->sent);
}

}  // namespace
}  // namespace tokenbroker
