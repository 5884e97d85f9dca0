#include "access/callers.h"

#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <thread>

#include "tests/support/fake_http_client.h"
#include "tests/support/known_callers.h"
#include "tests/support/loop_test.h"
#include "tests/support/service_account_token.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_authority.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr char kReviews[] = "https://api/apis/authentication.k8s.io/v1/tokenreviews";
constexpr char kAccepted[] =
    R"({"status":{"authenticated":true,"user":{"username":"system:serviceaccount:music:player"},)"
    R"("audiences":["token-broker"]}})";

class FixedTls : public TlsSource {
 public:
  FixedTls() : current_(std::make_shared<const TlsMaterial>()) {}
  std::shared_ptr<const TlsMaterial> Current() const override { return current_; }
  void Revoke(RevocationLists lists) {
    auto next = std::make_shared<TlsMaterial>();
    next->revoked = std::move(lists);
    current_ = std::move(next);
  }

 private:
  std::shared_ptr<const TlsMaterial> current_;
};

using Answer = std::shared_ptr<absl::optional<absl::StatusOr<KnownCallerPtr>>>;

class CallersTest : public LoopTest {
 protected:
  CallersTest() {
    // Certificates are made by the real clock.
    clock_.AdvanceTime(absl::Now() - clock_.TimeNow());
    config_.api_server = "https://api";
    own_ = *StartOwnToken(folder_.Write("token", "own"), metrics_);
    tokens_ = std::make_unique<ServiceAccountTokens>(loop_, http_, *own_, metrics_, config_);
    http_.Answer(kReviews, HttpAnswer(201, kAccepted));
    callers_ = std::make_unique<Callers>(loop_, snapshots_, &tls_, tokens_.get());
    token_ = Token();
  }

  ~CallersTest() override { loop_.DropTasks(); }

  std::string Token(const std::string& name = "one") {
    return ServiceAccountToken(name, clock_.TimeNow() + absl::Hours(1));
  }
  std::string Certificate(const std::string& names) {
    return TestAuthority::Text(authority_.Issue(names).certificate);
  }
  static Answer Ask(Callers& callers, const Credentials& shown,
                    SteadyTime deadline = SteadyTime::InfiniteFuture()) {
    auto answer = std::make_shared<absl::optional<absl::StatusOr<KnownCallerPtr>>>();
    callers.Identify(shown, deadline, [answer](absl::StatusOr<KnownCallerPtr> caller) {
      *answer = std::move(caller);
    });
    return answer;
  }
  // The caller's name, or the reason why there is none.
  std::string Identify(Callers& callers, const Credentials& shown) {
    const Answer answer = Ask(callers, shown);
    Settle();
    if (!answer->has_value()) return "not answered";
    if ((**answer).ok()) return (**(**answer)).caller.name;
    const absl::optional<Refusal> refusal = RefusalOf((**answer).status());
    return refusal ? std::string(ReasonName(refusal->reason)) : "no refusal";
  }

  TestAuthority authority_;
  TempFolder folder_;
  Metrics metrics_;
  FakeHttpClient http_{loop_};
  FixedConfig snapshots_{Snapshot()};
  FixedTls tls_;
  ServiceAccountTokensConfig config_;
  std::unique_ptr<OwnToken> own_;
  std::unique_ptr<ServiceAccountTokens> tokens_;
  std::unique_ptr<Callers> callers_;
  std::string token_;
};

TEST_F(CallersTest, OnPlaintextWhoShowsNothingIsAnonymous) {
  Callers callers(loop_, snapshots_, nullptr, nullptr);
  EXPECT_EQ(Identify(callers, {}), "anonymous");
  EXPECT_EQ(Identify(callers, {"", "a token that nobody looks at"}), "anonymous");
}

TEST_F(CallersTest, OverTlsWhoShowsNothingIsUnknown) {
  EXPECT_EQ(Identify(*callers_, {}), "CALLER_UNKNOWN");
  Callers without_tokens(loop_, snapshots_, &tls_, nullptr);
  EXPECT_EQ(Identify(without_tokens, {"", token_}), "CALLER_UNKNOWN");
}

TEST_F(CallersTest, TheCertificateSaysWhoCallsAndTheTokenWhereThereIsNone) {
  const std::string certificate = Certificate("DNS:player.music");
  EXPECT_EQ(Identify(*callers_, {certificate, token_}), "dns:player.music");
  EXPECT_EQ(http_.requests().size(), 0u);
  EXPECT_EQ(Identify(*callers_, {"", token_}), "serviceaccount:music/player");
}

TEST_F(CallersTest, KnowsACallerThatItHasSeenAtOnce) {
  Identify(*callers_, {"", token_});
  const Answer again = Ask(*callers_, {"", token_});
  EXPECT_TRUE(again->has_value()) << "answered before Identify returned";
  EXPECT_EQ(http_.requests().size(), 1u);
}

TEST_F(CallersTest, AsksAgainWhenTheAnswerIsOld) {
  Identify(*callers_, {"", token_});
  Advance(config_.max_age + absl::Seconds(1));
  http_.Answer(kReviews, HttpAnswer(201, R"({"status":{"authenticated":false}})"));
  EXPECT_EQ(Identify(*callers_, {"", token_}), "CALLER_UNKNOWN");
  EXPECT_EQ(http_.requests().size(), 2u);
}

TEST_F(CallersTest, AClockThatIsSetBackMakesNoAnswerGoodForLonger) {
  Identify(*callers_, {"", token_});
  clock_.SetTime(clock_.TimeNow() - absl::Hours(1));
  Advance(config_.max_age + absl::Seconds(1));
  http_.Answer(kReviews, HttpAnswer(201, R"({"status":{"authenticated":false}})"));
  EXPECT_EQ(Identify(*callers_, {"", token_}), "CALLER_UNKNOWN");
}

TEST_F(CallersTest, LetsNobodyInWhileTheApiServerIsDown) {
  http_.Answer(kReviews, HttpFailure(absl::UnavailableError("down"), false));
  EXPECT_EQ(Identify(*callers_, {"", token_}), "CALLER_CHECK_UNAVAILABLE");
  http_.Answer(kReviews, HttpAnswer(201, kAccepted));
  EXPECT_EQ(Identify(*callers_, {"", token_}), "serviceaccount:music/player");
}

TEST_F(CallersTest, ARevokedCertificateIsRefusedOnAConnectionThatIsThereToo) {
  const TestAuthority::Files files = authority_.Issue("DNS:player.music");
  const std::string certificate = TestAuthority::Text(files.certificate);
  EXPECT_EQ(Identify(*callers_, {certificate, ""}), "dns:player.music");
  tls_.Revoke(*RevocationLists::Parse(TestAuthority::Text(authority_.Revoke(files)),
                                      TestAuthority::Text(authority_.ca_file())));
  EXPECT_EQ(Identify(*callers_, {certificate, ""}), "CALLER_UNKNOWN");
  tls_.Revoke(RevocationLists());
  EXPECT_EQ(Identify(*callers_, {certificate, ""}), "dns:player.music");
}

TEST_F(CallersTest, ACertificateEndsOnAConnectionThatIsThereToo) {
  const std::string certificate = Certificate("DNS:player.music");
  EXPECT_EQ(Identify(*callers_, {certificate, ""}), "dns:player.music");
  Advance(TestAuthority::kLifetime + absl::Minutes(1));
  EXPECT_EQ(Identify(*callers_, {certificate, ""}), "CALLER_UNKNOWN");
}

TEST_F(CallersTest, ANewPolicyCountsFromTheNextCall) {
  const std::string certificate = Certificate("DNS:player.music");
  const Answer before = Ask(*callers_, {certificate, ""});
  EXPECT_TRUE((**(**before)).rights->MayCall(Rpc::kGetFreshToken));
  Snapshot next;
  next.policy = std::make_shared<const Policy>(std::vector<PolicyRule>());
  snapshots_.Set(std::move(next));
  const Answer after = Ask(*callers_, {certificate, ""});
  EXPECT_FALSE((**(**after)).rights->MayCall(Rpc::kGetFreshToken));
  EXPECT_EQ((**(**after)).caller.name, "dns:player.music");
}

TEST_F(CallersTest, IsUnimpressedByTokensOfAnySize) {
  EXPECT_EQ(Identify(*callers_, {"", std::string(100'000, 'x')}), "CALLER_UNKNOWN");
  EXPECT_EQ(http_.requests().size(), 0u);
}

TEST_F(CallersTest, StrangersPushNoCallerOut) {
  const std::string certificate = Certificate("DNS:player.music");
  Identify(*callers_, {certificate, ""});
  Identify(*callers_, {"", token_});
  const size_t known = http_.requests().size();
  http_.Answer(kReviews, HttpAnswer(201, R"({"status":{"authenticated":false}})"));
  for (int i = 0; i < 20'000; ++i) {
    Ask(*callers_, {"", Token(absl::StrCat(i))});
    if (i % 100 == 0) Settle();
  }
  Settle();
  EXPECT_EQ(http_.requests().size(), known + 20'000u);
  EXPECT_LE(callers_->size(), 16u * 512u + 2u) << "nor do they fill the memory";
  const Answer caller = Ask(*callers_, {"", token_});
  ASSERT_TRUE(caller->has_value());
  EXPECT_TRUE((**caller).ok());
  EXPECT_EQ(http_.requests().size(), known + 20'000u);
}

TEST_F(CallersTest, TheApiServerIsNotAskedAboutWhatIsNoTokenOfOurs) {
  EXPECT_EQ(Identify(*callers_, {"", "opaque"}), "CALLER_UNKNOWN");
  EXPECT_EQ(Identify(*callers_, {"", ServiceAccountToken("x", clock_.TimeNow())}),
            "CALLER_UNKNOWN");
  EXPECT_EQ(http_.requests().size(), 0u);
  EXPECT_EQ(callers_->size(), 0u);
}

TEST_F(CallersTest, ACallersQuotaOutlivesWhatIsKnownOfIt) {
  Snapshot snapshot;
  snapshot.server.quotas = {0.01, 1, 1000};
  snapshots_.Set(std::move(snapshot));
  const auto usage = [this] { return (**(**Ask(*callers_, {"", token_}))).usage; };
  Identify(*callers_, {"", token_});
  EXPECT_EQ(usage()->TakeCall(clock_.SteadyNow()), absl::nullopt);
  Advance(config_.max_age + absl::Seconds(1));
  Identify(*callers_, {"", token_});
  EXPECT_NE(usage()->TakeCall(clock_.SteadyNow()), absl::nullopt);
}

TEST_F(CallersTest, AnswersManyThreads) {
  const std::string certificate = Certificate("DNS:player.music");
  std::atomic<int> known{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        callers_->Identify({certificate, ""}, SteadyTime::InfiniteFuture(),
                           [&known](absl::StatusOr<KnownCallerPtr> caller) {
                             if (caller.ok()) ++known;
                           });
      }
    });
  }
  for (int i = 0; i < 100; ++i) snapshots_.Set(Snapshot());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(known, 4000);
}

}  // namespace
}  // namespace tokenbroker
