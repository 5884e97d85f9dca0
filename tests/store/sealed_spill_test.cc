#include "store/sealed_spill.h"

#include <tokenbroker/store/v1/record.pb.h>

#include <tuple>

#include "crypto/associated_data.h"
#include "store/record_proto.h"
#include "tests/store/whole_values.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace pb = store::v1;

void ExpectGivenBack(const CommitRequest& request) {
  const absl::StatusOr<CommitRequest> read =
      ParseSpilledCommit(SerializeSpilledCommit(request).Expose());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(Fields(*read) == Fields(request));
}

TEST(SealedSpillTest, GivesBackEveryArgumentOfACommit) { ExpectGivenBack(WholeCommit()); }

TEST(SealedSpillTest, GivesBackACommitThatSaysLittle) {
  CommitRequest request;
  ExpectGivenBack(request);
  request.record.issued_at = absl::UnixEpoch();
  ExpectGivenBack(request);
}

TEST(SealedSpillTest, GivesBackEveryArgumentOfAnExchange) {
  const absl::StatusOr<FinishExchangeRequest> read =
      ParseSpilledExchange(SerializeSpilledExchange(WholeExchange()).Expose());
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_TRUE(read->record.has_value());
  EXPECT_TRUE(Fields(*read) == Fields(WholeExchange()));
}

TEST(SealedSpillTest, GivesBackAnExchangeWithoutAGrant) {
  FinishExchangeRequest request = WholeExchange();
  request.record.reset();
  const absl::StatusOr<FinishExchangeRequest> read =
      ParseSpilledExchange(SerializeSpilledExchange(request).Expose());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->record.has_value());
  EXPECT_EQ(read->state, request.state);
}

TEST(SealedSpillTest, WritesEveryFieldOfTheMessages) {
  pb::SpilledCommit commit;
  ASSERT_TRUE(Parse(SerializeSpilledCommit(WholeCommit()).Expose(), &commit).ok());
  EXPECT_THAT(UnsetFields(commit), IsEmpty());
  pb::SpilledExchange exchange;
  ASSERT_TRUE(Parse(SerializeSpilledExchange(WholeExchange()).Expose(), &exchange).ok());
  EXPECT_THAT(UnsetFields(exchange), IsEmpty());
}

TEST(SealedSpillTest, GivesBackEveryStateAndItsReason) {
  for (int i = 0; i <= static_cast<int>(GrantState::kDeleted); ++i) {
    CommitRequest request = WholeCommit();
    request.record.state = static_cast<GrantState>(i);
    ExpectGivenBack(request);
  }
  for (int i = 0; i <= static_cast<int>(StateReason::kProviderSaysDead); ++i) {
    CommitRequest request = WholeCommit();
    request.record.state_reason = static_cast<StateReason>(i);
    ExpectGivenBack(request);
  }
}

TEST(SealedSpillTest, SaysWhenAGrantIsOfANewerVersion) {
  pb::SpilledCommit message;
  Put(WholeGrant(), message.mutable_record());
  message.mutable_record()->set_state(static_cast<pb::GrantState>(99));
  EXPECT_EQ(ParseSpilledCommit(Serialize(message).Expose()).status().code(),
            absl::StatusCode::kUnimplemented);
  message.mutable_record()->set_state(pb::GRANT_STATE_ACTIVE);
  message.mutable_record()->set_state_reason(static_cast<pb::StateReason>(99));
  EXPECT_EQ(ParseSpilledCommit(Serialize(message).Expose()).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(SealedSpillTest, RefusesWhatIsNoSpillWithoutAWordOfIt) {
  for (const absl::Status& status :
       {ParseSpilledCommit("\x0A\x7Fhush").status(), ParseSpilledExchange("\x0A\x7Fhush").status(),
        ParseSpilledCommit("").status()}) {
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(status.ToString(), Not(HasSubstr("hush")));
  }
}

// What is sealed today must open tomorrow.
TEST(SealedSpillTest, IsBoundToWhatItIs) {
  EXPECT_EQ(SpilledCommitAssociatedData(), AssociatedData({"commit/1", "", "", "", 0}));
  EXPECT_EQ(SpilledExchangeAssociatedData(), AssociatedData({"exchange/1", "", "", "", 0}));
}

}  // namespace
}  // namespace tokenbroker
