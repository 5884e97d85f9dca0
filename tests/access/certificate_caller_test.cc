#include "access/certificate_caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_authority.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

class CertificateCallerTest : public testing::Test {
 protected:
  absl::StatusOr<Caller> CallerWith(const std::string& names) {
    return CallerOf(*Certificate::Parse(TestAuthority::Text(authority_.Issue(names).certificate)));
  }
  std::string Refused(const std::string& names) {
    const absl::StatusOr<Caller> caller = CallerWith(names);
    const absl::optional<Refusal> refusal = RefusalOf(caller.status());
    EXPECT_TRUE(refusal && refusal->reason == Reason::kCallerUnknown) << caller.status();
    return std::string(caller.status().message());
  }

  TestAuthority authority_;
};

TEST_F(CertificateCallerTest, IsTheSpiffeIdWhateverElseTheCertificateNames) {
  const absl::StatusOr<Caller> caller =
      CallerWith("DNS:player.music,URI:spiffe://prod.example/ns/music/sa/player,IP:10.0.0.1");
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->kind, CallerKind::kSpiffe);
  EXPECT_EQ(caller->name, "spiffe://prod.example/ns/music/sa/player");
}

TEST_F(CertificateCallerTest, IsTheFirstDnsNameWithoutOne) {
  const absl::StatusOr<Caller> caller = CallerWith("URI:urn:x,DNS:Player.music,DNS:other");
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->kind, CallerKind::kDns);
  EXPECT_EQ(caller->name, "dns:player.music");
}

TEST_F(CertificateCallerTest, IsNobodyWithoutAName) {
  EXPECT_THAT(Refused(""), HasSubstr("neither a SPIFFE ID nor a DNS name"));
  EXPECT_THAT(Refused("IP:127.0.0.1"), HasSubstr("neither a SPIFFE ID nor a DNS name"));
  EXPECT_THAT(Refused("URI:https://prod.example/x"), HasSubstr("neither"));
}

TEST_F(CertificateCallerTest, IsNobodyWithTwoUrisOneOfThemASpiffeId) {
  EXPECT_THAT(Refused("URI:spiffe://prod/a,URI:spiffe://prod/b"), HasSubstr("beside another"));
  EXPECT_THAT(Refused("URI:urn:x,URI:spiffe://prod/b,DNS:a"), HasSubstr("beside another"));
}

TEST_F(CertificateCallerTest, TakesNoMalformedNameForAnother) {
  EXPECT_THAT(Refused("URI:spiffe://prod/a/../b,DNS:a"), HasSubstr("SPIFFE ID"));
  EXPECT_THAT(Refused("URI:SPIFFE://prod/a,DNS:a"), HasSubstr("SPIFFE ID"));
  EXPECT_THAT(Refused("URI:spiffe://prod,DNS:a"), HasSubstr("SPIFFE ID"));
  EXPECT_THAT(Refused("DNS:*.music"), HasSubstr("first DNS name"));
}

TEST_F(CertificateCallerTest, IsNobodyWithAnAuthoritysCertificate) {
  const absl::StatusOr<Caller> caller =
      CallerOf(*Certificate::Parse(TestAuthority::Text(authority_.ca_file())));
  EXPECT_THAT(std::string(caller.status().message()), HasSubstr("an authority's"));
}

}  // namespace
}  // namespace tokenbroker
