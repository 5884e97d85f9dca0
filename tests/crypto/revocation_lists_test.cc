#include "crypto/revocation_lists.h"

#include <absl/time/clock.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

Certificate Read(const TestAuthority::Files& files) {
  absl::StatusOr<Certificate> certificate =
      Certificate::Parse(TestAuthority::Text(files.certificate));
  EXPECT_TRUE(certificate.ok());
  return *std::move(certificate);
}

TEST(RevocationListsTest, RevokeThoseThatAreListed) {
  TestAuthority authority;
  const TestAuthority::Files bad = authority.Issue("DNS:bad");
  const TestAuthority::Files good = authority.Issue("DNS:good");
  const auto lists = RevocationLists::Parse(TestAuthority::Text(authority.Revoke(bad)),
                                            TestAuthority::Text(authority.ca_file()));
  ASSERT_TRUE(lists.ok()) << lists.status();
  EXPECT_TRUE(lists->Revokes(Read(bad)));
  EXPECT_FALSE(lists->Revokes(Read(good)));
  EXPECT_GT(lists->NextUpdate(), absl::Now());
}

TEST(RevocationListsTest, AreOfOneAuthorityAlone) {
  TestAuthority authority;
  TestAuthority other;
  const TestAuthority::Files bad = authority.Issue("DNS:bad");
  const TestAuthority::Files same_number = other.Issue("DNS:bad");
  const std::string list = TestAuthority::Text(authority.Revoke(bad));
  const auto lists = RevocationLists::Parse(list, TestAuthority::Text(authority.ca_file()));
  ASSERT_TRUE(lists.ok());
  EXPECT_FALSE(lists->Revokes(Read(same_number)));
  EXPECT_THAT(RevocationLists::Parse(list, TestAuthority::Text(other.ca_file())).status().message(),
              HasSubstr("none of the client authorities"));
}

TEST(RevocationListsTest, RefuseWhatIsNoList) {
  TestAuthority authority;
  const std::string list = TestAuthority::Text(authority.Revoke(authority.Issue("DNS:bad")));
  for (const std::string& text : {std::string(), std::string("x"), list.substr(0, list.size() / 2),
                                  list + list.substr(0, list.size() / 2)}) {
    EXPECT_FALSE(RevocationLists::Parse(text, TestAuthority::Text(authority.ca_file())).ok())
        << text;
  }
}

TEST(RevocationListsTest, NoneAtAllRevokesNothing) {
  TestAuthority authority;
  const RevocationLists lists;
  EXPECT_FALSE(lists.Revokes(Read(authority.Issue("DNS:a"))));
  EXPECT_EQ(lists.NextUpdate(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace tokenbroker
