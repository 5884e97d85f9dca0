#include "crypto/base64url.h"

#include "crypto/digest.h"

namespace tokenbroker {
namespace {

// RFC 4648 section 10, without the padding.
TEST(Base64UrlTest, AgreesWithTheVectorsOfTheRfc) {
  const std::vector<std::pair<std::string, std::string>> vectors = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Base64UrlEncode(bytes), text);
    EXPECT_EQ(Base64UrlDecode(text), bytes);
  }
}

TEST(Base64UrlTest, UsesTheAlphabetThatUrlsNeed) {
  EXPECT_EQ(Base64UrlEncode("\xFB\xEF\xFF"), "--__");
  EXPECT_EQ(Base64UrlDecode("--__"), "\xFB\xEF\xFF");
  EXPECT_EQ(Base64UrlDecode("++//"), absl::nullopt);
}

TEST(Base64UrlTest, EncodesAndDecodesEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(Base64UrlDecode(Base64UrlEncode(bytes)), bytes);
}

TEST(Base64UrlTest, IgnoresPaddingAndRefusesNonsense) {
  EXPECT_EQ(Base64UrlDecode("Zg=="), "f");
  for (const absl::string_view text :
       {"Z", "Zm9vY", "Zg=x", "Zm9v!", "Zm9v\x80", "Zm.v", "Zg..", "Zm 9v", "Zm9v\n"}) {
    EXPECT_EQ(Base64UrlDecode(text), absl::nullopt) << std::string(text);
  }
  EXPECT_EQ(Base64UrlDecode(absl::string_view("Zm\0v", 4)), absl::nullopt);
}

// RFC 7636 appendix B.
TEST(Base64UrlTest, AgreesWithThePkceExample) {
  const std::vector<unsigned char> octets = {116, 24,  223, 180, 151, 153, 224, 37,  79,  250, 96,
                                             125, 216, 173, 187, 186, 22,  212, 37,  77,  105, 214,
                                             191, 240, 91,  88,  5,   88,  83,  132, 141, 121};
  const std::string verifier = Base64UrlEncode(
      absl::string_view(reinterpret_cast<const char*>(octets.data()), octets.size()));
  EXPECT_EQ(verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  EXPECT_EQ(Base64UrlEncode(Sha256(verifier)), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

}  // namespace
}  // namespace tokenbroker
