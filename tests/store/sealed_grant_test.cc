#include "store/sealed_grant.h"

#include <tokenbroker/store/v1/record.pb.h>

#include <limits>

#include "crypto/associated_data.h"
#include "store/record_proto.h"
#include "store/record_time.h"
#include "tests/store/whole_values.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace pb = store::v1;

pb::SealedGrant Message(const Secret& bytes) {
  pb::SealedGrant message;
  EXPECT_TRUE(Parse(bytes.Expose(), &message).ok());
  return message;
}

TEST(SealedGrantTest, GivesBackEverySealedField) {
  const Secret bytes = SerializeSealedGrant(WholeGrant());
  // All that is not sealed comes from elsewhere and stays as it is.
  Grant grant = WholeGrant();
  grant.access_token = Secret();
  grant.token_type.clear();
  grant.refresh_token = Secret();
  grant.client_id.clear();
  grant.account = Account();
  grant.attributes = {{"stale", "1"}};
  grant.issued_at = absl::Time();
  ASSERT_TRUE(ParseSealedGrant(bytes.Expose(), &grant).ok());
  EXPECT_EQ(Fields(grant), Fields(WholeGrant()));
}

TEST(SealedGrantTest, WritesEveryFieldOfTheMessage) {
  EXPECT_THAT(UnsetFields(Message(SerializeSealedGrant(WholeGrant()))), IsEmpty());
}

TEST(SealedGrantTest, GivesBackAnEmptyGrant) {
  Grant grant = WholeGrant();
  ASSERT_TRUE(ParseSealedGrant(SerializeSealedGrant(Grant()).Expose(), &grant).ok());
  EXPECT_TRUE(grant.access_token.empty());
  EXPECT_FALSE(grant.refreshable());
  EXPECT_FALSE(grant.account.known());
  EXPECT_THAT(grant.attributes, IsEmpty());
}

TEST(SealedGrantTest, HoldsNothingThatTheStoreKeepsInTheClear) {
  const Secret bytes = SerializeSealedGrant(WholeGrant());
  const std::string text(bytes.Expose());
  for (const char* plain : {"music", "spotify", "user-42", "playlist", "invalid_grant", "spiffe"}) {
    EXPECT_THAT(text, Not(HasSubstr(plain)));
  }
}

TEST(SealedGrantTest, CarriesOverWhatANewerVersionWrote) {
  pb::SealedGrant newer;
  PutSealed(WholeGrant(), &newer);
  AddUnknownField(&newer, "from the future");
  AddUnknownField(newer.mutable_account(), "of the account");

  Grant grant = WholeGrant();
  grant.access_token = Secret("second");
  grant.attributes.erase("realmId");
  const Secret rewritten = SerializeSealedGrant(grant, Serialize(newer).Expose());
  const pb::SealedGrant message = Message(rewritten);
  EXPECT_EQ(UnknownField(message), "from the future");
  EXPECT_EQ(UnknownField(message.account()), "of the account");
  Grant read;
  const absl::StatusOr<NewerFields> fields = ParseSealedGrant(rewritten.Expose(), &read);
  ASSERT_TRUE(fields.ok());
  EXPECT_EQ(*fields, NewerFields::kSome);
  EXPECT_EQ(read.access_token, grant.access_token);
  EXPECT_EQ(read.attributes, grant.attributes);
}

TEST(SealedGrantTest, KeepsNothingOfItsOwnFromTheRecordBefore) {
  const Secret before = SerializeSealedGrant(WholeGrant());
  EXPECT_EQ(SerializeSealedGrant(Grant(), before.Expose()), SerializeSealedGrant(Grant()));
  EXPECT_EQ(SerializeSealedGrant(Grant(), "\xFF no record"), SerializeSealedGrant(Grant()));
}

TEST(SealedGrantTest, RefusesWhatIsNoGrantWithoutAWordOfIt) {
  Grant grant;
  const absl::Status status = ParseSealedGrant("\x0A\x7Fhush", &grant).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.ToString(), Not(HasSubstr("hush")));
}

// What is sealed today must open tomorrow.
TEST(SealedGrantTest, IsBoundToItsKeyAndGeneration) {
  const GrantKey key{"music", "spotify", "user-42"};
  EXPECT_EQ(GrantAssociatedData(key, 7),
            AssociatedData({"grant/1", "music", "spotify", "user-42", 7}));
  EXPECT_NE(GrantAssociatedData(key, 7), GrantAssociatedData(key, 8));
}

TEST(RecordTimeTest, KeepsMillisecondsAndTheInfinities) {
  EXPECT_EQ(FromRecordTime(ToRecordTime(AtMillisecond(1))), AtMillisecond(1));
  EXPECT_EQ(FromRecordTime(ToRecordTime(AtMillisecond(1) + absl::Microseconds(999))),
            AtMillisecond(1));
  EXPECT_EQ(FromRecordTime(ToRecordTime(absl::InfiniteFuture())), absl::InfiniteFuture());
  EXPECT_EQ(FromRecordTime(ToRecordTime(absl::InfinitePast())), absl::InfinitePast());
  EXPECT_EQ(ToRecordTime(absl::UnixEpoch()), 0);
  EXPECT_EQ(ToRecordTime(absl::UnixEpoch() - absl::Microseconds(1)), -1);
}

}  // namespace
}  // namespace tokenbroker
