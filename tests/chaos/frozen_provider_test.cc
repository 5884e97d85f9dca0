// One provider refuses the broker's registration and has a hundred thousand grants due; another is
// healthy, and its grants are not late.
#include <iostream>

#include "tests/chaos/fleet.h"
#include "tests/chaos/load.h"
#include "tests/integration/caller_credentials.h"

namespace tokenbroker {
namespace {

constexpr int kDue = 100'000;

// Entries of the frozen provider's due index, as many in every shard. Nobody may ask for the grants
// themselves.
constexpr char kFill[] =
    "for i = 1, tonumber(ARGV[1]) do\n"
    "  local shard = i % 64\n"
    "  local key = 'tb:{' .. shard .. '}:grant:default:frozen:user-' .. i\n"
    "  redis.call('ZADD', 'tb:{' .. shard .. '}:due:frozen', 1, key)\n"
    "end\n"
    "return 'OK'";

class FrozenProviderTest : public FleetTest {
 protected:
  int Due() {
    int due = 0;
    for (int shard = 0; shard < 64; ++shard) {
      const std::string key = "tb:{" + std::to_string(shard) + "}:due:frozen";
      due += std::stoi(redis().Command({"ZCOUNT", key, "-inf", "1"}));
    }
    return due;
  }
};

TEST_F(FrozenProviderTest, ItsDueGrantsMakeNobodyElsesLate) {
  SetTokenLifetime(absl::Seconds(4));
  TempFolder folder;
  AddProviderYaml(
      "  frozen:\n"
      "    issuer: " +
      provider().issuer() +
      "\n"
      "    client_id: client\n"
      "    client_secret_file: " +
      folder.Write("secret", "wrong\n") +
      "\n"
      "    redirect_uris: [ \"https://app.example.com/callback\" ]\n");
  StartReplicas(2);
  provider().PutUser({"somebody", "account"});
  // Each is refused itself: what one tells the other of it takes a second or more.
  for (const size_t i : {0u, 1u}) {
    BrokerClient frozen(replica(i).address(), CredentialsOf(authority(), kPlayer), "frozen");
    const auto built = frozen.BuildLoginUri("somebody");
    ASSERT_TRUE(built.ok()) << built.error.reason;
    const std::string callback = provider().Approve(built.response.login_uri(), "somebody").value();
    EXPECT_EQ(frozen.ExchangeCallback(callback).error.reason, "PROVIDER_MISCONFIGURED");
  }
  ASSERT_EQ(redis().Command({"EVAL", kFill, "0", std::to_string(kDue)}), "OK");

  const std::vector<std::string> subjects = LogInMany(100);
  const uint64_t before = counters().Refreshes();
  Load load(replicas(), subjects);
  load.RunFor(RunTime(absl::Seconds(10), absl::Minutes(1)));
  const Load::Counts seen = load.Stop();
  const int due = Due();
  std::cout << kDue << " due of a frozen provider, " << due
            << " left, 100 of a healthy one: " << seen << "; " << counters().Refreshes() - before
            << " refreshes\n";
  EXPECT_EQ(seen.errors, 0);
  EXPECT_EQ(seen.expired, 0);
  EXPECT_GT(counters().Refreshes() - before, 200u);
  EXPECT_GE(due, kDue - 10) << "claimed by nobody but a probe now and then";
}

}  // namespace
}  // namespace tokenbroker
