#include "oauth/userinfo.h"

namespace tokenbroker {
namespace {

TEST(UserinfoTest, FindsTheIdWhereThePointerSays) {
  EXPECT_EQ(*ParseAccountId(R"({"id":"wizzler"})", "/id"), "wizzler");
  EXPECT_EQ(*ParseAccountId(R"({"data":{"a/b":[{"x~":"deep"}]}})", "/data/a~1b/0/x~0"), "deep");
}

TEST(UserinfoTest, AWholeNumberIsAnIdToo) {
  EXPECT_EQ(*ParseAccountId(R"({"id":583231})", "/id"), "583231");
  EXPECT_EQ(*ParseAccountId(R"({"id":18446744073709551615})", "/id"), "18446744073709551615");
}

TEST(UserinfoTest, NothingElseIs) {
  for (const char* body :
       {"", "[]", "<html>", "{}", R"({"id":""})", R"({"id":null})", R"({"id":1.5})",
        R"({"id":true})", R"({"id":{}})", R"({"id":"a\nb"})", R"({"id":"a","id":"b"})"}) {
    EXPECT_EQ(ParseAccountId(body, "/id").status().code(), absl::StatusCode::kUnavailable) << body;
  }
  const std::string longest(kMaxAccountIdBytes, 'x');
  EXPECT_TRUE(ParseAccountId("{\"id\":\"" + longest + "\"}", "/id").ok());
  EXPECT_FALSE(ParseAccountId("{\"id\":\"x" + longest + "\"}", "/id").ok());
}

TEST(UserinfoTest, APointerIntoNothingFindsNothing) {
  for (const char* pointer : {"/x", "/id/0", "/list/9", "/list/-", "/list/x", "", "id"}) {
    EXPECT_FALSE(ParseAccountId(R"({"id":"a","list":["b"]})", pointer).ok()) << pointer;
  }
}

}  // namespace
}  // namespace tokenbroker
