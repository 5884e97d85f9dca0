#include <boost/json/parse.hpp>

#include "tests/client/command_fixture.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using Serving = grpc::health::v1::HealthCheckResponse;

class FakeOperations : public v1::OperationsService::Service {
 public:
  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                         v1::GetStatusResponse* response) override {
    if (refuses) return {grpc::StatusCode::PERMISSION_DENIED, "not you"};
    *response = status;
    return grpc::Status::OK;
  }
  grpc::Status SetLogLevel(grpc::ServerContext*, const v1::SetLogLevelRequest* request,
                           v1::SetLogLevelResponse* response) override {
    response->set_previous_level(status.log_level());
    status.set_log_level(request->level());
    return grpc::Status::OK;
  }
  v1::GetStatusResponse status;
  bool refuses = false;
};

class FakeHealth : public grpc::health::v1::Health::Service {
 public:
  grpc::Status Check(grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest* request,
                     Serving* response) override {
    asked = request->service();
    if (asked == "nothing") return {grpc::StatusCode::NOT_FOUND, "no such service"};
    if (asked == "down") return {grpc::StatusCode::UNAVAILABLE, "nobody there"};
    response->set_status(serving);
    return grpc::Status::OK;
  }
  std::string asked = "never";
  Serving::ServingStatus serving = Serving::SERVING;
};

class OperationsCommandTest : public CommandFixture {
 protected:
  OperationsCommandTest() {
    Serve({&operations_fake_, &health_fake_});
    v1::GetStatusResponse& status = operations_fake_.status;
    status.set_version("1.2.3");
    status.set_serving(true);
    status.set_store_reachable(true);
    status.set_cached_grant_count(42);
    status.set_log_level(v1::LOG_LEVEL_INFO);
    status.mutable_start_time()->set_seconds(1'800'000'000);
    status.mutable_config_load_time()->set_seconds(1'800'000'060);
  }
  FakeOperations operations_fake_;
  FakeHealth health_fake_;
};

TEST_F(OperationsCommandTest, ShowsTheStatusForPeople) {
  auto* provider = operations_fake_.status.add_providers();
  provider->set_provider("music");
  provider->set_state(v1::Provider::STATE_FROZEN);
  provider->set_in_flight_count(3);
  provider->set_due_count(12);
  provider->mutable_not_before_time()->set_seconds(1'800'000'000);
  v1::GetStatusResponse& status = operations_fake_.status;
  status.set_config_error("config.yaml:3: unknown key");
  status.set_host("broker-0");
  status.mutable_store()->set_location("redis://redis:6379");
  status.mutable_store()->set_spilled_write_count(2);
  status.mutable_store()->set_write_key_id("k2");
  status.mutable_store()->set_key_count(3);
  status.mutable_tls()->mutable_certificate_expire_time()->set_seconds(1'800'000'000);
  status.mutable_tls()->mutable_revocation_list_expire_time()->set_seconds(1'800'000'060);
  auto* finding = status.add_findings();
  finding->set_severity(v1::GetStatusResponse::Finding::SEVERITY_ERROR);
  finding->set_message("The spill folder cannot be written to.");
  status.add_findings()->set_message("The listener's certificate ends soon.");
  EXPECT_EQ(Type(ShowStatus, {"status"}), ExitCode::kDone) << err_.str();
  EXPECT_EQ(out_.str(),
            "! The spill folder cannot be written to.\n"
            "- The listener's certificate ends soon.\n"
            "token-broker 1.2.3 on broker-0\n"
            "  serving: yes\n"
            "  started: 2027-01-15T08:00:00Z\n"
            "  configuration loaded: 2027-01-15T08:01:00Z\n"
            "  configuration refused: config.yaml:3: unknown key\n"
            "  cached grants: 42\n"
            "  log level: info\n"
            "providers:\n"
            "  music: FROZEN, 3 in flight, last success not since the start, 12 due in the "
            "fleet, no request before 2027-01-15T08:00:00Z\n"
            "store: redis://redis:6379\n"
            "  answers: yes\n"
            "  writes that wait on its disk: 2\n"
            "  spill folder: cannot be written to\n"
            "  key that seals: k2, of 3\n"
            "listener:\n"
            "  certificate ends: 2027-01-15T08:00:00Z\n"
            "  revocation lists good until: 2027-01-15T08:01:00Z\n");
}

TEST_F(OperationsCommandTest, ShowsWhatIsNotSoInTheStatusForPrograms) {
  operations_fake_.status.set_serving(false);
  EXPECT_EQ(Type(ShowStatus, {"status", "--json"}), ExitCode::kDone);
  const boost::json::value json = boost::json::parse(out_.str());
  EXPECT_EQ(json.at("serving"), false);
  EXPECT_EQ(json.at("config_error"), "");
  EXPECT_EQ(json.at("cached_grant_count"), "42");
}

TEST_F(OperationsCommandTest, ShowsAndChangesTheLogLevel) {
  EXPECT_EQ(Type(ChangeLogLevel, {"log-level"}), ExitCode::kDone) << err_.str();
  EXPECT_EQ(out_.str(), "info\n");
  EXPECT_EQ(Type(ChangeLogLevel, {"log-level", "warn"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "log level: warn (was info)\n");
  EXPECT_EQ(operations_fake_.status.log_level(), v1::LOG_LEVEL_WARN);
  EXPECT_EQ(Type(ChangeLogLevel, {"log-level", "debug", "--json"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "{\"level\":\"debug\",\"previous_level\":\"warn\"}\n");
  EXPECT_EQ(Type(ChangeLogLevel, {"log-level", "--json"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "{\"level\":\"debug\"}\n");
  EXPECT_EQ(Type(ChangeLogLevel, {"log-level", "loud"}), ExitCode::kUsage);
}

TEST_F(OperationsCommandTest, TheExitCodeSaysWhetherItServes) {
  operations_fake_.refuses = true;
  EXPECT_EQ(Type(CheckHealth, {"health"}), ExitCode::kDone) << err_.str();
  EXPECT_EQ(out_.str(), "SERVING\n") << "who may not see the status may ask for health";
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(health_fake_.asked, "");
  health_fake_.serving = Serving::NOT_SERVING;
  EXPECT_EQ(Type(CheckHealth, {"health", "tokenbroker.v1.TokenBrokerService", "--json"}),
            ExitCode::kTryLater);
  EXPECT_EQ(out_.str(), "{\"status\":\"NOT_SERVING\"}\n");
  EXPECT_EQ(health_fake_.asked, "tokenbroker.v1.TokenBrokerService");
  EXPECT_NE(Type(CheckHealth, {"health", "nothing"}), ExitCode::kDone);
  EXPECT_EQ(Type(CheckHealth, {"health", "down"}), ExitCode::kTryLater);
}

TEST_F(OperationsCommandTest, HealthComesWithTheStatusWhereThatMayBeSeen) {
  EXPECT_EQ(Type(CheckHealth, {"health"}), ExitCode::kDone) << err_.str();
  EXPECT_THAT(out_.str(), StartsWith("SERVING\ntoken-broker 1.2.3\n  serving: yes\n"));
  EXPECT_EQ(Type(CheckHealth, {"health", "--json"}), ExitCode::kDone);
  const boost::json::value json = boost::json::parse(out_.str());
  EXPECT_EQ(json.at("status"), "SERVING");
  EXPECT_EQ(json.at("replica").at("version"), "1.2.3");
}

TEST_F(OperationsCommandTest, TellsItsVersion) {
  Arguments arguments;
  EXPECT_EQ(ShowVersion(arguments, out_, err_), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("tbctl "));
  arguments.json = true;
  out_.str("");
  EXPECT_EQ(ShowVersion(arguments, out_, err_), ExitCode::kDone);
  EXPECT_FALSE(boost::json::parse(out_.str()).at("version").as_string().empty());
}

}  // namespace
}  // namespace tokenbroker::tbctl
