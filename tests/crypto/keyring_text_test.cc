#include "crypto/keyring_text.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "crypto/base64url.h"
#include "crypto/keyring_changes.h"
#include "tests/crypto/sealing_keys.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTimes[] = " 2026-11-24T14:52:07Z 2026-11-24T15:07:07Z ";

std::string KeyText(const std::string& id) { return Base64UrlEncode(TestKey(id, 0).key.Expose()); }
std::string Line(const std::string& id) { return absl::StrCat(id, kTimes, KeyText(id), "\n"); }

// What is wrong with the text.
std::string Refusal(const std::string& text) {
  const absl::Status status = ParseKeyring(text, "/k/ring").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(KeyringTextTest, ReadsKeysCommentsAndEmptyLines) {
  const absl::StatusOr<Keyring> keyring = ParseKeyring(
      absl::StrCat("# for the broker\n\n", Line("b"), " \t\r\n  a\t2026-11-24T15:52:07+02:00 ",
                   "2026-11-24T14:00:00.5Z ", KeyText("a"), " # the old one\r\n"),
      "ring");
  ASSERT_TRUE(keyring.ok()) << keyring.status();
  ASSERT_THAT(keyring->ReadableIds(), ElementsAre("a", "b"));
  const SealingKey& a = keyring->keys()[0];
  EXPECT_EQ(a.key, TestKey("a", 0).key);
  EXPECT_EQ(absl::FormatTime(absl::RFC3339_full, a.created, absl::UTCTimeZone()),
            "2026-11-24T13:52:07+00:00");
  EXPECT_EQ(a.write_from, keyring->keys()[1].write_from - absl::Seconds(4026.5));
}

TEST(KeyringTextTest, NeedsNoLastLineEnd) {
  const std::string line = Line("a");
  EXPECT_TRUE(ParseKeyring(line.substr(0, line.size() - 1), "ring").ok());
}

TEST(KeyringTextTest, ReadsWhatItWrote) {
  SealingKey by_hand = TestKey("long-key-id", 1);
  by_hand.write_from += absl::Milliseconds(250);
  const Keyring three = AddKey(*Keyring::Make({TestKey("a", 0), by_hand}), At(30));
  const absl::StatusOr<Keyring> read = ParseKeyring(FormatKeyring(three).Expose(), "ring");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, three);
}

TEST(KeyringTextTest, WritesATableForPeople) {
  const std::string text(FormatKeyring(*Keyring::Make({TestKey("key-1", 0)})).Expose());
  EXPECT_THAT(text, HasSubstr("# id   created               write_from            key\n"
                              "key-1  2027-01-15T08:00:00Z  2027-01-15T08:00:00Z  "));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("  ", KeyText("key-1"), "\n")));
  EXPECT_TRUE(absl::StartsWith(text, "# The keyring of a Token Broker"));
}

TEST(KeyringTextTest, NamesFileAndLineOfAMistake) {
  const std::string a = Line("a");
  EXPECT_EQ(Refusal(a + "\n# x\nb 1 2\n"),
            "/k/ring:4: has 3 columns; write id, created, write_from and key");
  EXPECT_EQ(Refusal("ä" + a),
            "/k/ring:1: the column id has a strange character or is too long; "
            "use up to 64 letters, digits, '-', '_' and '.'");
  EXPECT_EQ(Refusal(absl::StrCat("a 2026-11-24 2026-11-24T15:07:07Z ", KeyText("a"))),
            "/k/ring:1: the column created is no time; write it like 2026-11-24T14:52:07Z");
  EXPECT_EQ(Refusal(absl::StrCat("a 2026-11-24T15:07:07Z infinite-future ", KeyText("a"))),
            "/k/ring:1: the column write_from is no time; write it like 2026-11-24T14:52:07Z");
  EXPECT_EQ(
      Refusal(absl::StrCat("a", kTimes, KeyText("a"), "A")),
      "/k/ring:1: the column key is not 32 bytes in base64url; let tbctl keyring add make it");
}

TEST(KeyringTextTest, RefusesDuplicates) {
  EXPECT_EQ(Refusal(Line("a") + "\n" + Line("b") + Line("a")),
            "/k/ring:4: has the id of line 1; give each key its own");
  EXPECT_EQ(Refusal(Line("a") + absl::StrCat("b", kTimes, KeyText("a"), "=")),
            "/k/ring:2: has the key of line 1; remove one of the lines");
}

TEST(KeyringTextTest, RefusesAFileWithoutAKey) {
  for (const char* text : {"", "\n", "# nothing\n\n"}) {
    EXPECT_EQ(Refusal(text), "/k/ring: there is no key in it; make it with tbctl keyring new");
  }
}

TEST(KeyringTextTest, NeverQuotesKeyMaterial) {
  const std::string key = KeyText("a");
  const std::string half = key.substr(0, 20);
  for (const std::string& text :
       {key, half, key + kTimes + "a", absl::StrCat("a ", key, kTimes),
        absl::StrCat("a", kTimes, half), absl::StrCat(key, "+", kTimes, key),
        absl::StrCat("a", kTimes, key, " ", key), Line("a") + Line("a")}) {
    EXPECT_THAT(Refusal(text), Not(HasSubstr(half.substr(0, 6))));
  }
}

}  // namespace
}  // namespace tokenbroker
