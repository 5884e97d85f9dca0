#include "tokenbroker/client/error.h"

#include <tokenbroker/rpc/v1/status.pb.h>

#include "client/library/error_details.h"
#include "client/library/grant_refusal.h"

namespace tokenbroker::client {
namespace {

using ::testing::Contains;
using ::testing::Pair;

std::string Details(const std::string& type_url, const std::string& value) {
  rpc::v1::Status status;
  google::protobuf::Any* any = status.add_details();
  any->set_type_url(type_url);
  any->set_value(value);
  return status.SerializeAsString();
}

std::string ErrorInfo(const std::string& domain) {
  rpc::v1::ErrorInfo info;
  info.set_domain(domain);
  info.set_reason("REAUTHORIZATION_REQUIRED");
  (*info.mutable_metadata())["cause"] = "rotation_lost";
  return Details("type.googleapis.com/google.rpc.ErrorInfo", info.SerializeAsString());
}

TEST(ErrorTest, ReadsWhatTheBrokerSaid) {
  const BrokerError error = ParseErrorDetails(ErrorInfo("tokenbroker"));
  EXPECT_EQ(error.reason, "REAUTHORIZATION_REQUIRED");
  EXPECT_THAT(error.metadata, Contains(Pair("cause", "rotation_lost")));
  EXPECT_FALSE(error.retry_delay);
}

TEST(ErrorTest, LeavesOutWhatIsNotTheBrokers) {
  EXPECT_EQ(ParseErrorDetails(ErrorInfo("pubsub.example")).reason, "");
  EXPECT_EQ(ParseErrorDetails("\xFF\xFF").reason, "");
  EXPECT_EQ(ParseErrorDetails(Details("type.example/Other", "\xFF")).reason, "");
  EXPECT_EQ(BrokerErrorIn(absl::UnavailableError("no connection")).reason, "");
  EXPECT_EQ(BrokerErrorIn(absl::OkStatus()).reason, "");
}

TEST(ErrorTest, KeepsItInAStatus) {
  BrokerError error;
  error.reason = "PROVIDER_THROTTLED";
  error.metadata["provider"] = "spotify";
  error.retry_delay = absl::Milliseconds(1500);
  const absl::Status status = WithBrokerError(absl::UnavailableError("later"), error);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(BrokerErrorIn(status).reason, "PROVIDER_THROTTLED");
  EXPECT_EQ(BrokerErrorIn(status).retry_delay, absl::Milliseconds(1500));
  EXPECT_THAT(BrokerErrorIn(status).metadata, Contains(Pair("provider", "spotify")));
  EXPECT_FALSE(ReauthorizationRequiredIn(status));
}

TEST(ErrorTest, SaysWhoMustLogInAgainAndWhy) {
  TokenSourceOptions grant;
  grant.tenant = "music";
  grant.provider = "spotify";
  grant.subject = "user-42";
  const auto of = [&grant](v1::GrantState state, const std::string& reason) {
    return ReauthorizationRequiredIn(WithNames(RefusalOf({state, reason, 7}), grant));
  };
  const auto dead = of(v1::GRANT_STATE_REAUTHORIZATION_REQUIRED, "provider_says_dead");
  ASSERT_TRUE(dead);
  EXPECT_EQ(dead->tenant, "music");
  EXPECT_EQ(dead->provider, "spotify");
  EXPECT_EQ(dead->subject, "user-42");
  EXPECT_EQ(dead->cause, "provider_says_dead");
  EXPECT_EQ(of(v1::GRANT_STATE_REVOKED, "")->cause, "revoked");
  EXPECT_EQ(of(v1::GRANT_STATE_ABSENT, "")->cause, "absent");
  EXPECT_EQ(of(v1::GRANT_STATE_FROZEN, "client_changed")->cause, "client_changed");
  EXPECT_FALSE(of(v1::GRANT_STATE_FROZEN, ""));
  EXPECT_EQ(BrokerErrorIn(RefusalOf({v1::GRANT_STATE_FROZEN, "", 7})).reason,
            "PROVIDER_MISCONFIGURED");
  EXPECT_TRUE(RefusalOf({v1::GRANT_STATE_ACTIVE, "", 7}).ok());
}

}  // namespace
}  // namespace tokenbroker::client
