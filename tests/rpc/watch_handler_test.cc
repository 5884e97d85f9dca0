#include "rpc/watch_handler.h"

#include <absl/strings/str_cat.h>

#include "tests/rpc/fake_services.h"
#include "tests/support/known_callers.h"
#include "tests/support/loop_test.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FakeStream : public WatchStream {
 public:
  void Show(WatchView) override {}
  void End(absl::Status why) override { ends.push_back(std::move(why)); }
  absl::optional<KeptCredentials> Shown() override { return KeptCredentials(); }
  void SetRule(absl::string_view to) override { rule = std::string(to); }
  void Close() override { closed = true; }

  // Why it was ended; once at most.
  std::vector<absl::Status> ends;
  bool closed = false;
  std::string rule;
};

class WatchHandlerTest : public LoopTest {
 protected:
  WatchHandlerTest() { SetPolicy({AnythingRule()}); }

  void SetPolicy(std::vector<PolicyRule> rules) {
    for (PolicyRule& rule : rules) rule.every_caller = true;
    Snapshot snapshot;
    snapshot.policy = std::make_shared<const Policy>(std::move(rules));
    config_.Set(std::move(snapshot));
  }
  KnownCallerPtr Caller() {
    KnownCallerPtr who;
    callers_.Identify({}, SteadyTime::InfiniteFuture(),
                      [&who](absl::StatusOr<KnownCallerPtr> caller) { who = *caller; });
    return who;
  }
  std::shared_ptr<FakeStream> Watch() {
    auto stream = std::make_shared<FakeStream>();
    handler_.WatchToken({Caller(), SteadyTime::InfiniteFuture()}, request_, stream);
    Settle();
    return stream;
  }
  static std::string ReasonOf(const std::shared_ptr<FakeStream>& stream) {
    if (stream->ends.size() != 1) return absl::StrCat(stream->ends.size(), " ends");
    const absl::optional<Refusal> refusal = RefusalOf(stream->ends[0]);
    return refusal ? std::string(ReasonName(refusal->reason)) : stream->ends[0].ToString();
  }
  v1::WatchTokenRequest request_ = [] {
    v1::WatchTokenRequest request;
    request.set_provider("spotify");
    request.set_subject("user-42");
    return request;
  }();
  FixedConfig config_{Snapshot()};
  Metrics metrics_;
  Callers callers_{loop_, config_, nullptr, nullptr};
  FakeWatchService watches_;
  WatchHandler handler_{loop_, watches_, callers_, metrics_};
};

TEST_F(WatchHandlerTest, WatchesWhatTheRequestSaysWithinTheRule) {
  PolicyRule rule = AnythingRule();
  rule.owner = Owner::kSelf;
  rule.max_scopes = {{"read"}};
  rule.fixed_tenant = "music";
  SetPolicy({rule});
  request_.set_known_generation(6);
  Watch();
  ASSERT_THAT(watches_.watches(), SizeIs(1));
  const FakeWatchService::Watch watch = watches_.watches()[0];
  EXPECT_EQ(watch.query.key, (GrantKey{"music", "spotify", "user-42"}));
  EXPECT_EQ(watch.query.known_generation, 6);
  EXPECT_EQ(watch.rights.required_owner, "anonymous");
  EXPECT_THAT(*watch.rights.max_scopes, ElementsAre("read"));
}

TEST_F(WatchHandlerTest, RefusesANegativeGeneration) {
  request_.set_known_generation(-1);
  EXPECT_EQ(ReasonOf(Watch()), "FIELD_INVALID");
  EXPECT_THAT(watches_.watches(), IsEmpty());
}

TEST_F(WatchHandlerTest, RefusesWhatIsNoGrantsKey) {
  request_.set_subject(std::string(257, 's'));
  EXPECT_EQ(ReasonOf(Watch()), "FIELD_INVALID");
  EXPECT_THAT(watches_.watches(), IsEmpty());
}

TEST_F(WatchHandlerTest, ARuleForGetFreshTokenAloneDoesNotLetWatch) {
  PolicyRule rule = AnythingRule();
  rule.rpcs = RpcSet();
  rule.rpcs.Add(Rpc::kGetFreshToken);
  SetPolicy({rule});
  EXPECT_EQ(ReasonOf(Watch()), "CALLER_NOT_ALLOWED");
}

TEST_F(WatchHandlerTest, EndsWhatANewPolicyDoesNotAllow) {
  const auto stream = Watch();
  Advance(absl::Minutes(1));
  EXPECT_THAT(stream->ends, IsEmpty());
  SetPolicy({});
  Advance(absl::Milliseconds(300));
  EXPECT_EQ(ReasonOf(stream), "CALLER_NOT_ALLOWED");
  EXPECT_TRUE(watches_.watches()[0].left);
}

TEST_F(WatchHandlerTest, EndsWhatAnotherTenantsRuleCoversNow) {
  const auto stream = Watch();
  PolicyRule rule = AnythingRule();
  rule.fixed_tenant = "video";
  SetPolicy({rule});
  Advance(absl::Milliseconds(300));
  EXPECT_EQ(ReasonOf(stream), "CALLER_NOT_ALLOWED");
}

TEST_F(WatchHandlerTest, ANewPolicysBoundsHoldForOpenStreams) {
  const auto stream = Watch();
  PolicyRule rule = AnythingRule();
  rule.name = "narrow";
  rule.max_scopes = {{"read"}};
  SetPolicy({rule});
  Advance(absl::Milliseconds(300));
  EXPECT_THAT(stream->ends, IsEmpty());
  EXPECT_EQ(stream->rule, "narrow");
  EXPECT_THAT(*watches_.watches()[0].rights.max_scopes, ElementsAre("read"));
  SetPolicy({});
  Advance(absl::Milliseconds(300));
  EXPECT_EQ(ReasonOf(stream), "CALLER_NOT_ALLOWED");
}

TEST_F(WatchHandlerTest, ForgetsWhoHasLeft) {
  const auto stream = Watch();
  handler_.Left(stream);
  Settle();
  EXPECT_TRUE(watches_.watches()[0].left);
  SetPolicy({});
  Advance(absl::Seconds(1));
  EXPECT_THAT(stream->ends, IsEmpty());
  EXPECT_EQ(loop_.NextTimer(), absl::nullopt) << "nobody is asked about when nobody watches";
}

TEST_F(WatchHandlerTest, ClosesAllAndThoseThatCome) {
  std::vector<std::shared_ptr<FakeStream>> streams;
  for (int i = 0; i < 100; ++i) streams.push_back(Watch());
  handler_.CloseAll();
  Settle();
  for (const auto& stream : streams) EXPECT_TRUE(stream->closed);
  EXPECT_TRUE(Watch()->closed);
  EXPECT_THAT(watches_.watches(), SizeIs(100));
}

}  // namespace
}  // namespace tokenbroker
