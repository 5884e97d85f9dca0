#include "oauth/pkce.h"

namespace tokenbroker {
namespace {

TEST(PkceTest, MakesTheChallengeOfRfc7636AppendixB) {
  EXPECT_EQ(CodeChallengeS256(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(PkceTest, MakesVerifiersOf43UnreservedCharacters) {
  const Secret verifier = MakeCodeVerifier();
  EXPECT_EQ(verifier.Expose().size(), 43u);
  EXPECT_THAT(std::string(verifier.Expose()), testing::MatchesRegex("[A-Za-z0-9_-]*"));
}

TEST(PkceTest, NeverMakesTheSameVerifierTwice) {
  EXPECT_FALSE(MakeCodeVerifier() == MakeCodeVerifier());
}

}  // namespace
}  // namespace tokenbroker
