#include "rpc/operations_handler.h"

#include "tests/rpc/fake_operations.h"
#include "tests/support/known_callers.h"
#include "tests/support/loop_test.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using ::testing::SizeIs;

class OperationsHandlerTest : public LoopTest {
 protected:
  CallInfo Call() {
    CallInfo call{CallerUnder(rule_), clock_.SteadyNow() + absl::Seconds(30)};
    notes_ = call.notes;
    return call;
  }
  v1::GetStatusResponse Status() {
    v1::GetStatusResponse response;
    handler_.GetStatus(Call(), {}, &response,
                       [this](absl::Status status) { status_ = std::move(status); });
    Settle();
    return response;
  }
  v1::LogLevel SetLevel(v1::LogLevel level) {
    v1::SetLogLevelRequest request;
    request.set_level(level);
    v1::SetLogLevelResponse response;
    handler_.SetLogLevel(Call(), request, &response,
                         [this](absl::Status status) { status_ = std::move(status); });
    Settle();
    return response.previous_level();
  }
  std::string ReasonOfEnd() const {
    if (status_.ok()) return "OK";
    const absl::optional<Refusal> refusal = RefusalOf(status_);
    return refusal ? std::string(ReasonName(refusal->reason)) : status_.ToString();
  }

  PolicyRule rule_ = AnythingRule();
  FakeOperationsService operations_;
  OperationsHandler handler_{operations_, loop_};
  std::shared_ptr<CallNotes> notes_;
  absl::Status status_ = absl::InternalError("not answered");
};

TEST_F(OperationsHandlerTest, ShowsTheReplicasStatus) {
  ReplicaStatus& status = operations_.status;
  status.version = "1.2.3";
  status.start_time = absl::FromUnixSeconds(1);
  status.serving = true;
  status.config_load_time = absl::FromUnixSeconds(2);
  status.config_error = "config.yaml:3: unknown key";
  status.store_reachable = true;
  status.cached_grants = 42;
  status.log_level = LogLevel::kWarning;
  status.providers = {{"films", true, 3, absl::FromUnixSeconds(3), absl::FromUnixSeconds(4), 12,
                       absl::Milliseconds(2500)},
                      {"music", false, 0, absl::nullopt, absl::nullopt}};
  status.host = "broker-0";
  status.store = {"redis://redis:6379", 2, false, "k2", 3};
  status.tls = TlsStatus{absl::FromUnixSeconds(5), absl::FromUnixSeconds(6)};
  status.findings = {{Finding::Severity::kError, "worse"}, {Finding::Severity::kWarning, "bad"}};
  const v1::GetStatusResponse response = Status();
  ASSERT_EQ(ReasonOfEnd(), "OK");
  EXPECT_EQ(response.host(), "broker-0");
  EXPECT_EQ(response.store().location(), "redis://redis:6379");
  EXPECT_EQ(response.store().spilled_write_count(), 2);
  EXPECT_FALSE(response.store().spill_writable());
  EXPECT_EQ(response.store().write_key_id(), "k2");
  EXPECT_EQ(response.store().key_count(), 3);
  EXPECT_EQ(response.tls().certificate_expire_time().seconds(), 5);
  EXPECT_EQ(response.tls().revocation_list_expire_time().seconds(), 6);
  ASSERT_THAT(response.findings(), SizeIs(2));
  EXPECT_EQ(response.findings(0).severity(), v1::GetStatusResponse::Finding::SEVERITY_ERROR);
  EXPECT_EQ(response.findings(0).message(), "worse");
  EXPECT_EQ(response.findings(1).severity(), v1::GetStatusResponse::Finding::SEVERITY_WARNING);
  EXPECT_EQ(response.version(), "1.2.3");
  EXPECT_EQ(response.start_time().seconds(), 1);
  EXPECT_TRUE(response.serving());
  EXPECT_EQ(response.config_load_time().seconds(), 2);
  EXPECT_EQ(response.config_error(), "config.yaml:3: unknown key");
  EXPECT_TRUE(response.store_reachable());
  EXPECT_EQ(response.cached_grant_count(), 42);
  EXPECT_EQ(response.log_level(), v1::LOG_LEVEL_WARN);
  ASSERT_THAT(response.providers(), SizeIs(2));
  EXPECT_EQ(response.providers(0).provider(), "films");
  EXPECT_EQ(response.providers(0).state(), v1::Provider::STATE_FROZEN);
  EXPECT_EQ(response.providers(0).in_flight_count(), 3);
  EXPECT_EQ(response.providers(0).not_before_time().seconds(), 3);
  EXPECT_EQ(response.providers(0).last_success_time().seconds(), 4);
  EXPECT_EQ(response.providers(0).due_count(), 12);
  EXPECT_EQ(response.providers(0).due_lag().seconds(), 2);
  EXPECT_EQ(response.providers(0).due_lag().nanos(), 500'000'000);
  EXPECT_EQ(response.providers(1).state(), v1::Provider::STATE_ACTIVE);
  EXPECT_FALSE(response.providers(1).has_not_before_time());
  EXPECT_FALSE(response.providers(1).has_last_success_time());
  EXPECT_EQ(notes_->rule, "anything");
}

TEST_F(OperationsHandlerTest, ChangesTheLogLevelAndNotesItForTheAuditLine) {
  EXPECT_EQ(SetLevel(v1::LOG_LEVEL_DEBUG), v1::LOG_LEVEL_INFO);
  EXPECT_EQ(ReasonOfEnd(), "OK");
  EXPECT_EQ(operations_.status.log_level, LogLevel::kDebug);
  EXPECT_EQ(notes_->log_level, "debug");
  EXPECT_EQ(notes_->rule, "anything");
  EXPECT_EQ(SetLevel(v1::LOG_LEVEL_ERROR), v1::LOG_LEVEL_DEBUG);
}

TEST_F(OperationsHandlerTest, ALevelThatThereIsNotChangesNothing) {
  for (const int level : {0, 99}) {
    SetLevel(static_cast<v1::LogLevel>(level));
    EXPECT_EQ(ReasonOfEnd(), "FIELD_INVALID") << level;
  }
  EXPECT_EQ(operations_.status.log_level, LogLevel::kInfo);
}

TEST_F(OperationsHandlerTest, NeedsARuleThatNamesTheRpc) {
  rule_.rpcs = RpcSet::TokenBroker();
  Status();
  EXPECT_EQ(ReasonOfEnd(), "CALLER_NOT_ALLOWED");
  SetLevel(v1::LOG_LEVEL_DEBUG);
  EXPECT_EQ(ReasonOfEnd(), "CALLER_NOT_ALLOWED");
  EXPECT_EQ(operations_.status.log_level, LogLevel::kInfo);
  EXPECT_EQ(notes_->log_level, "");
}

TEST_F(OperationsHandlerTest, ARuleForTheRpcNeedsNoProviderAndNoSubject) {
  rule_ = PolicyRule();
  rule_.name = "status";
  rule_.rpcs.Add(Rpc::kGetStatus);
  Status();
  EXPECT_EQ(ReasonOfEnd(), "OK");
  EXPECT_EQ(notes_->rule, "status");
}

}  // namespace
}  // namespace tokenbroker
