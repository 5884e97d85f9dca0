#include "rpc/token_handler.h"

#include "rpc/proto_conversions.h"
#include "tests/rpc/fake_services.h"
#include "tests/support/known_callers.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

absl::Time At(const google::protobuf::Timestamp& t) {
  return absl::FromUnixSeconds(t.seconds()) + absl::Nanoseconds(t.nanos());
}

class TokenHandlerTest : public ::testing::Test {
 protected:
  TokenHandlerTest() {
    request_.set_provider("spotify");
    request_.set_subject("user-42/home");
  }

  absl::Status Call() {
    absl::optional<absl::Status> result;
    FreshAnswer answer;
    const CallInfo call{AnyCaller(), clock_.SteadyNow() + absl::Seconds(9)};
    handler_.GetFreshToken(call, FreshRequest(request_), &answer,
                           [&result](absl::Status status) { result = std::move(status); });
    if (!result) return absl::UnknownError("not answered");
    if (result->ok()) response_ = Read(answer);
    return *result;
  }

  static v1::GetFreshTokenResponse Read(const FreshAnswer& answer) {
    const FreshAnswerWriter writer(answer);
    std::string bytes(writer.size(), '\0');
    writer.WriteTo(reinterpret_cast<uint8_t*>(bytes.data()));
    v1::GetFreshTokenResponse read;
    EXPECT_TRUE(read.ParseFromString(bytes));
    return read;
  }

  // What the use case must not be asked at all.
  void ExpectRefusedFor(const std::string& field) {
    tokens_.answer = [](const FreshTokenQuery&, SteadyTime, TokenService::Done) {
      ADD_FAILURE() << "an invalid request reached the use case";
    };
    const absl::Status status = Call();
    const absl::optional<Refusal> refusal = RefusalOf(status);
    ASSERT_TRUE(refusal.has_value()) << status;
    EXPECT_EQ(refusal->reason, Reason::kFieldInvalid);
    EXPECT_EQ(refusal->cause, field);
  }

  SimulatedClock clock_;
  FakeTokenService tokens_;
  TokenHandler handler_{tokens_, clock_};
  v1::GetFreshTokenRequest request_;
  v1::GetFreshTokenResponse response_;
};

TEST_F(TokenHandlerTest, AsksForWhatTheRequestSays) {
  request_.set_tenant("music");
  request_.mutable_min_ttl()->set_seconds(60);
  request_.mutable_min_ttl()->set_nanos(500'000'000);
  request_.add_required_scopes("playlist-read-private");
  request_.set_rejected_generation(6);
  bool asked = false;
  tokens_.answer = [&](const FreshTokenQuery& query, SteadyTime deadline, TokenService::Done done) {
    asked = true;
    EXPECT_EQ(query.key, (GrantKeyView{"music", "spotify", "user-42/home"}));
    EXPECT_EQ(query.min_ttl, absl::Milliseconds(60'500));
    EXPECT_THAT(query.required_scopes, ElementsAre("playlist-read-private"));
    EXPECT_EQ(query.rejected_generation, 6);
    EXPECT_EQ(deadline, clock_.SteadyNow() + absl::Seconds(9));
    done(FreshToken{MakeToken(7, "at-7"), TokenSource::kRefreshed});
  };
  EXPECT_TRUE(Call().ok());
  EXPECT_TRUE(asked);
  EXPECT_EQ(response_.source(), v1::GetFreshTokenResponse::SOURCE_REFRESHED);
}

TEST_F(TokenHandlerTest, TakesAnEmptyTenantForTheDefaultOneAndNoMinTtlForNone) {
  tokens_.answer = [](const FreshTokenQuery& query, SteadyTime, TokenService::Done done) {
    EXPECT_EQ(query.key.tenant, "default");
    EXPECT_EQ(query.min_ttl, absl::nullopt);
    done(FreshToken{MakeToken(7, "at-7"), TokenSource::kCache});
  };
  EXPECT_TRUE(Call().ok());
}

TEST_F(TokenHandlerTest, TellsALifeOnTheSteadyClockInTheWallClocksTime) {
  auto token = MakeToken(7, "at-7");
  token->expires = clock_.SteadyNow() + absl::Hours(1);
  token->refresh_due = clock_.SteadyNow() + absl::Minutes(50);
  const absl::Time reauthorize_at = absl::FromUnixMillis(1'900'000'000'123);
  token->reauthorize_at_ms = absl::ToUnixMillis(reauthorize_at);
  ChangeTraits(token.get(), [](TokenTraits* t) {
    t->scopes = {"a", "b"};
    t->attributes = {{"instance_url", "https://na1"}};
  });
  clock_.SetTime(clock_.TimeNow() + absl::Hours(7));
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    done(FreshToken{token, TokenSource::kStore});
  };
  ASSERT_TRUE(Call().ok());
  const v1::AccessToken& out = response_.token();
  EXPECT_EQ(out.access_token(), "at-7");
  EXPECT_EQ(out.token_type(), "Bearer");
  EXPECT_EQ(out.generation(), 7);
  EXPECT_EQ(At(out.expire_time()), clock_.TimeNow() + absl::Hours(1));
  EXPECT_EQ(At(out.refresh_time()), clock_.TimeNow() + absl::Minutes(50));
  EXPECT_EQ(At(out.reauthorize_time()), reauthorize_at);
  EXPECT_THAT(out.scopes(), ElementsAre("a", "b"));
  EXPECT_THAT(out.attributes(), ElementsAre(Pair("instance_url", "https://na1")));
  EXPECT_EQ(response_.source(), v1::GetFreshTokenResponse::SOURCE_STORE);
}

TEST_F(TokenHandlerTest, LeavesUnknownTimesUnset) {
  ASSERT_TRUE(Call().ok());
  EXPECT_FALSE(response_.token().has_expire_time());
  EXPECT_FALSE(response_.token().has_refresh_time());
  EXPECT_FALSE(response_.token().has_reauthorize_time());
}

TEST_F(TokenHandlerTest, AnnouncesNoRefreshThatWillNotCome) {
  auto token = MakeToken(7, "at-7");
  token->refresh_due = clock_.SteadyNow() + absl::Minutes(50);
  token->refreshable = false;
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    done(FreshToken{token, TokenSource::kStale});
  };
  ASSERT_TRUE(Call().ok());
  EXPECT_FALSE(response_.token().has_refresh_time());
  EXPECT_EQ(response_.source(), v1::GetFreshTokenResponse::SOURCE_STALE);
}

TEST_F(TokenHandlerTest, PassesARefusalOn) {
  Refusal refusal;
  refusal.reason = Reason::kGrantNotFound;
  tokens_.answer = [&](const FreshTokenQuery&, SteadyTime, TokenService::Done done) {
    done(ToStatus(refusal));
  };
  const absl::Status status = Call();
  ASSERT_TRUE(RefusalOf(status).has_value());
  EXPECT_EQ(RefusalOf(status)->reason, Reason::kGrantNotFound);
  EXPECT_FALSE(response_.has_token());
}

TEST_F(TokenHandlerTest, RefusesANegativeMinTtl) {
  request_.mutable_min_ttl()->set_nanos(-1);
  ExpectRefusedFor("min_ttl");
}

TEST_F(TokenHandlerTest, RefusesAMinTtlOfYears) {
  request_.mutable_min_ttl()->set_seconds(367 * 24 * 3600);
  ExpectRefusedFor("min_ttl");
}

TEST_F(TokenHandlerTest, RefusesAMinTtlThatIsNoDuration) {
  request_.mutable_min_ttl()->set_nanos(1'000'000'000);
  ExpectRefusedFor("min_ttl");
  request_.mutable_min_ttl()->set_seconds(1);
  request_.mutable_min_ttl()->set_nanos(-1);
  ExpectRefusedFor("min_ttl");
}

TEST_F(TokenHandlerTest, RefusesANegativeGeneration) {
  request_.set_rejected_generation(-1);
  ExpectRefusedFor("rejected_generation");
}

TEST_F(TokenHandlerTest, TakesAHundredScopesAndNoMore) {
  for (int i = 0; i < 100; ++i) request_.add_required_scopes("s");
  EXPECT_TRUE(Call().ok());
  request_.add_required_scopes("s");
  ExpectRefusedFor("required_scopes");
}

TEST_F(TokenHandlerTest, RefusesEmptyAndHugeScopes) {
  request_.add_required_scopes("");
  ExpectRefusedFor("required_scopes");
  request_.set_required_scopes(0, std::string(513, 's'));
  ExpectRefusedFor("required_scopes");
}

}  // namespace
}  // namespace tokenbroker
