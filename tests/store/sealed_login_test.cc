#include "store/sealed_login.h"

#include <tokenbroker/store/v1/record.pb.h>

#include "crypto/associated_data.h"
#include "store/record_proto.h"
#include "tests/store/whole_values.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace pb = store::v1;
using Kind = LoginOutcome::Kind;

template <typename Message>
Message Reparsed(const Secret& bytes) {
  Message message;
  EXPECT_TRUE(Parse(bytes.Expose(), &message).ok());
  return message;
}

void ExpectGivenBack(const LoginOutcome& outcome) {
  const absl::StatusOr<LoginOutcome> read = ParseOutcome(SerializeOutcome(outcome).Expose());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Fields(*read), Fields(outcome));
}

TEST(SealedLoginTest, GivesBackEveryField) {
  const absl::StatusOr<Login> read = ParseLogin(SerializeLogin(WholeLogin()).Expose());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Fields(*read), Fields(WholeLogin()));
}

TEST(SealedLoginTest, GivesBackAnEmptyLogin) {
  const absl::StatusOr<Login> read = ParseLogin(SerializeLogin(Login()).Expose());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Fields(*read), Fields(Login()));
}

TEST(SealedLoginTest, WritesEveryFieldOfTheMessages) {
  EXPECT_THAT(UnsetFields(Reparsed<pb::SealedLogin>(SerializeLogin(WholeLogin()))), IsEmpty());
  EXPECT_THAT(UnsetFields(Reparsed<pb::SealedOutcome>(SerializeOutcome(WholeRefusal()))),
              IsEmpty());
}

TEST(SealedLoginTest, GivesBackEveryKindOfOutcome) {
  LoginOutcome outcome;
  ExpectGivenBack(outcome);
  outcome.kind = Kind::kGrant;
  outcome.generation = 1'800'000'000'000;
  ExpectGivenBack(outcome);
  ExpectGivenBack(WholeRefusal());
}

TEST(SealedLoginTest, GivesBackEveryReason) {
  for (int i = 0; i <= static_cast<int>(Reason::kStoreUnavailable); ++i) {
    LoginOutcome outcome = WholeRefusal();
    outcome.refusal.reason = static_cast<Reason>(i);
    outcome.refusal.retry_after.reset();
    ExpectGivenBack(outcome);
  }
}

TEST(SealedLoginTest, SaysWhenAnOutcomeIsOfANewerVersion) {
  pb::SealedOutcome message = Reparsed<pb::SealedOutcome>(SerializeOutcome(WholeRefusal()));
  message.mutable_refusal()->set_reason("MADE_LATER");
  EXPECT_EQ(ParseOutcome(Serialize(message).Expose()).status().code(),
            absl::StatusCode::kUnimplemented);
  message.set_kind(static_cast<pb::SealedOutcome::Kind>(99));
  EXPECT_EQ(ParseOutcome(Serialize(message).Expose()).status().code(),
            absl::StatusCode::kUnimplemented);
  message.clear_kind();
  EXPECT_EQ(ParseOutcome(Serialize(message).Expose()).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(SealedLoginTest, RefusesWhatIsNoLoginWithoutAWordOfIt) {
  for (const absl::Status& status :
       {ParseLogin("\x0A\x7Fhush").status(), ParseOutcome("\x1A\x7Fhush").status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(status.ToString(), Not(HasSubstr("hush")));
  }
}

// What is sealed today must open tomorrow.
TEST(SealedLoginTest, IsBoundToItsState) {
  EXPECT_EQ(LoginAssociatedData("hash"), AssociatedData({"login/1", "", "", "hash", 0}));
  EXPECT_EQ(OutcomeAssociatedData("hash"), AssociatedData({"outcome/1", "", "", "hash", 0}));
}

}  // namespace
}  // namespace tokenbroker
