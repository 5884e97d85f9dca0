#include "config/caller.h"

#include <absl/hash/hash.h>
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tokenbroker {
namespace {

using testing::HasSubstr;

std::string Error(const absl::StatusOr<Caller>& caller) {
  return std::string(caller.status().message());
}

std::string NameOf(const absl::StatusOr<Caller>& caller) {
  return caller.ok() ? caller->name : absl::StrCat("refused: ", Error(caller));
}

TEST(CallerTest, IsAnonymousUnlessSaidOtherwise) {
  EXPECT_EQ(Caller().kind, CallerKind::kAnonymous);
  EXPECT_EQ(Caller().name, "anonymous");
}

TEST(CallerTest, TakesASpiffeIdAsItStands) {
  const absl::StatusOr<Caller> caller =
      SpiffeCaller("spiffe://prod.example_1-2/ns/Music/sa/a.b_c-d");
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->kind, CallerKind::kSpiffe);
  EXPECT_EQ(caller->name, "spiffe://prod.example_1-2/ns/Music/sa/a.b_c-d");
}

TEST(CallerTest, WantsTheSchemeInLowerCase) {
  EXPECT_THAT(Error(SpiffeCaller("SPIFFE://prod/a")), HasSubstr("is no SPIFFE ID"));
  EXPECT_THAT(Error(SpiffeCaller("https://prod/a")), HasSubstr("is no SPIFFE ID"));
  EXPECT_THAT(Error(SpiffeCaller("spiffe:/prod/a")), HasSubstr("is no SPIFFE ID"));
}

TEST(CallerTest, RefusesATrustDomainAlone) {
  EXPECT_THAT(Error(SpiffeCaller("spiffe://prod")), HasSubstr("is a trust domain and no caller"));
  EXPECT_THAT(Error(SpiffeCaller("spiffe://prod/")), HasSubstr("has an empty path segment"));
}

TEST(CallerTest, RefusesAWrongTrustDomain) {
  EXPECT_THAT(Error(SpiffeCaller("spiffe:///a")), HasSubstr("names no trust domain"));
  EXPECT_THAT(Error(SpiffeCaller("spiffe://Prod/a")), HasSubstr("other characters than a-z"));
  EXPECT_THAT(Error(SpiffeCaller("spiffe://pr%6fd/a")), HasSubstr("other characters than a-z"));
  EXPECT_THAT(Error(SpiffeCaller("spiffe://me@prod/a")), HasSubstr("has a user or a port"));
  EXPECT_THAT(Error(SpiffeCaller("spiffe://prod:443/a")), HasSubstr("has a user or a port"));
  EXPECT_TRUE(SpiffeCaller(absl::StrCat("spiffe://", std::string(255, 'd'), "/a")).ok());
  EXPECT_THAT(Error(SpiffeCaller(absl::StrCat("spiffe://", std::string(256, 'd'), "/a"))),
              HasSubstr("more than 255 bytes"));
}

TEST(CallerTest, RefusesAWrongPath) {
  for (const char* path : {"/a//b", "/a/", "//a"}) {
    EXPECT_THAT(Error(SpiffeCaller(absl::StrCat("spiffe://prod", path))),
                HasSubstr("has an empty path segment"))
        << path;
  }
  for (const char* path : {"/.", "/a/../b", "/a/."}) {
    EXPECT_THAT(Error(SpiffeCaller(absl::StrCat("spiffe://prod", path))),
                HasSubstr("has the path segment . or .."))
        << path;
  }
  for (const char* path : {"/a%2fb", "/a b", "/a*", "/\xc3\xa9", "/a:b", "/a\\b"}) {
    EXPECT_THAT(Error(SpiffeCaller(absl::StrCat("spiffe://prod", path))),
                HasSubstr("has a path with other characters"))
        << path;
  }
  EXPECT_TRUE(SpiffeCaller("spiffe://prod/...").ok());
}

TEST(CallerTest, RefusesNulInASpiffeId) {
  EXPECT_FALSE(SpiffeCaller(absl::string_view("spiffe://prod/a\0b", 17)).ok());
}

TEST(CallerTest, RefusesQueryAndFragment) {
  for (const char* uri : {"spiffe://prod/a?b", "spiffe://prod/a#b", "spiffe://prod?b"}) {
    EXPECT_THAT(Error(SpiffeCaller(uri)), HasSubstr("has a query or a fragment")) << uri;
  }
}

TEST(CallerTest, BoundsASpiffeId) {
  const std::string longest = absl::StrCat("spiffe://prod/", std::string(2048 - 14, 'a'));
  EXPECT_TRUE(SpiffeCaller(longest).ok());
  EXPECT_THAT(Error(SpiffeCaller(longest + "a")), HasSubstr("is longer than 2048 bytes"));
}

TEST(CallerTest, PutsADnsNameInLowerCase) {
  const absl::StatusOr<Caller> caller = DnsCaller("Player-1.Example");
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->kind, CallerKind::kDns);
  EXPECT_EQ(caller->name, "dns:player-1.example");
}

TEST(CallerTest, RefusesWhatIsNoDnsName) {
  EXPECT_THAT(Error(DnsCaller("*.example")), HasSubstr("has a wildcard"));
  for (const char* name :
       {"", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "a/b", "a b", "\xc3\xa9.example"}) {
    EXPECT_THAT(Error(DnsCaller(name)), HasSubstr("is no DNS name")) << name;
  }
  EXPECT_THAT(Error(DnsCaller("10.0.0.1")), HasSubstr("is an address"));
  EXPECT_TRUE(DnsCaller("10.0.0.1a").ok());
}

TEST(CallerTest, BoundsADnsNameAndItsLabels) {
  const std::string label(63, 'a');
  EXPECT_TRUE(DnsCaller(label + ".b").ok());
  EXPECT_FALSE(DnsCaller(label + "a.b").ok());
  const std::string longest =
      absl::StrCat(label, ".", label, ".", label, ".", std::string(61, 'a'));
  EXPECT_TRUE(DnsCaller(longest).ok());
  EXPECT_FALSE(DnsCaller(longest + "a").ok());
}

TEST(CallerTest, TakesAServiceAccount) {
  const absl::StatusOr<Caller> caller = ServiceAccountCaller("music-1", "player.v2");
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->kind, CallerKind::kServiceAccount);
  EXPECT_EQ(caller->name, "serviceaccount:music-1/player.v2");
}

TEST(CallerTest, RefusesAWrongServiceAccount) {
  for (const char* name_space : {"", "a.b", "A", "a/b", "a:b", "*"}) {
    EXPECT_THAT(Error(ServiceAccountCaller(name_space, "a")),
                HasSubstr("has no Kubernetes namespace"))
        << name_space;
  }
  for (const char* name : {"", "A", "a/b", ".a", "a.", "a_b", "*"}) {
    EXPECT_THAT(Error(ServiceAccountCaller("a", name)), HasSubstr("has no service account's name"))
        << name;
  }
}

TEST(CallerTest, ReadsEveryNameThatItWrites) {
  for (const char* name :
       {"anonymous", "spiffe://prod/a/b", "dns:a.example", "serviceaccount:music/player"}) {
    EXPECT_EQ(NameOf(ParseCaller(name)), name);
  }
  EXPECT_EQ(NameOf(ParseCaller("dns:A.example")), "dns:a.example");
}

TEST(CallerTest, RefusesTextOfNoKind) {
  for (const char* text : {"", "Anonymous", "player", "uri:spiffe://prod/a", "*", "DNS:a"}) {
    EXPECT_THAT(Error(ParseCaller(text)), HasSubstr("is no caller; write anonymous")) << text;
  }
  EXPECT_FALSE(ParseCaller("serviceaccount:music").ok());
  EXPECT_FALSE(ParseCaller("serviceaccount:music/a/b").ok());
  EXPECT_FALSE(ParseCaller("spiffe:prod").ok());
}

TEST(CallerTest, IsTheSameByName) {
  EXPECT_EQ(*ParseCaller("dns:A.example"), *DnsCaller("a.example"));
  EXPECT_EQ(absl::HashOf(*ParseCaller("dns:A.example")), absl::HashOf(*DnsCaller("a.example")));
  EXPECT_FALSE(*DnsCaller("a.example") == Caller());
}

}  // namespace
}  // namespace tokenbroker
