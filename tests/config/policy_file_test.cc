#include "config/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

absl::optional<std::string> Variable(const std::string& name) {
  if (name == "DOMAIN") return std::string("prod.example");
  return absl::nullopt;
}

constexpr char kGood[] =
    "rules:\n"
    "  - name: players\n"
    "    callers: [ \"spiffe://${DOMAIN}/player\" ]\n"
    "    rpcs: [ GetFreshToken ]\n"
    "    providers: [ spotify ]\n"
    "    subjects: [ \"user-*\" ]\n";

std::string Errors(absl::string_view text) {
  return std::string(ParsePolicy(text, "p.yaml", Variable).status().message());
}

TEST(PolicyFileTest, ReadsAFile) {
  std::map<std::string, std::string> files = {{"p.yaml", kGood}};
  FileRecord record([&files](const std::string& path, size_t) -> absl::StatusOr<Secret> {
    return Secret(files.at(path));
  });
  const absl::StatusOr<Policy> policy = ReadPolicyFile("p.yaml", Variable, record);
  ASSERT_TRUE(policy.ok()) << policy.status();
  ASSERT_THAT(policy->rules(), SizeIs(1));
  EXPECT_EQ(policy->rules()[0].callers[0].text(), "spiffe://prod.example/player");
  EXPECT_TRUE(record.StillTrue());
  files["p.yaml"] += "# changed\n";
  EXPECT_FALSE(record.StillTrue()) << "a change of the policy is seen";
}

TEST(PolicyFileTest, TakesTheExample) {
  FileRecord files(ReadSmallFile);
  const absl::StatusOr<Policy> policy =
      ReadPolicyFile(std::string(TB_SOURCE_DIR) + "/deploy/policy-example.yaml", Variable, files);
  ASSERT_TRUE(policy.ok()) << policy.status();
  const auto player = policy->RightsOf(*ParseCaller("spiffe://prod.example/ns/music/sa/player-1"));
  const auto token = player->Find(Rpc::kGetFreshToken, "", "spotify", "user-42");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->rule, "players");
  EXPECT_EQ(token->tenant, "music");
  EXPECT_FALSE(player->MayCall(Rpc::kDeleteGrant));
  const auto job = policy->RightsOf(*ParseCaller("serviceaccount:batch/reports"));
  EXPECT_TRUE(job->Find(Rpc::kWatchToken, "", "github", "serviceaccount:batch/reports:2"));
  EXPECT_FALSE(job->Find(Rpc::kWatchToken, "", "github", "serviceaccount:batch/other"));
}

TEST(PolicyFileTest, SaysWhyItCannotReadTheFile) {
  FileRecord files([](const std::string&, size_t) -> absl::StatusOr<Secret> {
    return absl::NotFoundError("does not exist");
  });
  const absl::Status status = ReadPolicyFile("p.yaml", Variable, files).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "p.yaml: the file does not exist; name a readable policy file");
}

TEST(PolicyFileTest, NamesEveryMistakeWithItsPlace) {
  EXPECT_EQ(
      Errors("rules:\n"
             "  - name: a b\n"
             "    callers: [ \"spiffe://prod/a\", \"spiffe://prod/**\" ]\n"
             "    rpcs: [ GetFreshTokn ]\n"
             "    scopes: [ a ]\n"
             "    providers: [ spotify ]\n"
             "    subjects: [ \"*\" ]\n"),
      "p.yaml:2:5: rules[0].name: is not a rule's name; use at most 63 letters, digits, '_', "
      "'-' and '.'\n"
      "p.yaml:3:35: rules[0].callers[1]: has two '*' between two slashes; keep one of them\n"
      "p.yaml:4:13: rules[0].rpcs[0]: is no RPC; did you mean GetFreshToken?\n"
      "p.yaml:5:5: rules[0].scopes: there is no such key; a bound of scopes is called max_scopes");
}

TEST(PolicyFileTest, RefusesEmptyListsWhereverTheyStand) {
  EXPECT_EQ(Errors("rules: []\n"), "p.yaml:1:8: rules: is an empty list; name something in it");
  const std::string good = kGood;
  for (const char* key : {"max_scopes", "redirect_uris", "tenants"}) {
    EXPECT_EQ(Errors(good + "    " + key + ": []\n"),
              std::string("p.yaml:7:") + std::to_string(7 + std::string(key).size()) +
                  ": rules[0]." + key + ": is an empty list; name something in it");
  }
}

TEST(PolicyFileTest, RefusesWrongShapes) {
  EXPECT_THAT(Errors(""), HasSubstr("the file is empty"));
  EXPECT_THAT(Errors("- a\n"), HasSubstr("p.yaml:1:1: is not a map; begin with rules:"));
  EXPECT_THAT(Errors("rules: { a: b }\n"), HasSubstr("p.yaml:1:8: rules: is not a list"));
  EXPECT_EQ(Errors("rules: [ a ]\n"),
            "p.yaml:1:10: rules[0]: is not a map; write key: value pairs below it, or {}");
  EXPECT_THAT(Errors("rules: [ {} ]\n"), HasSubstr("p.yaml:1:10: rules[0]: says nothing"));
  EXPECT_THAT(Errors("{}\n"), HasSubstr("rules: names no rule"));
  EXPECT_THAT(Errors("rules:\n"), HasSubstr("rules: has no value"));
  EXPECT_THAT(Errors(std::string(kGood) + "    name: again\n"), HasSubstr("is given twice"));
}

TEST(PolicyFileTest, SaysToQuoteWildcards) {
  EXPECT_THAT(Errors("rules:\n  - rpcs: [ * ]\n"), HasSubstr("quote text that has any of"));
  EXPECT_THAT(Errors("rules:\n  - subjects: [ *a ]\n"), HasSubstr("quote text that has any of"));
  EXPECT_THAT(Errors("rules:\n  - subjects: [ {caller} ]\n"),
              HasSubstr("rules[0].subjects[0]: is not a single value; write plain or quoted text"));
}

}  // namespace
}  // namespace tokenbroker
