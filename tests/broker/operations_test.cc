#include "broker/operations.h"

#include "tests/broker/broker_test.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class OperationsTest : public BrokerTest {
 protected:
  ~OperationsTest() override { SetLogLevel(LogLevel::kInfo); }

  ProcessFacts Facts() {
    ProcessFacts facts;
    facts.version = "1.2.3";
    facts.start_time = absl::FromUnixSeconds(1'700'000'000);
    facts.serving = [this] { return serving_; };
    facts.config_loading = [this] { return loading_; };
    facts.host = "broker-0";
    facts.store = [this] { return stored_; };
    facts.tls = [this] { return tls_; };
    return facts;
  }
  ReplicaStatus Status() {
    const absl::StatusOr<ReplicaStatus> status = Run(operations_.GetStatus());
    EXPECT_TRUE(status.ok()) << status.status();
    return status.value_or(ReplicaStatus());
  }

  bool serving_ = true;
  std::pair<absl::Time, std::string> loading_ = {absl::FromUnixSeconds(5), ""};
  StoreStatus stored_;
  absl::optional<TlsStatus> tls_;
  Operations operations_{parts_, Facts()};
};

TEST_F(OperationsTest, SaysWhatThisReplicaIs) {
  loading_.second = "config.yaml:3: unknown key";
  const ReplicaStatus status = Status();
  EXPECT_EQ(status.version, "1.2.3");
  EXPECT_EQ(status.start_time, absl::FromUnixSeconds(1'700'000'000));
  EXPECT_TRUE(status.serving);
  EXPECT_EQ(status.config_load_time, absl::FromUnixSeconds(5));
  EXPECT_EQ(status.config_error, "config.yaml:3: unknown key");
  EXPECT_EQ(status.log_level, LogLevel::kInfo);
  serving_ = false;
  EXPECT_FALSE(Status().serving);
}

TEST_F(OperationsTest, SaysWhatKeepsItAndWhatIsWrongWithThat) {
  stored_ = {"redis://redis:6379", 2, true, "k2", 3};
  tls_ = TlsStatus{clock_.TimeNow() - absl::Seconds(1), absl::nullopt};
  const ReplicaStatus status = Status();
  EXPECT_EQ(status.host, "broker-0");
  EXPECT_EQ(status.store.location, "redis://redis:6379");
  EXPECT_EQ(status.store.write_key_id, "k2");
  ASSERT_TRUE(status.tls);
  ASSERT_THAT(status.findings, SizeIs(2));
  EXPECT_THAT(status.findings[0].message, HasSubstr("certificate ended"));
  EXPECT_THAT(status.findings[1].message, HasSubstr("2 writes wait"));
}

TEST_F(OperationsTest, CountsWhatIsCached) {
  EXPECT_EQ(Status().cached_grants, 0);
  Store(NewGrant());
  Touch();
  EXPECT_EQ(Status().cached_grants, 1);
}

TEST_F(OperationsTest, SaysWhetherTheStoreAnswers) {
  EXPECT_TRUE(Status().store_reachable);
  BreakNext(StoreVerb::kGetProviderState, StoreFault::What::kUnavailable);
  EXPECT_FALSE(Status().store_reachable);
  EXPECT_TRUE(Status().store_reachable);
}

TEST_F(OperationsTest, WaitsNoLongerThanASecondForTheStore) {
  store_.faults().Inject(StoreVerb::kGetProviderState, {StoreFault::What::kNone, absl::Minutes(1)},
                         1);
  const SteadyTime before = clock_.SteadyNow();
  EXPECT_FALSE(Status().store_reachable);
  EXPECT_LE(clock_.SteadyNow() - before, absl::Seconds(1));
}

TEST_F(OperationsTest, ShowsHowEachProviderFares) {
  StoreExpired();
  Touch();
  Advance(absl::Seconds(7));
  ReplicaStatus status = Status();
  ASSERT_THAT(status.providers, SizeIs(1));
  EXPECT_EQ(status.providers[0].provider, "spotify");
  EXPECT_EQ(status.providers[0].last_success, clock_.TimeNow() - absl::Seconds(7));
  EXPECT_EQ(status.providers[0].not_before, absl::nullopt);
  EXPECT_FALSE(status.providers[0].frozen);
  parts_.gates.For("spotify").meters().ShowBacklog({12, absl::Seconds(70)});
  parts_.gates.For("spotify").Troubled(ErrorClass::kQuota, absl::Seconds(40), 1);
  status = Status();
  EXPECT_EQ(status.providers[0].not_before, clock_.TimeNow() + absl::Seconds(40));
  EXPECT_EQ(status.providers[0].in_flight, 0);
  EXPECT_EQ(status.providers[0].due, 12);
  EXPECT_EQ(status.providers[0].due_lag, absl::Seconds(70));
}

TEST_F(OperationsTest, CountsARefreshInFlight) {
  StoreExpired();
  endpoint_.Hold();
  Touch();
  EXPECT_EQ(Status().providers[0].in_flight, 1);
  endpoint_.Release();
}

TEST_F(OperationsTest, ChangesTheLogLevelAndTellsTheOneBefore) {
  EXPECT_EQ(operations_.ChangeLogLevel(LogLevel::kDebug), LogLevel::kInfo);
  EXPECT_EQ(GetLogLevel(), LogLevel::kDebug);
  EXPECT_EQ(operations_.ChangeLogLevel(LogLevel::kError), LogLevel::kDebug);
  EXPECT_EQ(Status().log_level, LogLevel::kError);
}

TEST_F(OperationsTest, AChangeIsLoggedWheneverEitherLevelTakesIt) {
  testing::internal::CaptureStderr();
  operations_.ChangeLogLevel(LogLevel::kError);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("\"to\":\"error\""));
  testing::internal::CaptureStderr();
  operations_.ChangeLogLevel(LogLevel::kInfo);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("\"from\":\"error\""));
}

}  // namespace
}  // namespace tokenbroker
