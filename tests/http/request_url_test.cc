#include "http/request_url.h"

namespace tokenbroker {
namespace {

TEST(RequestUrlTest, AcceptsHttpsAnywhere) {
  const auto url = ParseRequestUrl("HTTPS://Accounts.Spotify.com/api/token?a=b@c");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->reach, Reach::kNetwork);
  EXPECT_EQ(url->text, "https://Accounts.Spotify.com/api/token?a=b@c");
}

TEST(RequestUrlTest, AcceptsPlainHttpForLoopbackHosts) {
  for (const char* text : {"http://127.0.0.1:8080/x", "http://127.9.8.7/", "http://[::1]:1/",
                           "http://localhost/", "http://LOCALHOST:3000/x", "https://localhost/"}) {
    const auto url = ParseRequestUrl(text);
    ASSERT_TRUE(url.ok()) << text << url.status();
    EXPECT_EQ(url->reach, Reach::kLoopback) << text;
  }
}

TEST(RequestUrlTest, TellsHostAndPort) {
  EXPECT_EQ(ParseRequestUrl("https://id.example/token?x")->authority, "id.example:443");
  EXPECT_EQ(ParseRequestUrl("https://id.example:8443")->authority, "id.example:8443");
  EXPECT_EQ(ParseRequestUrl("http://[::1]/")->authority, "[::1]:80");
}

TEST(RequestUrlTest, RefusesPlainHttpForAllOthers) {
  for (const char* text :
       {"http://accounts.spotify.com/", "http://10.0.0.1/", "http://128.0.0.1/",
        "http://127.0.0.1.example/", "http://127.example/", "http://localhost.example/",
        "http://notlocalhost/", "http://[::2]/", "http://0.0.0.0/", "http://localhost./"}) {
    EXPECT_EQ(ParseRequestUrl(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(RequestUrlTest, RefusesUsersAndPasswords) {
  for (const char* text :
       {"https://user@host/", "https://user:secret@host/", "https://@host/",
        "https://:secret@host/", "http://user@localhost/", "https://evil.example\\@host/"}) {
    const absl::Status status = ParseRequestUrl(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(status.message().find("secret"), absl::string_view::npos);
  }
}

TEST(RequestUrlTest, RefusesOtherSchemesAndNonsense) {
  for (const std::string& text : std::vector<std::string>{
           "file:///etc/passwd", "ftp://host/", "gopher://localhost/", "ldap://localhost/",
           "localhost/", "//localhost/", "", "https://", "https:///path", "https:/host/",
           "https:/@host/?://", "https://ho st/", "https://host/\r\nX: y",
           std::string("https://host\0.example/", 22), "https://host:99999/", "http://[::1/",
           "https://[zz]/"}) {
    EXPECT_EQ(ParseRequestUrl(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace tokenbroker
