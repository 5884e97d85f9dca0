#include "config/yaml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

using testing::HasSubstr;

YamlNode Parsed(absl::string_view text) {
  Position position;
  absl::StatusOr<YamlNode> root = ParseYaml(text, &position);
  EXPECT_TRUE(root.ok()) << root.status();
  return root.ok() ? *root : YamlNode();
}

// `line:column: message`.
std::string Refusal(absl::string_view text) {
  Position position;
  const absl::StatusOr<YamlNode> root = ParseYaml(text, &position);
  if (root.ok()) return "accepted";
  return std::to_string(position.line) + ":" + std::to_string(position.column) + ": " +
         std::string(root.status().message());
}

TEST(YamlDocumentTest, KeepsOrderKindsAndPositions) {
  const YamlNode root = Parsed("a: 1\nb: [ \"x\", y ]\nc: ~\nd: {}\n");
  ASSERT_EQ(root.kind, YamlNode::Kind::kMap);
  ASSERT_EQ(root.children.size(), 4u);
  EXPECT_EQ(root.children[0].key, "a");
  EXPECT_EQ(root.children[0].kind, YamlNode::Kind::kPlain);
  EXPECT_EQ(root.children[0].text, "1");
  const YamlNode& list = root.children[1];
  ASSERT_EQ(list.kind, YamlNode::Kind::kSequence);
  EXPECT_EQ(list.children[0].kind, YamlNode::Kind::kQuoted);
  EXPECT_EQ(list.children[1].text, "y");
  EXPECT_EQ(list.children[1].position.line, 2);
  EXPECT_EQ(list.children[1].position.column, 11);
  EXPECT_EQ(root.children[2].kind, YamlNode::Kind::kNull);
  EXPECT_EQ(root.children[2].key_position.line, 3);
  EXPECT_EQ(root.children[3].kind, YamlNode::Kind::kMap);
}

TEST(YamlDocumentTest, KeepsRepeatedKeysForTheWalkerToRefuse) {
  EXPECT_EQ(Parsed("a: 1\na: 2\n").children.size(), 2u);
}

TEST(YamlDocumentTest, KeepsPlainTextUntouched) {
  EXPECT_EQ(Parsed("id: 0123\n").children[0].text, "0123");
}

TEST(YamlDocumentTest, RefusesAnchorsAndAliases) {
  EXPECT_THAT(Refusal("a: &x 1\nb: *x\n"), HasSubstr("anchors and aliases are not taken"));
  EXPECT_THAT(Refusal("a: &x { b: 1 }\n"), HasSubstr("anchors and aliases are not taken"));
  EXPECT_NE(Refusal("a: *x\n"), "accepted");
}

TEST(YamlDocumentTest, RefusesTags) {
  EXPECT_THAT(Refusal("a: !!str 1\n"), HasSubstr("tags (!name) are not taken"));
  EXPECT_THAT(Refusal("a: !mine { b: 1 }\n"), HasSubstr("tags (!name) are not taken"));
  EXPECT_THAT(Refusal("a: !mine [ 1 ]\n"), HasSubstr("tags (!name) are not taken"));
}

TEST(YamlDocumentTest, RefusesASecondDocument) {
  EXPECT_THAT(Refusal("a: 1\n---\nb: 2\n"), HasSubstr("a second document starts here"));
}

TEST(YamlDocumentTest, RefusesDeepNesting) {
  std::string deep = "a: ";
  for (int i = 0; i < kMaxYamlDepth; ++i) deep += '[';
  for (int i = 0; i < kMaxYamlDepth; ++i) deep += ']';
  EXPECT_THAT(Refusal(deep), HasSubstr("nested deeper than 16 levels"));
  EXPECT_NE(Refusal(std::string(100000, '[')), "accepted");
  EXPECT_NE(Refusal(std::string(100000, '{')), "accepted");
}

TEST(YamlDocumentTest, RefusesKeysThatAreNotText) {
  EXPECT_THAT(Refusal("[ a ]: 1\n"), HasSubstr("a key may not be a list or a map"));
  EXPECT_THAT(Refusal("? { a: b }\n: 1\n"), HasSubstr("a key may not be a list or a map"));
  EXPECT_THAT(Refusal("~: 1\n"), HasSubstr("a key is empty"));
}

TEST(YamlDocumentTest, RefusesNothing) {
  EXPECT_THAT(Refusal(""), HasSubstr("the file is empty"));
  EXPECT_THAT(Refusal("# only a comment\n"), HasSubstr("the file is empty"));
}

TEST(YamlDocumentTest, TellsWhereASyntaxErrorIs) {
  EXPECT_THAT(Refusal("a: 1\nb: [ 1\nc: 2\n"), testing::MatchesRegex("[23]:[0-9]+: .+"));
  for (const char* text : {"a: \"open\n", "a: 'open", "b: 1\na: [ \"open"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("never closed")) << text;
  }
}

TEST(YamlDocumentTest, SurvivesBytesThatAreNotText) {
  EXPECT_NE(Refusal(absl::string_view("\x00\xff\xfe:", 4)), "");
  EXPECT_NE(Refusal("\xff\xff\xff"), "");
}

}  // namespace
}  // namespace tokenbroker
