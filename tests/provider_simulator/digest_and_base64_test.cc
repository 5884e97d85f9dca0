#include "tests/provider_simulator/digest_and_base64.h"

#include <gtest/gtest.h>

namespace provider_simulator {
namespace {

TEST(DigestAndBase64Test, ChallengeOfRfc7636AppendixB) {
  EXPECT_EQ(Base64UrlEncode(Sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(DigestAndBase64Test, HmacOfRfc4231Case2) {
  EXPECT_EQ(Base64UrlEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
}

TEST(DigestAndBase64Test, DecodesTheVectorsOfRfc4648) {
  EXPECT_EQ(Base64Decode(""), "");
  EXPECT_EQ(Base64Decode("Zg=="), "f");
  EXPECT_EQ(Base64Decode("Zm8="), "fo");
  EXPECT_EQ(Base64Decode("Zm9vYmFy"), "foobar");
}

TEST(DigestAndBase64Test, RefusesWhatIsNoBase64) {
  for (const char* text : {"Z", "Zg", "Zg=", "!!!!"}) EXPECT_FALSE(Base64Decode(text)) << text;
}

TEST(DigestAndBase64Test, TokensDiffer) {
  EXPECT_NE(RandomToken("rt-"), RandomToken("rt-"));
  EXPECT_EQ(RandomToken("rt-").substr(0, 3), "rt-");
  EXPECT_EQ(RandomToken("").size(), 22U);
}

}  // namespace
}  // namespace provider_simulator
