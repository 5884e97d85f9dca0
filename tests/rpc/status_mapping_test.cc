#include "rpc/status_mapping.h"

#include <tokenbroker/rpc/v1/status.pb.h>
#include <tokenbroker/v1/error.pb.h>

#include "token/refusal.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

rpc::v1::Status Details(const RpcError& error) {
  rpc::v1::Status details;
  EXPECT_TRUE(details.ParseFromString(error.details));
  return details;
}

rpc::v1::ErrorInfo Info(const RpcError& error) {
  rpc::v1::ErrorInfo info;
  EXPECT_TRUE(info.ParseFromString(Details(error).details(0).value()));
  return info;
}

RpcError Map(Refusal refusal) { return ToRpcError(ToStatus(refusal)); }

TEST(StatusMappingTest, CarriesEverythingThatARefusalSays) {
  Refusal refusal;
  refusal.reason = Reason::kReauthorizationRequired;
  refusal.message = "the user must log in again";
  refusal.provider = "spotify";
  refusal.provider_error = "invalid_grant";
  refusal.cause = "provider_says_dead";
  refusal.generation = 42;

  const RpcError error = Map(refusal);

  EXPECT_EQ(error.code, absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(error.message, "the user must log in again");
  const rpc::v1::Status details = Details(error);
  EXPECT_EQ(details.code(), 9);
  EXPECT_EQ(details.message(), error.message);
  ASSERT_EQ(details.details_size(), 1);
  EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
  const rpc::v1::ErrorInfo info = Info(error);
  EXPECT_EQ(info.domain(), "tokenbroker");
  EXPECT_EQ(info.reason(), "REAUTHORIZATION_REQUIRED");
  EXPECT_THAT(
      info.metadata(),
      UnorderedElementsAre(Pair("provider", "spotify"), Pair("provider_error", "invalid_grant"),
                           Pair("cause", "provider_says_dead"), Pair("generation", "42")));
}

TEST(StatusMappingTest, EveryReasonIsOneOfThePublicEnum) {
  for (int i = 0; i <= static_cast<int>(Reason::kAuditUnavailable); ++i) {
    Refusal refusal;
    refusal.reason = static_cast<Reason>(i);
    v1::ErrorReason reason;
    EXPECT_TRUE(v1::ErrorReason_Parse("ERROR_REASON_" + Info(Map(refusal)).reason(), &reason));
    EXPECT_EQ(reason, i + 1);
  }
  EXPECT_EQ(v1::ErrorReason_MAX, static_cast<int>(Reason::kAuditUnavailable) + 1);
}

TEST(StatusMappingTest, NamesTheFieldThatIsInvalid) {
  const RpcError error = ToRpcError(FieldInvalid("min_ttl", "is negative"));
  EXPECT_EQ(error.code, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error.message, "min_ttl is negative");
  EXPECT_THAT(Info(error).metadata(), ElementsAre(Pair("field", "min_ttl")));
}

TEST(StatusMappingTest, SaysHowLongToWaitInBothPlaces) {
  Refusal refusal;
  refusal.reason = Reason::kProviderThrottled;
  refusal.retry_after = absl::Microseconds(1'500'100);
  const RpcError error = Map(refusal);
  EXPECT_EQ(error.code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(error.retry_pushback_ms, 1501);
  const rpc::v1::Status details = Details(error);
  ASSERT_EQ(details.details_size(), 2);
  EXPECT_EQ(details.details(1).type_url(), "type.googleapis.com/google.rpc.RetryInfo");
  rpc::v1::RetryInfo retry;
  ASSERT_TRUE(retry.ParseFromString(details.details(1).value()));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'100'000);
}

TEST(StatusMappingTest, KeepsADelayWithinADay) {
  Refusal refusal;
  refusal.reason = Reason::kProviderThrottled;
  refusal.retry_after = absl::InfiniteDuration();
  EXPECT_EQ(Map(refusal).retry_pushback_ms, 86'400'000);
  refusal.retry_after = -absl::Seconds(1);
  EXPECT_EQ(Map(refusal).retry_pushback_ms, 0);
}

TEST(StatusMappingTest, ForbidsARetryThatCannotHelp) {
  Refusal refusal;
  refusal.reason = Reason::kGrantNotFound;
  EXPECT_EQ(Map(refusal).retry_pushback_ms, -1);
  refusal.reason = Reason::kProviderMisconfigured;
  EXPECT_EQ(Map(refusal).retry_pushback_ms, -1);
  refusal.reason = Reason::kProviderUnavailable;
  refusal.retry = Retry::kUseless;
  EXPECT_EQ(Map(refusal).retry_pushback_ms, -1) << "a login that is over";
}

TEST(StatusMappingTest, LeavesTheBackoffToTheCallerWhenItKnowsNoDelay) {
  Refusal refusal;
  refusal.reason = Reason::kStoreUnavailable;
  EXPECT_EQ(Map(refusal).retry_pushback_ms, absl::nullopt);
  refusal.reason = Reason::kQuotaExceeded;
  EXPECT_EQ(Map(refusal).retry_pushback_ms, absl::nullopt);
}

TEST(StatusMappingTest, GivesTheCallersContextBackInBase64Url) {
  Refusal refusal;
  refusal.reason = Reason::kLoginDenied;
  refusal.caller_context = std::string("\xFF\xFE\x00?", 4);
  EXPECT_EQ(Info(Map(refusal)).metadata().at("caller_context"), "__4APw");
}

TEST(StatusMappingTest, FitsIntoTheTrailersThatAClientAcceptsHoweverMuchThereIsToSay) {
  Refusal refusal;
  refusal.reason = Reason::kLoginDenied;
  refusal.message = std::string(511, 'a') + "\u00e9" + std::string(5000, 'b');
  refusal.provider = std::string(60'000, 'p');
  refusal.caller_context = std::string(2048, '\xFF');
  refusal.missing_scopes.assign(100, std::string(400, 's'));
  const RpcError error = Map(refusal);
  EXPECT_EQ(error.message, std::string(511, 'a'));
  EXPECT_EQ(Info(error).metadata().at("missing_scopes"),
            std::string(400, 's') + " " + std::string(400, 's'));
  EXPECT_LT(error.message.size() + error.details.size() * 4 / 3, 7000u);
}

TEST(StatusMappingTest, PassesOnThatTheDeadlineCameFirst) {
  const RpcError error = ToRpcError(absl::DeadlineExceededError("the deadline came first"));
  EXPECT_EQ(error.code, absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(error.message, "the deadline came first");
  EXPECT_EQ(error.retry_pushback_ms, absl::nullopt);
  EXPECT_EQ(ToRpcError(absl::CancelledError()).code, absl::StatusCode::kCancelled);
}

TEST(StatusMappingTest, HidesWhatOnlyTheLogShouldSee) {
  ::testing::internal::CaptureStderr();
  const RpcError error = ToRpcError(absl::NotFoundError("row 7 of shard 3"));
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(error.code, absl::StatusCode::kInternal);
  EXPECT_THAT(error.message, Not(HasSubstr("shard")));
  EXPECT_EQ(error.details, "");
  EXPECT_THAT(log, HasSubstr("row 7 of shard 3"));
}

}  // namespace
}  // namespace tokenbroker
