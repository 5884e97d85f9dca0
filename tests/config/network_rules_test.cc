#include "config/network_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tokenbroker {
namespace {

using testing::HasSubstr;

std::string Text(const absl::Status& status) { return std::string(status.message()); }

TEST(EndpointUrlTest, TakesHttpsAndLoopbackHttp) {
  for (const char* url : {"https://id.example/token", "https://id.example:8443/t?x=1",
                          "HTTPS://id.example", "http://127.0.0.1:9/token", "http://127.9.9.9/",
                          "http://[::1]:9/t", "http://localhost/t"}) {
    EXPECT_TRUE(CheckEndpointUrl(url).ok()) << url;
  }
}

TEST(EndpointUrlTest, RefusesPlainHttp) {
  for (const char* url :
       {"http://id.example/token", "http://128.0.0.1/", "http://[::2]/",
        "http://localhost.example/", "http://127.0.0.1.example/", "http://127.0.0.1a"}) {
    EXPECT_EQ(Text(CheckEndpointUrl(url)), "is plain http on a network host; write https://")
        << url;
  }
}

TEST(EndpointUrlTest, RefusesWhatIsNoWebUrl) {
  for (const char* url : {"", "id.example/token", "/token", "ftp://id.example/",
                          "https//id.example", "https://id.example/a b", "://", "https:"}) {
    EXPECT_FALSE(CheckEndpointUrl(url).ok()) << url;
  }
  EXPECT_THAT(Text(CheckEndpointUrl("https:///token")), HasSubstr("has no host"));
}

TEST(EndpointUrlTest, RefusesFragmentsAndCredentials) {
  EXPECT_THAT(Text(CheckEndpointUrl("https://id.example/t#x")), HasSubstr("has a fragment"));
  EXPECT_THAT(Text(CheckEndpointUrl("https://u:pw@id.example/")),
              HasSubstr("carries a user name or password"));
  EXPECT_FALSE(CheckEndpointUrl("http://127.0.0.1@id.example/").ok());
}

TEST(IssuerUrlTest, RefusesAQuery) {
  EXPECT_TRUE(CheckIssuerUrl("https://id.example/realms/a").ok());
  EXPECT_THAT(Text(CheckIssuerUrl("https://id.example/?a=b")), HasSubstr("has a query"));
  EXPECT_FALSE(CheckIssuerUrl("http://id.example").ok());
}

TEST(RedirectUriTest, TakesWebAndAppUris) {
  for (const char* uri : {"https://app.example/cb", "http://127.0.0.1/cb", "http://[::1]/cb",
                          "http://localhost:8080/cb", "com.example.app:/cb", "https://a/cb?x=1"}) {
    EXPECT_TRUE(CheckRedirectUri(uri, "").ok()) << uri;
  }
}

TEST(RedirectUriTest, RefusesRelativeUrisFragmentsAndMissingHosts) {
  EXPECT_THAT(Text(CheckRedirectUri("/cb", "")), HasSubstr("is not an absolute URI"));
  EXPECT_THAT(Text(CheckRedirectUri("", "")), HasSubstr("is not an absolute URI"));
  EXPECT_THAT(Text(CheckRedirectUri("https://a/cb#x", "")), HasSubstr("has a fragment"));
  EXPECT_THAT(Text(CheckRedirectUri("https:/cb", "")), HasSubstr("has no host"));
  EXPECT_THAT(Text(CheckRedirectUri("https://u@a/cb", "")), HasSubstr("user name"));
}

TEST(RedirectUriTest, RefusesLocalhostWhereTheProviderDoes) {
  const std::string fix = "write http://127.0.0.1";
  EXPECT_EQ(Text(CheckRedirectUri("http://localhost/cb", fix)),
            "has the host localhost; write http://127.0.0.1");
  EXPECT_FALSE(CheckRedirectUri("https://LocalHost:1/cb", fix).ok());
  EXPECT_THAT(Text(CheckRedirectUri("http://app.example/cb", fix)), HasSubstr("is plain http"));
  EXPECT_TRUE(CheckRedirectUri("http://127.0.0.1/cb", fix).ok());
  EXPECT_TRUE(CheckRedirectUri("http://[::1]:5/cb", fix).ok());
  EXPECT_TRUE(CheckRedirectUri("https://app.example/cb", fix).ok());
}

TEST(ListenerTest, TellsWhoCanReachIt) {
  ListenerKind kind = ListenerKind::kUnix;
  for (const char* text : {"127.0.0.1:8443", "[::1]:0", "localhost:1", "127.8.8.8:65535"}) {
    ASSERT_TRUE(ParseListener(text, &kind).ok()) << text;
    EXPECT_EQ(kind, ListenerKind::kLoopback) << text;
  }
  for (const char* text :
       {"0.0.0.0:8443", "[::]:0", "broker.example:1", "10.0.0.1:1", "127.0.0.1.example:1"}) {
    ASSERT_TRUE(ParseListener(text, &kind).ok()) << text;
    EXPECT_EQ(kind, ListenerKind::kNetwork) << text;
  }
  ASSERT_TRUE(ParseListener("unix:/run/broker.sock", &kind).ok());
  EXPECT_EQ(kind, ListenerKind::kUnix);
}

TEST(ListenerTest, RefusesWhatIsNoAddress) {
  ListenerKind kind = ListenerKind::kLoopback;
  for (const char* text :
       {"", "8443", ":8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x",
        "::1:8443", "u@127.0.0.1:1", "http://127.0.0.1:1", "[::1:8443", "a b:1", "127.0.0.1:1/x",
        "127.0.0.1:1?x", "127.0.0.1:1#x"}) {
    EXPECT_THAT(Text(ParseListener(text, &kind)), HasSubstr("is not host:port")) << text;
  }
  EXPECT_THAT(Text(ParseListener("unix:", &kind)), HasSubstr("has no path"));
}

}  // namespace
}  // namespace tokenbroker
