#include "token/grant_key.h"

#include <absl/container/flat_hash_map.h>

#include "token/refusal.h"

namespace tokenbroker {
namespace {

// The field that Validate blames; empty when it blames none.
std::string Blamed(const GrantKey& key) {
  const absl::Status status = Validate(key.view());
  if (status.ok()) return "";
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const absl::optional<Refusal> refusal = RefusalOf(status);
  EXPECT_TRUE(refusal);
  EXPECT_EQ(refusal->reason, Reason::kFieldInvalid);
  return refusal->cause;
}

TEST(GrantKeyTest, AcceptsASubjectUpToItsLimit) {
  EXPECT_EQ(Blamed({"default", "spotify", "user-42/home"}), "");
  EXPECT_EQ(Blamed({"default", "spotify", "a"}), "");
  EXPECT_EQ(Blamed({"default", "spotify", std::string(256, 'a')}), "");
  EXPECT_EQ(Blamed({"default", "spotify", std::string(257, 'a')}), "subject");
  EXPECT_EQ(Blamed({"default", "spotify", std::string(10'000, 'a')}), "subject");
  EXPECT_EQ(Blamed({"default", "spotify", ""}), "subject");
}

TEST(GrantKeyTest, CountsBytesAndNotCharacters) {
  std::string notes;
  for (int i = 0; i < 64; ++i) notes += "\xF0\x9F\x8E\xB5";
  EXPECT_EQ(Blamed({"default", "spotify", notes}), "");
  EXPECT_EQ(Blamed({"default", "spotify", notes + "a"}), "subject");
}

TEST(GrantKeyTest, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(Blamed({"", "spotify", "a"}), "tenant");
  EXPECT_EQ(Blamed({std::string(64, 't'), "spotify", "a"}), "");
  EXPECT_EQ(Blamed({std::string(65, 't'), "spotify", "a"}), "tenant");
  EXPECT_EQ(Blamed({"a\nb", "spotify", "a"}), "tenant");
  EXPECT_EQ(Blamed({"default", "", "a"}), "provider");
  EXPECT_EQ(Blamed({"default", std::string(63, 'p'), "a"}), "");
  EXPECT_EQ(Blamed({"default", std::string(64, 'p'), "a"}), "provider");
}

TEST(GrantKeyTest, TheErrorDoesNotQuoteTheSubject) {
  const absl::Status status = Validate({"default", "spotify", "\x1B[31m-evil"});
  EXPECT_EQ(status.message().find("evil"), absl::string_view::npos);
  EXPECT_TRUE(IsPrintableUtf8(status.message()));
}

TEST(GrantKeyTest, EqualsAndHashesByAllThreeParts) {
  const GrantKey key{"t", "p", "s"};
  EXPECT_EQ(key, (GrantKey{"t", "p", "s"}));
  EXPECT_NE(key, (GrantKey{"x", "p", "s"}));
  EXPECT_NE(key, (GrantKey{"t", "x", "s"}));
  EXPECT_NE(key, (GrantKey{"t", "p", "x"}));
  // Parts do not run into each other.
  EXPECT_NE((GrantKey{"ab", "c", "d"}), (GrantKey{"a", "bc", "d"}));
  EXPECT_LT((GrantKey{"a", "z", "z"}), (GrantKey{"b", "a", "a"}));
  EXPECT_LT((GrantKey{"a", "a", "z"}), (GrantKey{"a", "b", "a"}));
}

TEST(GrantKeyTest, IsFoundByItsView) {
  absl::flat_hash_map<GrantKey, int, GrantKeyHash, GrantKeyEqual> map;
  map[GrantKey{"t", "p", "s"}] = 7;
  const auto it = map.find(GrantKeyView{"t", "p", "s"});
  ASSERT_NE(it, map.end());
  EXPECT_EQ(it->second, 7);
  EXPECT_EQ(map.find(GrantKeyView{"t", "p", "x"}), map.end());
}

TEST(PrintableUtf8Test, AcceptsTextAndRefusesControlCharactersAndIllFormedBytes) {
  for (const char* text :
       {"", "plain ~", "gr\xC3\xBC\xC3\x9F", "\xC2\xA0", "\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsPrintableUtf8(text)) << text;
  }
  const std::vector<std::string> refused = {
      "\x1F", "a\tb", "a\n",      "\x7F",         std::string(1, '\0'), "a\xC2\x80", "\xC2\x9F",
      "\xC3", "\x80", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",   "\xFF"};
  for (const std::string& text : refused) {
    EXPECT_FALSE(IsPrintableUtf8(text)) << ::testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace tokenbroker
