#include "oauth/callback.h"

#include "tests/oauth/refusal_matchers.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

absl::StatusOr<Callback> FromUri(absl::string_view uri) {
  CallbackInput input;
  input.callback_uri = uri;
  return ParseCallback(input);
}

TEST(CallbackTest, ReadsAWholeUrlAPathAndABareQuery) {
  for (const char* uri :
       {"https://app.example:8443/cb?code=c%2B1&state=s+1", "/cb?code=c%2B1&state=s+1",
        "?code=c%2B1&state=s+1", "code=c%2B1&state=s+1", "state=s%201&code=c%2b1#_=_",
        "com.example.app:/cb?code=c%2B1&state=s+1"}) {
    const absl::StatusOr<Callback> callback = FromUri(uri);
    ASSERT_TRUE(callback.ok()) << uri << callback.status();
    EXPECT_EQ(callback->code.Expose(), "c+1");
    EXPECT_EQ(callback->state, "s 1");
    EXPECT_EQ(callback->issuer, absl::nullopt);
  }
}

TEST(CallbackTest, ReadsItsParts) {
  CallbackInput input;
  input.state = "s%20";
  input.code = "c+";
  input.issuer = "https://id.example";
  const absl::StatusOr<Callback> callback = ParseCallback(input);
  ASSERT_TRUE(callback.ok());
  EXPECT_EQ(callback->state, "s%20");
  EXPECT_EQ(callback->code.Expose(), "c+");
  EXPECT_EQ(callback->issuer, "https://id.example");
  EXPECT_EQ(callback->path, absl::nullopt);
  input.issuer = "";
  EXPECT_EQ(ParseCallback(input)->issuer, absl::nullopt);
}

TEST(CallbackTest, AnErrorTakesThePlaceOfTheCode) {
  const absl::StatusOr<Callback> callback =
      FromUri("?error=access_denied&state=s&code=&error_description=no");
  ASSERT_TRUE(callback.ok());
  EXPECT_EQ(callback->error, "access_denied");
  EXPECT_TRUE(callback->code.empty());
}

TEST(CallbackTest, RefusesWholeAndPartsTogetherAndNothingAtAll) {
  CallbackInput input;
  EXPECT_THAT(ParseCallback(input).status(), Refuses(Reason::kCallbackMalformed));
  input.callback_uri = "?code=c&state=s";
  input.state = "s";
  EXPECT_THAT(ParseCallback(input).status(), Refuses(Reason::kCallbackMalformed));
}

TEST(CallbackTest, RefusesARepeatedParameter) {
  for (const char* query :
       {"code=c&code=c&state=s", "code=c&state=s&state=s", "error=a&error=a&state=s",
        "code=c&state=s&iss=i&iss=i", "code=c&state=s&x=1&x=2", "code=c&state=s&%63ode=c"}) {
    EXPECT_THAT(FromUri(query).status(), Refuses(Reason::kCallbackMalformed)) << query;
  }
}

TEST(CallbackTest, RefusesCodeAndErrorTogetherAndNeither) {
  EXPECT_THAT(FromUri("code=c&error=e&state=s").status(),
              RefusesBecauseOf(Reason::kCallbackMalformed, "callback"));
  EXPECT_THAT(FromUri("state=s").status(),
              RefusesBecauseOf(Reason::kCallbackMalformed, "callback"));
  EXPECT_THAT(FromUri("https://app.example/cb").status(), Refuses(Reason::kCallbackMalformed));
}

TEST(CallbackTest, ParametersInTheFragmentCountForNothing) {
  EXPECT_THAT(FromUri("https://app.example/cb#code=c&state=s").status(),
              Refuses(Reason::kCallbackMalformed));
}

TEST(CallbackTest, RefusesACallbackWithoutState) {
  EXPECT_THAT(FromUri("code=c").status(), RefusesBecauseOf(Reason::kCallbackMalformed, "state"));
  EXPECT_THAT(FromUri("code=c&state=").status(),
              RefusesBecauseOf(Reason::kCallbackMalformed, "state"));
}

TEST(CallbackTest, RefusesControlCharactersBrokenEscapesAndIllFormedUtf8) {
  for (const char* query :
       {"code=c%00&state=s", "code=c&state=s%0A", "code=c%ff&state=s", "code=c&state=s&iss=%7f",
        "code=c%&state=s", "code=c&state=s\n", "error=e%0a&state=s", "code=c&state=s&x=\n",
        "code=c&state=s&x=\xff", "https://app.example/%zz?code=c&state=s"}) {
    EXPECT_THAT(FromUri(query).status(), Refuses(Reason::kCallbackMalformed)) << query;
  }
}

TEST(CallbackTest, RefusesWhatIsTooLarge) {
  const std::string huge(kMaxCallbackBytes, 'x');
  EXPECT_THAT(FromUri("code=c&state=s&x=" + huge).status(), Refuses(Reason::kCallbackMalformed));
  EXPECT_THAT(FromUri("code=c&state=" + std::string(kMaxStateBytes + 1, 's')).status(),
              RefusesBecauseOf(Reason::kCallbackMalformed, "state"));
  EXPECT_THAT(FromUri("state=s&code=" + std::string(kMaxCodeBytes + 1, 'c')).status(),
              RefusesBecauseOf(Reason::kCallbackMalformed, "code"));
  EXPECT_TRUE(FromUri("state=s&code=" + std::string(kMaxCodeBytes, 'c')).ok());
  EXPECT_THAT(FromUri("state=s&error=" + std::string(kMaxStateBytes + 1, 'e')).status(),
              RefusesBecauseOf(Reason::kCallbackMalformed, "error"));
  EXPECT_THAT(FromUri("state=s&code=c&iss=" + std::string(kMaxIssuerBytes + 1, 'i')).status(),
              RefusesBecauseOf(Reason::kCallbackMalformed, "issuer"));
  CallbackInput parts;
  parts.state = "s";
  parts.code = huge;
  EXPECT_THAT(ParseCallback(parts).status(), RefusesBecauseOf(Reason::kCallbackMalformed, "code"));
}

TEST(CallbackTest, QuotesNothingOfTheCallback) {
  for (const char* query : {"code=hunter2&code=hunter2&state=s", "code=hunter2", "hunter2=%",
                            "error=hunter2&code=hunter2&state=s"}) {
    const absl::Status status = FromUri(query).status();
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(status.ToString().find("hunter2"), std::string::npos) << query;
  }
}

TEST(CallbackTest, AnAbsoluteUrlMustHaveTheRedirectPath) {
  const absl::string_view redirect = "https://app.example/a/callback?x=1";
  for (const char* uri : {"http://10.0.0.7:8080/a/callback?code=c&state=s",
                          "https://app.example/a/call%62ack?code=c&state=s",
                          "/a/callback?code=c&state=s", "code=c&state=s"}) {
    EXPECT_TRUE(CheckRedirectPath(*FromUri(uri), redirect).ok()) << uri;
  }
  for (const char* uri : {"https://app.example/a/callback/?code=c&state=s",
                          "https://app.example/b?code=c&state=s", "https://x?code=c&state=s"}) {
    EXPECT_THAT(CheckRedirectPath(*FromUri(uri), redirect), Refuses(Reason::kCallbackMalformed))
        << uri;
  }
}

TEST(CallbackTest, APlusInAPathIsNoSpace) {
  const Callback callback = *FromUri("https://app.example/a+b?code=c&state=s");
  EXPECT_TRUE(CheckRedirectPath(callback, "https://app.example/a+b").ok());
  EXPECT_FALSE(CheckRedirectPath(callback, "https://app.example/a%20b").ok());
}

TEST(CallbackTest, AnEmptyPathIsTheRoot) {
  EXPECT_TRUE(CheckRedirectPath(*FromUri("https://a?code=c&state=s"), "https://b/").ok());
  EXPECT_TRUE(CheckRedirectPath(*FromUri("https://a/?code=c&state=s"), "https://b").ok());
}

TEST(CallbackTest, TheIssuerIsComparedCharacterByCharacter) {
  const auto check = [](const char* query, const char* expected) {
    return CheckIssuer(*FromUri(query), expected, IssuerRule::kOptional);
  };
  EXPECT_TRUE(check("code=c&state=s&iss=https%3A%2F%2Fid.example", "https://id.example").ok());
  for (const char* iss :
       {"https://id.example/", "https://ID.example", "https://evil.example", ""}) {
    EXPECT_THAT(check((std::string("code=c&state=s&iss=") + iss).c_str(), "https://id.example"),
                Refuses(Reason::kIssuerMismatch))
        << iss;
  }
}

TEST(CallbackTest, TheIssuerIsCheckedOnErrorsToo) {
  EXPECT_THAT(CheckIssuer(*FromUri("error=access_denied&state=s&iss=evil"), "https://id.example",
                          IssuerRule::kOptional),
              Refuses(Reason::kIssuerMismatch));
}

TEST(CallbackTest, AMissingIssuerIsRefusedOnlyWhereTheMetadataAnnouncesIt) {
  const Callback callback = *FromUri("code=c&state=s");
  EXPECT_TRUE(CheckIssuer(callback, "https://id.example", IssuerRule::kOptional).ok());
  EXPECT_THAT(CheckIssuer(callback, "https://id.example", IssuerRule::kRequired),
              RefusesBecauseOf(Reason::kIssuerMismatch, "missing"));
}

TEST(CallbackTest, WithoutAKnownIssuerAnIssIsIgnored) {
  EXPECT_TRUE(CheckIssuer(*FromUri("code=c&state=s&iss=x"), "", IssuerRule::kOptional).ok());
}

TEST(CallbackTest, GivesAwayOnlyListedPrintableAttributes) {
  const Callback callback = *FromUri("code=c&state=s&realmId=42&secret=x&odd=%01");
  EXPECT_THAT(CallbackAttributes(callback, {"realmId", "odd", "absent", "code", "state"}),
              ElementsAre(Pair("realmId", "42")));
}

}  // namespace
}  // namespace tokenbroker
