#include "redis/subscription.h"

#include "redis/direct_client.h"
#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;

struct Diary : ChannelListener {
  void OnMessage(absl::string_view payload) override { lines.emplace_back(payload); }
  void OnSubscribed() override { lines.emplace_back("<subscribed>"); }
  void OnLost() override { lines.emplace_back("<lost>"); }
  std::vector<std::string> lines;
};

class SubscriptionTest : public RedisTest {
 protected:
  // Until `count` things have happened; time goes on where only it can help.
  void AwaitLines(size_t count) {
    while (diary_.lines.size() < count) {
      AwaitOutside([&] {
        return diary_.lines.size() >= count || (client_.pending() == 0 && loop_.NextTimer());
      });
      if (diary_.lines.size() < count) Advance(*loop_.NextTimer() - clock_.SteadyNow());
    }
  }

  RedisServer server_;
  Diary diary_;
  DirectClient client_{loop_, By(server_), 1};
};

TEST_F(SubscriptionTest, HearsWhatIsPublishedOnceItIsSubscribed) {
  client_.Subscribe("changes", &diary_);
  EXPECT_TRUE(diary_.lines.empty());
  AwaitLines(1);
  server_.Command({"PUBLISH", "changes", "one"});
  server_.Command({"PUBLISH", "elsewhere", "two"});
  server_.Command({"PUBLISH", "changes", "three"});
  AwaitLines(3);
  EXPECT_THAT(diary_.lines, ElementsAre("<subscribed>", "one", "three"));
}

TEST_F(SubscriptionTest, KnowsWhenItIsCutAndComesBackByItself) {
  client_.Subscribe("changes", &diary_);
  AwaitLines(1);
  server_.Command({"CLIENT", "KILL", "TYPE", "pubsub"});
  AwaitLines(3);
  server_.Command({"PUBLISH", "changes", "one"});
  AwaitLines(4);
  EXPECT_THAT(diary_.lines, ElementsAre("<subscribed>", "<lost>", "<subscribed>", "one"));
}

TEST_F(SubscriptionTest, IsMadeAnewOnRequestAndTellsSoLater) {
  client_.Subscribe("changes", &diary_);
  AwaitLines(1);
  client_.Resubscribe();
  EXPECT_THAT(diary_.lines, ElementsAre("<subscribed>"));
  AwaitLines(3);
  EXPECT_THAT(diary_.lines, ElementsAre("<subscribed>", "<lost>", "<subscribed>"));
}

TEST_F(SubscriptionTest, OutlivesTheServer) {
  client_.Subscribe("changes", &diary_);
  AwaitLines(1);
  server_.Kill();
  AwaitLines(2);
  Advance(absl::Seconds(30));
  server_.Restart();
  AwaitLines(3);
  EXPECT_THAT(diary_.lines, ElementsAre("<subscribed>", "<lost>", "<subscribed>"));
}

TEST_F(SubscriptionTest, TriesAgainWhileItIsRefused) {
  server_.Command({"ACL", "SETUSER", "default", "-subscribe"});
  client_.Subscribe("changes", &diary_);
  AwaitOutside([&] { return client_.pending() == 0 && loop_.NextTimer(); });
  Advance(absl::Seconds(1));
  EXPECT_TRUE(diary_.lines.empty());
  server_.Command({"ACL", "SETUSER", "default", "+subscribe"});
  AwaitLines(1);
  EXPECT_THAT(diary_.lines, ElementsAre("<subscribed>"));
}

}  // namespace
}  // namespace tokenbroker
