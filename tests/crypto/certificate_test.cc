#include "crypto/certificate.h"

#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CertificateTest : public testing::Test {
 protected:
  Certificate Issue(const std::string& names) {
    absl::StatusOr<Certificate> certificate =
        Certificate::Parse(TestAuthority::Text(authority_.Issue(names).certificate));
    EXPECT_TRUE(certificate.ok());
    return *std::move(certificate);
  }

  TestAuthority authority_;
};

TEST_F(CertificateTest, TellsUrisAndDnsNamesApart) {
  const Certificate certificate =
      Issue("DNS:player.music,URI:spiffe://prod/ns/music,DNS:b,URI:urn:x,IP:127.0.0.1");
  EXPECT_THAT(certificate.Uris(), ElementsAre("spiffe://prod/ns/music", "urn:x"));
  EXPECT_THAT(certificate.DnsNames(), ElementsAre("player.music", "b"));
  EXPECT_FALSE(certificate.IsAuthority());
}

TEST_F(CertificateTest, HasNoNamesWithoutTheExtension) {
  const Certificate certificate = Issue("");
  EXPECT_THAT(certificate.Uris(), IsEmpty());
  EXPECT_THAT(certificate.DnsNames(), IsEmpty());
}

TEST_F(CertificateTest, KnowsAnAuthority) {
  const auto authority = Certificate::Parse(TestAuthority::Text(authority_.ca_file()));
  ASSERT_TRUE(authority.ok());
  EXPECT_TRUE(authority->IsAuthority());
}

TEST_F(CertificateTest, TellsItsEnd) {
  const absl::Duration left = Issue("DNS:a").NotAfter() - absl::Now();
  EXPECT_GT(left, TestAuthority::kLifetime - absl::Minutes(2));
  EXPECT_LT(left, TestAuthority::kLifetime + absl::Minutes(2));
}

TEST_F(CertificateTest, RefusesWhatIsNoCertificate) {
  for (const absl::string_view text : {"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n"}) {
    EXPECT_THAT(Certificate::Parse(text).status().message(), HasSubstr("certificate")) << text;
    EXPECT_FALSE(ParseCertificates(text).ok()) << text;
  }
}

TEST_F(CertificateTest, ReadsABundleWhole) {
  const std::string bundle =
      absl::StrCat(TestAuthority::Text(authority_.ca_file()),
                   TestAuthority::Text(authority_.Issue("DNS:a").certificate));
  const auto certificates = ParseCertificates(bundle);
  ASSERT_TRUE(certificates.ok());
  EXPECT_EQ(certificates->size(), 2u);
  // A bundle that was cut off would trust fewer than it says.
  EXPECT_FALSE(ParseCertificates(bundle.substr(0, bundle.size() - 100)).ok());
}

TEST_F(CertificateTest, FitsItsOwnKeyOnly) {
  const TestAuthority::Files mine = authority_.Issue("DNS:a");
  const TestAuthority::Files other = authority_.Issue("DNS:a");
  const std::string chain = TestAuthority::Text(mine.certificate);
  EXPECT_TRUE(CheckPrivateKey(chain, Secret(TestAuthority::Text(mine.key))).ok());
  EXPECT_THAT(CheckPrivateKey(chain, Secret(TestAuthority::Text(other.key))).message(),
              HasSubstr("is not the key of the certificate"));
  EXPECT_THAT(CheckPrivateKey(chain, Secret("no key")).message(), HasSubstr("no private key"));
  EXPECT_FALSE(CheckPrivateKey("no certificate", Secret(TestAuthority::Text(mine.key))).ok());
}

}  // namespace
}  // namespace tokenbroker
