#include "oauth/discovery.h"

#include <absl/strings/str_cat.h>

#include "tests/oauth/refusal_matchers.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;

constexpr char kIssuer[] = "https://id.example/t";

std::string Metadata(absl::string_view members) {
  return absl::StrCat(R"({"issuer":"https://id.example/t",)",
                      R"("authorization_endpoint":"https://id.example/authorize")", members, "}");
}

TEST(DiscoveryTest, AsksOpenIdsPlaceAndThenTheOneOfRfc8414) {
  EXPECT_THAT(MetadataUrls("https://id.example"),
              ElementsAre("https://id.example/.well-known/openid-configuration",
                          "https://id.example/.well-known/oauth-authorization-server"));
  EXPECT_THAT(MetadataUrls("https://id.example/a/b"),
              ElementsAre("https://id.example/a/b/.well-known/openid-configuration",
                          "https://id.example/.well-known/oauth-authorization-server/a/b"));
  EXPECT_THAT(MetadataUrls("https://id.example/a/"),
              ElementsAre("https://id.example/a/.well-known/openid-configuration",
                          "https://id.example/.well-known/oauth-authorization-server/a"));
}

TEST(DiscoveryTest, ReadsTheEndpoints) {
  const auto metadata = ParseMetadata(
      Metadata(R"(,"token_endpoint":"https://x.example/token?p=1",)"
               R"("revocation_endpoint":"https://id.example/r","userinfo_endpoint":null,)"
               R"("authorization_response_iss_parameter_supported":true,"other":[1])"),
      kIssuer);
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(metadata->authorization_endpoint, "https://id.example/authorize");
  EXPECT_EQ(metadata->token_endpoint, "https://x.example/token?p=1");
  EXPECT_EQ(metadata->revocation_endpoint, "https://id.example/r");
  EXPECT_EQ(metadata->userinfo_endpoint, "");
  EXPECT_TRUE(metadata->issuer_required);
}

TEST(DiscoveryTest, IssIsRequiredOnlyWhereItIsAnnounced) {
  EXPECT_FALSE(ParseMetadata(Metadata(""), kIssuer)->issuer_required);
  for (const char* value : {"false", "null", "\"true\"", "1"}) {
    EXPECT_FALSE(ParseMetadata(Metadata(absl::StrCat(
                                   R"(,"authorization_response_iss_parameter_supported":)", value)),
                               kIssuer)
                     ->issuer_required)
        << value;
  }
}

TEST(DiscoveryTest, TheIssuerMustBeExactlyTheConfiguredOne) {
  for (const char* issuer : {"https://id.example/t/", "https://ID.example/t", "https://id.example",
                             "https://evil.example/t"}) {
    EXPECT_EQ(ParseMetadata(Metadata(""), issuer).status().code(),
              absl::StatusCode::kFailedPrecondition)
        << issuer;
  }
}

TEST(DiscoveryTest, EndpointsMustBeHttps) {
  for (const char* url : {"\"http://id.example/t\"", "\"http://127.0.0.1/t\"", "\"\"", "7",
                          "\"ftp://x\"", "\"https://id.example/t#f\"", "\"/token\""}) {
    for (const char* name : {"token_endpoint", "revocation_endpoint", "userinfo_endpoint"}) {
      EXPECT_EQ(
          ParseMetadata(Metadata(absl::StrCat(",\"", name, "\":", url)), kIssuer).status().code(),
          absl::StatusCode::kFailedPrecondition)
          << name << url;
    }
  }
}

TEST(DiscoveryTest, ALoopbackIssuerMayNameLoopbackEndpoints) {
  const absl::string_view issuer = "http://127.0.0.1:8080";
  const auto with = [&](absl::string_view token_endpoint) {
    return ParseMetadata(
        absl::StrCat(R"({"issuer":")", issuer, R"(","token_endpoint":")", token_endpoint, "\"}"),
        issuer);
  };
  EXPECT_TRUE(with("http://127.0.0.1:8080/token").ok());
  EXPECT_FALSE(with("http://id.example/token").ok());
}

TEST(DiscoveryTest, WhatIsNoMetadataMayLieElsewhere) {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"issuer":7})",
                           R"({"issuer":"https://id.example/t","issuer":"x"})"}) {
    EXPECT_EQ(ParseMetadata(body, kIssuer).status().code(), absl::StatusCode::kInvalidArgument)
        << body;
  }
}

TEST(DiscoveryTest, QuotesNothing) {
  EXPECT_THAT(ParseMetadata(R"({"issuer":"hunter2"})", kIssuer).status(),
              testing::Not(Says("hunter2")));
  EXPECT_THAT(ParseMetadata(Metadata(R"(,"token_endpoint":"hunter2")"), kIssuer).status(),
              testing::Not(Says("hunter2")));
}

}  // namespace
}  // namespace tokenbroker
