// ClusterClient against nodes that say what the test wants; tests/redis/failover_test.cc has real
// ones.
#include "redis/cluster_client.h"

#include <algorithm>

#include "tests/redis/fake_server.h"
#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Reply = absl::StatusOr<RedisReply>;
using Words = std::vector<std::string>;

// "foo" lies in slot 12182 of b's half, "bar" in slot 5061 of a's.
class FakeNodes : public RedisTest {
 protected:
  struct FakeNode {
    std::string name;
    // Answers before the node itself does; empty: the node's own turn.
    std::function<std::string(const Words&)> script;
    std::unique_ptr<FakeServer> server;
    int port = 0;
    Words commands() const {
      Words commands;
      for (const std::string& seen : server->seen()) {
        if (seen != "INFO server" && seen != "CLUSTER SLOTS") commands.push_back(seen);
      }
      return commands;
    }
  };

  FakeNodes() {
    for (FakeNode* node : {&a_, &b_}) {
      node->server = std::make_unique<FakeServer>(
          loop_, [this, node](const Words& words) { return Answer(*node, words); });
      node->port = node->server->port();
    }
    lower_ = &a_;
    upper_ = &b_;
  }

  std::string Answer(const FakeNode& node, const Words& words) {
    if (words == Words{"CLUSTER", "SLOTS"}) {
      return Array({Half("0", "8191", *lower_), Half("8192", "16383", *upper_)});
    }
    if (words[0] == "INFO") return Greet(words, node.name);
    if (node.script) {
      std::string answer = node.script(words);
      if (!answer.empty()) return answer;
    }
    if (words[0] == "ASKING") return "+OK\r\n";
    return Bulk(node.name);
  }
  static std::string Half(const std::string& first, const std::string& last, const FakeNode& node) {
    const std::string port = std::to_string(node.port);
    return Array({":" + first + "\r\n", ":" + last + "\r\n",
                  Array({Bulk("127.0.0.1"), ":" + port + "\r\n"})});
  }
  std::string To(const std::string& how, const FakeNode& node, const std::string& slot = "12182") {
    return "-" + how + " " + slot + " 127.0.0.1:" + std::to_string(node.port) + "\r\n";
  }

  RedisOptions Options() {
    RedisOptions options;
    options.mode = RedisOptions::Mode::kCluster;
    options.endpoints = {a_.server->endpoint()};
    return options;
  }
  RedisCommand Get(const std::string& key, absl::Duration d = absl::Seconds(5)) {
    RedisCommand command = Command({"GET", key}, d);
    command.route = key;
    return command;
  }

  FakeNode a_{"a", nullptr, nullptr, 0};
  FakeNode b_{"b", nullptr, nullptr, 0};
  FakeNode* lower_ = nullptr;
  FakeNode* upper_ = nullptr;
};

class ClusterClientTest : public FakeNodes {
 protected:
  // A moment lies between two questions for the map.
  void AwaitRefresh() {
    Advance(absl::Milliseconds(100));
    AwaitOutside([this] { return client_.pending() == 0; });
  }
  Reply Do(const std::string& key) { return Finish(client_, client_.Call(Get(key))); }
  std::string Answerer(const std::string& key) {
    const Reply reply = Do(key);
    return reply.ok() ? reply->text : std::string(reply.status().message());
  }

  ClusterClient client_{loop_, Options(), 1};
};

TEST_F(ClusterClientTest, EachCallGoesToThePrimaryOfItsKeysSlot) {
  EXPECT_EQ(client_.PrimaryOf("foo"), "");
  EXPECT_EQ(Answerer("foo"), "b");
  EXPECT_EQ(Answerer("bar"), "a");
  EXPECT_EQ(Answerer("tb:{foo}:meta"), "b");
  EXPECT_THAT(a_.commands(), ElementsAre("GET bar"));
  EXPECT_EQ(client_.PrimaryOf("foo"), ToString(b_.server->endpoint()));
  EXPECT_EQ(client_.PrimaryOf("x{bar}"), ToString(a_.server->endpoint()));
  EXPECT_EQ(client_.pending(), 0u);
}

TEST_F(ClusterClientTest, AskingForAPrimaryBeginsToLearnThem) {
  EXPECT_EQ(client_.PrimaryOf("foo"), "");
  AwaitOutside([this] { return client_.pending() == 0; });
  EXPECT_EQ(client_.PrimaryOf("foo"), ToString(b_.server->endpoint()));
}

TEST_F(ClusterClientTest, WithoutARouteAnyPrimaryWillDo) {
  Words answerers;
  for (int i = 0; i < 2; ++i) {
    answerers.push_back(Finish(client_, client_.Call(Command({"TIME"})))->text);
  }
  EXPECT_THAT(answerers, testing::UnorderedElementsAre("a", "b"));
}

TEST_F(ClusterClientTest, AMovedSlotIsFollowedAndBringsTheWholeMapUpToDate) {
  EXPECT_EQ(Answerer("foo"), "b");
  upper_ = &a_;
  b_.script = [this](const Words&) { return To("MOVED", a_); };
  EXPECT_EQ(Answerer("foo"), "a");
  AwaitRefresh();
  // "somekey" lies in slot 11058.
  EXPECT_EQ(client_.PrimaryOf("somekey"), ToString(a_.server->endpoint()));
  EXPECT_EQ(Answerer("foo"), "a");
  EXPECT_THAT(b_.commands(), ElementsAre("GET foo", "GET foo"));
}

TEST_F(ClusterClientTest, TheMapIsNotAskedForByEveryCallThatHasAReason) {
  EXPECT_EQ(Answerer("foo"), "b");
  const auto questions = [this] {
    const Words& a = a_.server->seen();
    const Words& b = b_.server->seen();
    return std::count(a.begin(), a.end(), "CLUSTER SLOTS") +
           std::count(b.begin(), b.end(), "CLUSTER SLOTS");
  };
  EXPECT_EQ(questions(), 1);
  b_.script = [this](const Words&) { return To("MOVED", a_); };
  std::vector<Future<Reply>> calls;
  for (int i = 0; i < 50; ++i) calls.push_back(Start(client_.Call(Get("foo", absl::Seconds(1)))));
  AwaitOutside([this] { return client_.pending() == 0; });
  AwaitRefresh();
  // Both nodes, once.
  EXPECT_EQ(questions(), 3);
}

TEST_F(ClusterClientTest, ASlotUnderWayIsAskedForAtItsNextHomeThisOnce) {
  b_.script = [this](const Words& words) {
    return words[1] == "foo" ? To("ASK", a_) : std::string();
  };
  EXPECT_EQ(Answerer("foo"), "a");
  EXPECT_THAT(a_.commands(), ElementsAre("ASKING", "GET foo"));
  EXPECT_EQ(Answerer("somekey"), "b");
  EXPECT_THAT(a_.commands(), ElementsAre("ASKING", "GET foo"));
}

TEST_F(ClusterClientTest, AScriptIsLoadedAtTheNextHomeByAskingAgain) {
  b_.script = [this](const Words&) { return To("ASK", a_); };
  a_.script = [](const Words& words) {
    return std::string(words[0] == "EVALSHA" ? "-NOSCRIPT No matching script\r\n" : "");
  };
  const RedisScript script("one", "return 1");
  ScriptCall call;
  call.script = &script;
  call.keys = {"foo"};
  call.deadline = In(absl::Seconds(5));
  EXPECT_EQ(Finish(client_, client_.Run(std::move(call)))->text, "a");
  // Each server's own run_id is the first argument; of another than before since when, too.
  const std::string by_sha = "EVALSHA " + script.sha() + " 1 foo ";
  EXPECT_THAT(b_.commands(), ElementsAre(by_sha + "b"));
  EXPECT_THAT(a_.commands(),
              ElementsAre("ASKING", by_sha + "a 0", "ASKING", "EVAL return 1 1 foo a 0"));
}

TEST_F(ClusterClientTest, WhatTheClusterPutsOffIsTriedAgain) {
  for (const std::string code : {"TRYAGAIN", "CLUSTERDOWN"}) {
    int refusals = 3;
    b_.script = [&](const Words&) {
      return refusals-- > 0 ? "-" + code + " later\r\n" : std::string();
    };
    EXPECT_EQ(Answerer("foo"), "b") << code;
    EXPECT_EQ(refusals, -1) << code;
  }
}

TEST_F(ClusterClientTest, ButNotBeyondTheDeadline) {
  for (const std::string code : {"TRYAGAIN", "CLUSTERDOWN"}) {
    b_.script = [&](const Words&) { return "-" + code + " later\r\n"; };
    EXPECT_EQ(Do("foo").status(), absl::UnavailableError("redis: GET: " + code));
  }
}

TEST_F(ClusterClientTest, EndlessRedirectionsAreFollowedSlowly) {
  a_.script = [this](const Words&) { return To("MOVED", b_); };
  b_.script = [this](const Words&) { return To("MOVED", a_); };
  EXPECT_EQ(Do("foo").status(), absl::UnavailableError("redis: GET: MOVED"));
  // Five at once, then a pause that grows to half a second.
  EXPECT_LT(a_.commands().size() + b_.commands().size(), 400u);
}

TEST_F(ClusterClientTest, OtherErrorsAreTheCallers) {
  b_.script = [](const Words&) { return std::string("-OOM secret\r\n"); };
  EXPECT_EQ(Do("foo").status(), absl::UnavailableError("redis: GET: OOM"));
  EXPECT_THAT(b_.commands(), ElementsAre("GET foo"));
}

TEST_F(ClusterClientTest, ACallThatMayHaveBeenExecutedIsNotRepeated) {
  EXPECT_EQ(Answerer("foo"), "b");
  b_.script = [this](const Words&) {
    upper_ = &a_;
    loop_.Post([this] { b_.server->CloseConnections(); });
    return std::string("+");
  };
  EXPECT_EQ(Do("foo").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(a_.commands(), Not(Contains("GET foo")));
  AwaitRefresh();
  EXPECT_EQ(Answerer("foo"), "a");
}

TEST_F(ClusterClientTest, ANodeThatIsGoneIsReplacedByWhomTheOthersName) {
  EXPECT_EQ(Answerer("foo"), "b");
  b_.server.reset();
  AwaitOutside([this] { return client_.pending() == 0 && loop_.NextTimer(); });
  const auto call = Start(client_.Call(Get("foo", absl::Seconds(30))));
  // Until the others notice.
  for (int i = 0; i < 5; ++i) {
    AwaitOutside([this] { return client_.pending() == 0; });
    Advance(absl::Seconds(1));
  }
  EXPECT_FALSE(call->has_value());
  upper_ = &a_;
  EXPECT_EQ(Answerer("foo"), "a");
  // At the end of its pause.
  Advance(absl::Seconds(1));
  EXPECT_EQ(Await(call)->text, "a");
}

TEST_F(ClusterClientTest, ANodeThatCannotBeReachedIsSaid) {
  b_.server =
      std::make_unique<FakeServer>(loop_, [](const Words&) { return std::string("-DENIED\r\n"); });
  b_.port = b_.server->port();
  EXPECT_EQ(Do("foo").status(), absl::UnavailableError("redis: GET: redis: INFO: DENIED"));
}

TEST_F(ClusterClientTest, ASlotWithoutAPrimaryIsSaid) {
  FakeServer lone(loop_, [this](const Words& words) {
    return words[0] == "CLUSTER" ? Array({Half("0", "100", a_)}) : Greet(words);
  });
  RedisOptions options = Options();
  options.endpoints = {lone.endpoint()};
  a_.server = nullptr;
  ClusterClient client(loop_, options, 1);
  EXPECT_EQ(Finish(client, client.Call(Get("foo"))).status(),
            absl::UnavailableError("redis: GET: the slot has no primary"));
}

TEST_F(ClusterClientTest, OneOfTheGivenNodesIsEnough) {
  RedisOptions options = Options();
  options.endpoints.insert(options.endpoints.begin(),
                           {"127.0.0.1", static_cast<uint16_t>(FreePort()), ""});
  ClusterClient client(loop_, options, 1);
  EXPECT_EQ(Finish(client, client.Call(Get("foo")))->text, "b");
}

TEST_F(ClusterClientTest, ABarrierGoesToThePrimaryOfItsKey) {
  b_.script = [](const Words& words) { return std::string(words[0] == "WAIT" ? ":1\r\n" : ""); };
  EXPECT_EQ(Answerer("foo"), "b");
  EXPECT_EQ(Finish(client_, client_.AwaitReplicas("{foo}barrier", 1, In(absl::Seconds(5)))),
            absl::OkStatus());
  EXPECT_THAT(b_.commands(), Contains(HasSubstr(" 1 {foo}barrier")));
}

TEST_F(ClusterClientTest, APrimaryThatTookTheSlotOverProvesNothing) {
  const auto wait = [](const Words& words) {
    return std::string(words[0] == "WAIT" ? ":1\r\n" : "");
  };
  a_.script = wait;
  b_.script = wait;
  EXPECT_EQ(Answerer("foo"), "b");
  upper_ = &a_;
  b_.script = [this](const Words&) { return To("MOVED", a_, "11058"); };
  // Another key of the same half brings the news.
  EXPECT_EQ(Answerer("somekey"), "a");
  AwaitRefresh();
  EXPECT_EQ(client_.PrimaryOf("foo"), ToString(a_.server->endpoint()));
  EXPECT_EQ(Finish(client_, client_.AwaitReplicas("foo", 1, In(absl::Seconds(5)))),
            absl::UnavailableError("redis: WAIT: another server is the primary now"));
  EXPECT_EQ(Answerer("foo"), "a");
  EXPECT_EQ(Finish(client_, client_.AwaitReplicas("foo", 1, In(absl::Seconds(5)))),
            absl::OkStatus());
}

}  // namespace
}  // namespace tokenbroker
