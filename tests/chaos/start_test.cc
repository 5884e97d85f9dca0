// A replica starts at a store that is full of grants.
#include <absl/strings/str_cat.h>

#include <iostream>

#include "tests/chaos/fleet.h"

namespace tokenbroker {
namespace {

using StartTest = FleetTest;

// Copies the grant, whose record's key ends with its subject, so often, over all shards, due in an
// hour. The copies cannot be opened: nobody asks for them.
constexpr char kMultiply[] = R"lua(
local shards, from, to, due = 64, ARGV[1], tonumber(ARGV[2]), ARGV[3]
for n = 1, to do
  local tag = 'tb:{' .. n % shards .. '}:'
  local subject = 'copy-' .. n
  redis.call('COPY', from, tag .. 'grant:default:sim:' .. subject)
  redis.call('ZADD', tag .. 'due:sim', due, 'default:sim:' .. subject)
end
return redis.call('DBSIZE')
)lua";

TEST_F(StartTest, IsReadySoonHoweverManyGrantsThereAre) {
  StartReplicas(1);
  LogIn("user-0");
  std::string record;
  for (int shard = 0; shard < 64 && record.empty(); ++shard) {
    const std::string key = absl::StrCat("tb:{", shard, "}:grant:default:sim:user-0");
    if (redis().Command({"EXISTS", key}) == "1") record = key;
  }
  ASSERT_FALSE(record.empty());
  const int grants = HowMany(20'000, 1'000'000);
  const int64_t in_an_hour = absl::ToUnixMillis(absl::Now() + absl::Hours(1));
  std::cout << redis().Command(
                   {"EVAL", kMultiply, "0", record, absl::StrCat(grants), absl::StrCat(in_an_hour)})
            << " keys\n";
  const absl::Time start = absl::Now();
  Replica& another = AddReplica(redis_uri());
  EXPECT_TRUE(Eventually([&] { return another.AdminPage("/readyz") == "200 ok\n"; }));
  std::cout << "ready " << absl::Now() - start << " after its start, with " << grants
            << " grants in Redis\n";
  EXPECT_TRUE(GetToken("user-0", 1).ok());
}

}  // namespace
}  // namespace tokenbroker
