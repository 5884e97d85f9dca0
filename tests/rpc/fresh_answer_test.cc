#include "rpc/fresh_answer.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "tests/support/with_traits.h"

namespace tokenbroker {
namespace {

class FreshAnswerTest : public ::testing::Test {
 protected:
  // What arrives is what the message would say.
  void ExpectTheMessage() {
    const FreshAnswer answer{token_, source_, Now(clock_)};
    const FreshAnswerWriter writer(answer);
    // What lies behind the answer is not touched.
    std::string bytes(writer.size() + 1, '#');
    writer.WriteTo(reinterpret_cast<uint8_t*>(bytes.data()));
    EXPECT_EQ(bytes.back(), '#');
    bytes.pop_back();
    v1::GetFreshTokenResponse arrived;
    ASSERT_TRUE(arrived.ParseFromString(bytes));
    v1::GetFreshTokenResponse message;
    SetAccessToken(*token_, answer.now, message.mutable_token());
    message.set_source(ToProto(source_));
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(arrived, message))
        << arrived.DebugString() << message.DebugString();
    EXPECT_EQ(arrived.ByteSizeLong(), bytes.size()) << "a field is written twice, or for nothing";
  }

  SimulatedClock clock_;
  std::shared_ptr<CachedToken> token_ = std::make_shared<CachedToken>();
  TokenSource source_ = TokenSource::kCache;
};

TEST_F(FreshAnswerTest, SaysNothingOfWhatATokenLacks) { ExpectTheMessage(); }

TEST_F(FreshAnswerTest, SaysAllThatATokenHas) {
  for (const TokenSource source :
       {TokenSource::kCache, TokenSource::kStore, TokenSource::kRefreshed, TokenSource::kStale}) {
    source_ = source;
    token_->generation = 1'800'000'000'000;
    token_->access_token = Secret(std::string(476, 'a'));
    token_->expires = clock_.SteadyNow() + absl::Hours(1) + absl::Nanoseconds(123'456'789);
    token_->refresh_due = clock_.SteadyNow() + absl::Minutes(50);
    token_->reauthorize_at_ms = 1'900'000'000'123;
    ChangeTraits(token_.get(), [](TokenTraits* t) {
      t->token_type = "Bearer";
      t->scopes = {"playlist-read-private", "", "user-read-email"};
      t->attributes = {
          {"instance_url", "https://eu1.example.com"}, {"empty", ""}, {"", "nameless"}};
    });
    ExpectTheMessage();
  }
}

TEST_F(FreshAnswerTest, SizesThatNeedMoreBytesThanOneAreRight) {
  for (const size_t size : {1u, 127u, 128u, 16'383u, 16'384u, 100'000u}) {
    token_->access_token = Secret(std::string(size, 'a'));
    ChangeTraits(token_.get(), [size](TokenTraits* t) {
      t->token_type = std::string(size, 't');
      t->scopes = {std::string(size, 's')};
      t->attributes = {{std::string(size, 'n'), std::string(size, 'v')}};
    });
    ExpectTheMessage();
  }
}

TEST_F(FreshAnswerTest, TimesBefore1970AndWholeSecondsAreRight) {
  clock_.SetTime(absl::UnixEpoch());
  for (const absl::Duration left : {absl::ZeroDuration(), absl::Seconds(5), -absl::Seconds(5),
                                    absl::Nanoseconds(-1), absl::Nanoseconds(1)}) {
    token_->expires = clock_.SteadyNow() + left;
    token_->refresh_due = clock_.SteadyNow() + left;
    token_->reauthorize_at_ms = -1;
    ExpectTheMessage();
  }
}

TEST_F(FreshAnswerTest, WhatIsNotRefreshedByItselfHasNoRefreshTime) {
  token_->refresh_due = clock_.SteadyNow() + absl::Minutes(50);
  token_->refreshable = false;
  ExpectTheMessage();
  token_->refreshable = true;
  token_->state = GrantState::kReauthorizationRequired;
  ExpectTheMessage();
}

}  // namespace
}  // namespace tokenbroker
