#include "tokenbroker/client/curl.h"

#include "tests/provider_simulator/simulator.h"

namespace tokenbroker::client {
namespace {

// The Spotify of the simulator: /v1/me wants a good bearer token.
class CurlTest : public ::testing::Test {
 protected:
  CurlTest() : simulator_(provider_simulator::Simulator::Start().value()) {
    curl_easy_setopt(handle_, CURLOPT_URL,
                     simulator_->provider().spotify_userinfo_endpoint().c_str());
    curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &CurlTest::Ignore);
    curl_easy_setopt(handle_, CURLOPT_DEBUGFUNCTION, &CurlTest::Debug);
    curl_easy_setopt(handle_, CURLOPT_DEBUGDATA, this);
    curl_easy_setopt(handle_, CURLOPT_VERBOSE, 1L);
  }
  ~CurlTest() override { curl_easy_cleanup(handle_); }

  static AccessToken Token(const std::string& secret, const std::string& type) {
    AccessToken::Facts facts;
    facts.type = type;
    return AccessToken(secret, std::move(facts));
  }

  static size_t Ignore(char*, size_t size, size_t n, void*) { return size * n; }
  static int Debug(CURL*, curl_infotype type, char* data, size_t size, void* test) {
    if (type == CURLINFO_HEADER_OUT) static_cast<CurlTest*>(test)->sent_.append(data, size);
    return 0;
  }

  const std::unique_ptr<provider_simulator::Simulator> simulator_;
  CURL* const handle_ = curl_easy_init();
  std::string sent_;
};

TEST_F(CurlTest, PutsTheTokenOnTheCallAndSeesThatItWasRejected) {
  ASSERT_TRUE(SetBearerToken(Token("stale-token", "bearer"), handle_).ok());
  EXPECT_EQ(curl_easy_perform(handle_), CURLE_OK);
  EXPECT_THAT(sent_, testing::HasSubstr("Authorization: Bearer stale-token\r\n"));
  EXPECT_TRUE(WasUnauthorized(handle_));
}

TEST_F(CurlTest, SendsNoTokenOfAnotherTypeNorTheOneBefore) {
  ASSERT_TRUE(SetBearerToken(Token("stale-token", "bearer"), handle_).ok());
  EXPECT_FALSE(SetBearerToken(Token("secret", "DPoP"), handle_).ok());
  EXPECT_EQ(curl_easy_perform(handle_), CURLE_OK);
  EXPECT_THAT(sent_, testing::Not(testing::HasSubstr("Authorization")));
}

}  // namespace
}  // namespace tokenbroker::client
