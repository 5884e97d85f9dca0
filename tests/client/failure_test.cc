#include "client/tbctl/failure.h"

#include <tokenbroker/rpc/v1/status.pb.h>
#include <tokenbroker/v1/error.pb.h>

namespace tokenbroker::tbctl {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

grpc::Status Refused(grpc::StatusCode code, const std::string& reason) {
  rpc::v1::ErrorInfo info;
  info.set_domain("tokenbroker");
  info.set_reason(reason);
  (*info.mutable_metadata())["cause"] = "revoked";
  rpc::v1::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(90);
  rpc::v1::Status details;
  google::protobuf::Any* any = details.add_details();
  any->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  any->set_value(info.SerializeAsString());
  any = details.add_details();
  any->set_type_url("type.googleapis.com/google.rpc.RetryInfo");
  any->set_value(retry.SerializeAsString());
  return grpc::Status(code, "the message", details.SerializeAsString());
}

class FailureTest : public ::testing::Test {
 protected:
  FailureTest() {
    arguments_.provider = "spotify";
    arguments_.subject = "user-42";
  }
  Arguments arguments_;
};

TEST_F(FailureTest, ReadsWhatTheBrokerSays) {
  const Failure failure =
      ReadFailure(Refused(grpc::StatusCode::FAILED_PRECONDITION, "REAUTHORIZATION_REQUIRED"));
  EXPECT_EQ(failure.code, grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(failure.message, "the message");
  EXPECT_EQ(failure.reason, "REAUTHORIZATION_REQUIRED");
  EXPECT_THAT(failure.metadata, Contains(Pair("cause", "revoked")));
  EXPECT_EQ(failure.retry_delay, absl::Seconds(90));
}

TEST_F(FailureTest, ExplainsWhatFailedAndWhatToDo) {
  const Failure failure =
      ReadFailure(Refused(grpc::StatusCode::FAILED_PRECONDITION, "REAUTHORIZATION_REQUIRED"));
  EXPECT_EQ(Explain(failure, arguments_),
            "tbctl: the message\n"
            "  reason: REAUTHORIZATION_REQUIRED\n"
            "  cause: revoked\n"
            "  retry after: 1m30s\n"
            "  what to do: have the user log in again: tbctl login spotify --subject user-42\n");
  EXPECT_EQ(ExitCodeOf(failure), ExitCode::kLoginNeeded);
}

TEST_F(FailureTest, AdvisesACommandThatMeansTheSameGrantWhenItIsPasted) {
  Failure failure;
  failure.reason = "REAUTHORIZATION_REQUIRED";
  arguments_.tenant = "music";
  EXPECT_THAT(Advice(failure, arguments_),
              HasSubstr("tbctl --tenant music login spotify --subject user-42"));
  arguments_.tenant = "";
  arguments_.subject = "it's & so on";
  EXPECT_THAT(Advice(failure, arguments_), HasSubstr(R"(--subject 'it'\''s & so on')"));
}

TEST_F(FailureTest, KnowsARemedyForEveryReason) {
  Failure unknown;
  unknown.code = grpc::StatusCode::DATA_LOSS;
  const std::string fallback = Advice(unknown, arguments_);
  for (int i = 1; i <= v1::ErrorReason_MAX; ++i) {
    Failure failure = unknown;
    failure.reason = v1::ErrorReason_Name(static_cast<v1::ErrorReason>(i))
                         .substr(std::string("ERROR_REASON_").size());
    EXPECT_NE(Advice(failure, arguments_), fallback) << failure.reason;
  }
}

TEST_F(FailureTest, GoesByTheCodeWhenTheReasonIsNewerThanItself) {
  const Failure failure = ReadFailure(Refused(grpc::StatusCode::PERMISSION_DENIED, "MADE_LATER"));
  EXPECT_EQ(ExitCodeOf(failure), ExitCode::kNotAllowed);
  EXPECT_THAT(Explain(failure, arguments_), HasSubstr("reason: MADE_LATER"));
}

TEST_F(FailureTest, GivesScriptsAnExitCodePerKindOfTrouble) {
  const auto code = [](grpc::StatusCode status, const std::string& reason) {
    return ExitCodeOf(ReadFailure(Refused(status, reason)));
  };
  EXPECT_EQ(code(grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"), ExitCode::kUsage);
  EXPECT_EQ(code(grpc::StatusCode::NOT_FOUND, "GRANT_NOT_FOUND"), ExitCode::kLoginNeeded);
  EXPECT_EQ(code(grpc::StatusCode::UNAVAILABLE, "PROVIDER_THROTTLED"), ExitCode::kTryLater);
  EXPECT_EQ(code(grpc::StatusCode::PERMISSION_DENIED, "CALLER_NOT_ALLOWED"), ExitCode::kNotAllowed);
  EXPECT_EQ(code(grpc::StatusCode::FAILED_PRECONDITION, "PROVIDER_MISCONFIGURED"),
            ExitCode::kOperatorMustAct);
  EXPECT_EQ(code(grpc::StatusCode::UNAVAILABLE, ""), ExitCode::kTryLater);
  // What gRPC makes of a call that met a broker in the moment of its end.
  EXPECT_EQ(code(grpc::StatusCode::CANCELLED, ""), ExitCode::kTryLater);
  EXPECT_EQ(code(grpc::StatusCode::INTERNAL, ""), ExitCode::kFailed);
}

TEST_F(FailureTest, IgnoresDetailsThatAreNotTheBrokers) {
  const Failure garbage =
      ReadFailure(grpc::Status(grpc::StatusCode::UNAVAILABLE, "proxy says no", "\xFF\xFF"));
  EXPECT_EQ(garbage.reason, "");
  EXPECT_EQ(garbage.message, "proxy says no");

  rpc::v1::ErrorInfo info;
  info.set_domain("example.com");
  info.set_reason("SOMETHING");
  rpc::v1::Status details;
  google::protobuf::Any* any = details.add_details();
  any->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  any->set_value(info.SerializeAsString());
  const Failure foreign =
      ReadFailure(grpc::Status(grpc::StatusCode::UNAVAILABLE, "no", details.SerializeAsString()));
  EXPECT_EQ(foreign.reason, "");
  EXPECT_THAT(Explain(foreign, arguments_), Not(HasSubstr("SOMETHING")));
}

}  // namespace
}  // namespace tokenbroker::tbctl
