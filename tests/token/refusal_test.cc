#include "token/refusal.h"

#include <set>

namespace tokenbroker {
namespace {

struct Expected {
  Reason reason;
  const char* name;
  absl::StatusCode code;
};

// The list of the public API, written out once more: a name or code that moves breaks callers.
const std::vector<Expected>& AllReasons() {
  using C = absl::StatusCode;
  using R = Reason;
  static const auto& all = *new std::vector<Expected>{
      {R::kFieldInvalid, "FIELD_INVALID", C::kInvalidArgument},
      {R::kProviderUnknown, "PROVIDER_UNKNOWN", C::kInvalidArgument},
      {R::kRedirectUriNotAllowed, "REDIRECT_URI_NOT_ALLOWED", C::kInvalidArgument},
      {R::kCallbackMalformed, "CALLBACK_MALFORMED", C::kInvalidArgument},
      {R::kGenerationUnknown, "GENERATION_UNKNOWN", C::kInvalidArgument},
      {R::kScopeInvalid, "SCOPE_INVALID", C::kInvalidArgument},
      {R::kGrantNotFound, "GRANT_NOT_FOUND", C::kNotFound},
      {R::kLoginNotFound, "LOGIN_NOT_FOUND", C::kNotFound},
      {R::kReauthorizationRequired, "REAUTHORIZATION_REQUIRED", C::kFailedPrecondition},
      {R::kProviderMisconfigured, "PROVIDER_MISCONFIGURED", C::kFailedPrecondition},
      {R::kLoginDenied, "LOGIN_DENIED", C::kFailedPrecondition},
      {R::kLoginInteractionRequired, "LOGIN_INTERACTION_REQUIRED", C::kFailedPrecondition},
      {R::kLoginAlreadyUsed, "LOGIN_ALREADY_USED", C::kFailedPrecondition},
      {R::kLoginNotBound, "LOGIN_NOT_BOUND", C::kFailedPrecondition},
      {R::kLoginOutcomeUnknown, "LOGIN_OUTCOME_UNKNOWN", C::kFailedPrecondition},
      {R::kCodeRejected, "CODE_REJECTED", C::kFailedPrecondition},
      {R::kIssuerMismatch, "ISSUER_MISMATCH", C::kFailedPrecondition},
      {R::kIdTokenInvalid, "ID_TOKEN_INVALID", C::kFailedPrecondition},
      {R::kAccountMismatch, "ACCOUNT_MISMATCH", C::kFailedPrecondition},
      {R::kScopeMissing, "SCOPE_MISSING", C::kFailedPrecondition},
      {R::kTokenKeepsBeingRejected, "TOKEN_KEEPS_BEING_REJECTED", C::kFailedPrecondition},
      {R::kMinTtlUnsatisfiable, "MIN_TTL_UNSATISFIABLE", C::kOutOfRange},
      {R::kCallerNotAllowed, "CALLER_NOT_ALLOWED", C::kPermissionDenied},
      {R::kCallerUnknown, "CALLER_UNKNOWN", C::kUnauthenticated},
      {R::kQuotaExceeded, "QUOTA_EXCEEDED", C::kResourceExhausted},
      {R::kProviderUnavailable, "PROVIDER_UNAVAILABLE", C::kUnavailable},
      {R::kProviderThrottled, "PROVIDER_THROTTLED", C::kUnavailable},
      {R::kStoreUnavailable, "STORE_UNAVAILABLE", C::kUnavailable},
      {R::kCallerCheckUnavailable, "CALLER_CHECK_UNAVAILABLE", C::kUnavailable},
      {R::kAuditUnavailable, "AUDIT_UNAVAILABLE", C::kUnavailable}};
  return all;
}

// Every field set, with bytes that would confuse a careless format.
Refusal Full() {
  Refusal r;
  r.reason = Reason::kScopeMissing;
  r.message = "5:the \"message\"\n: with colons";
  r.provider = "spotify";
  r.provider_error = "invalid_scope";
  r.cause = "";
  r.generation = -9'000'000'000'000'000'000;
  r.missing_scopes = {"a", "", "user-read:email", std::string("\0:", 2)};
  r.retry_after = absl::Milliseconds(1500);
  r.retry = Retry::kUseless;
  r.caller_context = std::string("\xFF\0\x01", 3);
  return r;
}

TEST(RefusalTest, EveryReasonHasItsNameAndCode) {
  std::set<Reason> seen;
  for (const Expected& e : AllReasons()) {
    EXPECT_EQ(ReasonName(e.reason), e.name);
    EXPECT_EQ(ReasonCode(e.reason), e.code) << e.name;
    EXPECT_EQ(ReasonFromName(e.name), e.reason);
    seen.insert(e.reason);
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(Reason::kAuditUnavailable) + 1);
  EXPECT_EQ(ReasonFromName("NO_SUCH_REASON"), absl::nullopt);
  EXPECT_EQ(ReasonFromName(""), absl::nullopt);
}

TEST(RefusalTest, RidesInAStatusAndComesBackWhole) {
  for (const Expected& e : AllReasons()) {
    Refusal refusal = Full();
    refusal.reason = e.reason;
    const absl::Status status = ToStatus(refusal);
    EXPECT_EQ(status.code(), e.code);
    EXPECT_EQ(status.message(), refusal.message);
    ASSERT_TRUE(RefusalOf(status));
    EXPECT_EQ(*RefusalOf(status), refusal);
  }
}

TEST(RefusalTest, AStatusOfSomebodyElseCarriesNone) {
  EXPECT_EQ(RefusalOf(absl::OkStatus()), absl::nullopt);
  EXPECT_EQ(RefusalOf(absl::NotFoundError("x")), absl::nullopt);
}

TEST(RefusalTest, SurvivesItsTextForm) {
  EXPECT_EQ(ParseRefusal(SerializeRefusal(Full())), Full());
  EXPECT_EQ(ParseRefusal(SerializeRefusal(Refusal())), Refusal());
  Refusal no_wait = Full();
  no_wait.retry_after = absl::ZeroDuration();
  EXPECT_EQ(ParseRefusal(SerializeRefusal(no_wait))->retry_after, absl::ZeroDuration());
}

TEST(RefusalTest, EachFieldMakesADifference) {
  const auto changed = [](auto change) {
    Refusal refusal = Full();
    change(refusal);
    return refusal == Full();
  };
  EXPECT_FALSE(changed([](Refusal& r) { r.reason = Reason::kLoginDenied; }));
  EXPECT_FALSE(changed([](Refusal& r) { r.message += "x"; }));
  EXPECT_FALSE(changed([](Refusal& r) { r.provider += "x"; }));
  EXPECT_FALSE(changed([](Refusal& r) { r.provider_error += "x"; }));
  EXPECT_FALSE(changed([](Refusal& r) { r.cause += "x"; }));
  EXPECT_FALSE(changed([](Refusal& r) { ++r.generation; }));
  EXPECT_FALSE(changed([](Refusal& r) { r.missing_scopes.pop_back(); }));
  EXPECT_FALSE(changed([](Refusal& r) { r.retry_after = absl::nullopt; }));
  EXPECT_FALSE(changed([](Refusal& r) { r.caller_context += "x"; }));
}

TEST(RefusalTest, OtherBytesAreNoRefusal) {
  const std::string good = SerializeRefusal(Refusal());
  for (const std::string& bytes : std::vector<std::string>{
           "", "x", "0:", "-1:", "99999999999999999999:x", "14:NO_SUCH_REASON0:0:0:0:1:00:0:",
           "13:FIELD_INVALID0:0:0:0:1:x0:0:", "13:FIELD_INVALID0:0:0:0:1:01:x0:", good + "x",
           good + "5:abc", good + ":", good.substr(0, good.size() - 1)}) {
    EXPECT_EQ(ParseRefusal(bytes), absl::nullopt) << bytes;
  }
}

TEST(RefusalTest, ATruncatedRefusalIsNeverReadAsTheWhole) {
  const std::string good = SerializeRefusal(Full());
  for (size_t n = 0; n < good.size(); ++n) {
    const absl::optional<Refusal> parsed = ParseRefusal(good.substr(0, n));
    EXPECT_FALSE(parsed && *parsed == Full()) << n;
  }
}

TEST(RefusalTest, NamesTheFieldThatIsInvalid) {
  const absl::Status status = FieldInvalid("min_ttl", "must not be negative");
  EXPECT_EQ(status, FieldInvalid("min_ttl", "must not be negative"));
  EXPECT_EQ(status.message(), "min_ttl must not be negative");
  EXPECT_EQ(RefusalOf(status)->reason, Reason::kFieldInvalid);
  EXPECT_EQ(RefusalOf(status)->cause, "min_ttl");
}

}  // namespace
}  // namespace tokenbroker
