#include "config/unknown_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tokenbroker/config/v1/config.pb.h>

namespace tokenbroker {
namespace {

namespace pb = config::v1;
using testing::HasSubstr;

std::string InProvider(absl::string_view key) {
  return DescribeUnknownKey(*pb::Provider::descriptor(), key);
}

TEST(UnknownKeyTest, SuggestsTheNearestKey) {
  EXPECT_EQ(InProvider("clent_id"), "there is no such key; did you mean client_id?");
  EXPECT_EQ(InProvider("clientId"), "there is no such key; did you mean client_id?");
  EXPECT_EQ(InProvider("scope"), "there is no such key; did you mean scopes?");
  EXPECT_EQ(InProvider("redirect_uri"), "there is no such key; did you mean redirect_uris?");
}

TEST(UnknownKeyTest, SuggestsTheSectionThatHasTheKey) {
  EXPECT_EQ(InProvider("margin"), "there is no such key; did you mean refresh.margin?");
  EXPECT_EQ(InProvider("max_in_flight"),
            "there is no such key; did you mean limits.max_in_flight?");
}

TEST(UnknownKeyTest, ListsTheKnownKeysWhenNoneIsNear) {
  EXPECT_EQ(DescribeUnknownKey(*pb::Server::descriptor(), "banana"),
            "there is no such key; known here: listen, drain_timeout, "
            "insecure_plaintext, tls, service_account_tokens, quotas, "
            "max_connection_age, max_connection_age_grace");
  EXPECT_THAT(InProvider(std::string(5000, 'x')), HasSubstr("known here: preset, client_id"));
  EXPECT_THAT(DescribeUnknownKey(*pb::MemoryStore::descriptor(), "size"), HasSubstr("write {}"));
}

TEST(UnknownKeyTest, SendsThePolicyToAFileOfItsOwn) {
  EXPECT_THAT(DescribeUnknownKey(*pb::Config::descriptor(), "policy"),
              HasSubstr("name that in policy_file"));
}

TEST(UnknownKeyTest, SendsInlineSecretsToAFile) {
  EXPECT_THAT(InProvider("client_secret"), HasSubstr("name that in client_secret_file"));
  EXPECT_THAT(InProvider("private_key"), HasSubstr("name that in private_key_file"));
  EXPECT_THAT(DescribeUnknownKey(*pb::RedisStore::descriptor(), "password"),
              HasSubstr("name that in password_file"));
}

TEST(UnknownKeyTest, SendsThePartsOfAUriIntoIt) {
  for (const char* key : {"user", "username", "host", "port", "database"}) {
    EXPECT_EQ(DescribeUnknownKey(*pb::RedisStore::descriptor(), key),
              "belongs into the uri; write redis://user@host:6379/database");
  }
  EXPECT_THAT(DescribeUnknownKey(*pb::RedisStore::descriptor(), "tls"), HasSubstr("rediss"));
}

TEST(UnknownKeyTest, ListsAnEnumsValuesAndNeverTheWrongOne) {
  const std::string text = DescribeUnknownValue(*pb::Rotation_descriptor(), "sometimes");
  EXPECT_EQ(text, "is not a value that this key takes; write one of none, grace, single_use");
}

TEST(UnknownKeyTest, SpellsValuesInLowerCaseWithoutPrefix) {
  EXPECT_EQ(ValueSpelling(*pb::TokenTypeRule_descriptor()->FindValueByNumber(1)), "bearer");
  EXPECT_EQ(ValueSpelling(*pb::ClientAuthentication_descriptor()->FindValueByNumber(2)),
            "client_secret_post");
}

}  // namespace
}  // namespace tokenbroker
