#include "rpc/fresh_request.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>

namespace tokenbroker {
namespace {

// What is read is what the message would say, and nothing is read that is no message.
void ExpectTheMessage(const std::string& bytes) {
  v1::GetFreshTokenRequest message;
  const bool is_message = message.ParseFromString(bytes);
  FreshRequest request;
  ASSERT_EQ(request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())), is_message);
  if (!is_message) return;
  EXPECT_EQ(request.tenant(), message.tenant());
  EXPECT_EQ(request.provider(), message.provider());
  EXPECT_EQ(request.subject(), message.subject());
  message.clear_tenant();
  message.clear_provider();
  message.clear_subject();
  message.DiscardUnknownFields();
  v1::GetFreshTokenRequest wishes = request.wishes();
  wishes.clear_tenant();
  wishes.clear_provider();
  wishes.clear_subject();
  wishes.DiscardUnknownFields();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(wishes, message))
      << wishes.DebugString() << message.DebugString();
}

v1::GetFreshTokenRequest Named(const std::string& subject) {
  v1::GetFreshTokenRequest message;
  message.set_tenant("music");
  message.set_provider("spotify");
  message.set_subject(subject);
  return message;
}

TEST(FreshRequestTest, ReadsNamesWhateverTheyAre) {
  ExpectTheMessage("");
  for (const std::string& subject :
       {std::string(), std::string("user-42/home"), std::string(127, 's'), std::string(128, 's'),
        std::string(236, 's'), std::string(237, 's'), std::string(5'000, 's'),
        std::string("M\xC3\xBCller"), std::string("a\0b", 3), std::string("line\n")}) {
    ExpectTheMessage(Named(subject).SerializeAsString());
  }
}

TEST(FreshRequestTest, ReadsWhatElseIsAskedFor) {
  v1::GetFreshTokenRequest message = Named("user-42");
  message.mutable_min_ttl()->set_seconds(60);
  message.add_required_scopes("playlist-read-private");
  message.set_rejected_generation(7);
  ExpectTheMessage(message.SerializeAsString());
}

TEST(FreshRequestTest, ReadsFieldsInAnyOrderAndOfThoseThatComeAgainTheLast) {
  const std::string one = Named("one").SerializeAsString();
  const std::string two = Named("another").SerializeAsString();
  ExpectTheMessage(one + two);
  ExpectTheMessage("\x1A\x01s\x12\x01p");
  ExpectTheMessage("\x1A\x01s\x1A" + std::string(1, '\0'));
}

TEST(FreshRequestTest, ReadsPastFieldsThatItDoesNotKnow) {
  ExpectTheMessage("\x1A\x01s\x7A\x03new");
  ExpectTheMessage("\x1A\x01s\x78\x05");
}

TEST(FreshRequestTest, RefusesWhatIsNoMessage) {
  for (const std::string& bytes :
       {std::string("\x1A"), std::string("\x1A\x05user"), std::string("\x1A\xFF\xFF\xFF\xFF\x0F"),
        std::string("\x1A\x02\xFF\xFE"), std::string("\x1B\x01s"), std::string("\x02\x01s")}) {
    v1::GetFreshTokenRequest message;
    ASSERT_FALSE(message.ParseFromString(bytes));
    ExpectTheMessage(bytes);
  }
}

TEST(FreshRequestTest, ACopyNamesTheSame) {
  const std::string bytes = Named("user-42").SerializeAsString();
  FreshRequest copy;
  {
    FreshRequest request;
    ASSERT_TRUE(request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    copy = request;
  }
  EXPECT_EQ(copy.subject(), "user-42");
  EXPECT_EQ(FreshRequest(Named("user-43")).subject(), "user-43");
}

}  // namespace
}  // namespace tokenbroker
