#include "crypto/associated_data.h"

#include <absl/strings/escaping.h>

#include <set>

namespace tokenbroker {
namespace {

// What is sealed today must open tomorrow: these bytes never change.
TEST(AssociatedDataTest, HasTheDocumentedBytes) {
  EXPECT_EQ(absl::BytesToHexString(AssociatedData({"g/1", "t", "", "ü", 0x0102030405060708})),
            "00000003672f31"
            "0000000174"
            "00000000"
            "00000002c3bc"
            "0102030405060708");
}

TEST(AssociatedDataTest, DiffersForEveryIdentity) {
  const std::vector<RecordIdentity> identities = {
      {"grant/1", "t", "p", "s", 7},  {"grant/2", "t", "p", "s", 7}, {"grant/1", "u", "p", "s", 7},
      {"grant/1", "t", "q", "s", 7},  {"grant/1", "t", "p", "r", 7}, {"grant/1", "t", "p", "s", 8},
      {"grant/1", "t", "p", "s", -7}, {"grant/1", "tp", "", "s", 7}, {"grant/1", "", "tp", "s", 7},
      {"grant/1", "t", "ps", "", 7},  {"", "grant/1", "t", "ps", 7}};
  std::set<std::string> seen;
  for (const RecordIdentity& identity : identities) seen.insert(AssociatedData(identity));
  EXPECT_EQ(seen.size(), identities.size());
}

}  // namespace
}  // namespace tokenbroker
