// A C++ service on its bad days: many threads use one token that is rotated every two seconds,
// while the broker that they ask is killed, and stopped, and started again.
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <atomic>
#include <iostream>
#include <thread>

#include "tests/chaos/fleet.h"
#include "tests/integration/caller_credentials.h"
#include "tokenbroker/client/channel.h"
#include "tokenbroker/client/token_source.h"

namespace tokenbroker {
namespace {

constexpr int kThreads = 64;
constexpr char kSubject[] = "user-42";

// What threads saw that call Token() before each use, all the time.
struct Seen {
  std::atomic<int64_t> tokens{0};
  std::atomic<int64_t> stale{0};
  std::atomic<int64_t> older_than_before{0};
  std::atomic<int64_t> errors{0};
};

class ClientLibraryTest : public FleetTest {
 protected:
  ClientLibraryTest() {
    SetTokenLifetime(absl::Seconds(4));
    SetMargin(absl::Seconds(2));
    StartReplicas(2);
    LogIn(kSubject);
    const TestAuthority::Files files = authority().Issue(absl::StrCat("URI:", kPlayer));
    client::ChannelOptions options;
    options.target = replica(0).address();
    options.ca_file = authority().ca_file();
    options.certificate_file = files.certificate;
    options.key_file = files.key;
    options.server_name = "localhost";
    client::TokenSourceOptions grant;
    grant.provider = "sim";
    grant.subject = kSubject;
    source_ = std::make_unique<client::TokenSource>(*client::CreateChannel(options), grant);
  }

  void Use() {
    int64_t generation = 0;
    while (!stop_) {
      const absl::StatusOr<client::AccessTokenPtr> token = source_->Token();
      if (!token.ok()) {
        if (++seen_.errors == 1) std::cout << token.status() << "\n";
        continue;
      }
      ++seen_.tokens;
      if ((*token)->expire_time() <= absl::Now()) ++seen_.stale;
      if ((*token)->generation() < generation) ++seen_.older_than_before;
      generation = (*token)->generation();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  std::unique_ptr<client::TokenSource> source_;
  std::atomic<bool> stop_{false};
  Seen seen_;
};

TEST_F(ClientLibraryTest, AServiceNeverHoldsAStaleTokenThoughItsBrokerIsStartedAgain) {
  const uint64_t before = counters().Refreshes();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([this] { Use(); });
  const absl::Duration third = RunTime(absl::Seconds(12), absl::Minutes(1)) / 3;
  absl::SleepFor(third);
  replica(0).Kill();
  replica(0).Start();
  absl::SleepFor(third);
  replica(0).Terminate();
  replica(0).Start();
  absl::SleepFor(third);
  stop_ = true;
  for (std::thread& thread : threads) thread.join();
  const uint64_t refreshes = counters().Refreshes() - before;
  std::cout << kThreads << " threads: " << seen_.tokens << " tokens, " << seen_.stale << " stale, "
            << seen_.older_than_before << " older than before, " << seen_.errors << " errors; "
            << refreshes << " refreshes\n";
  EXPECT_GT(seen_.tokens, 1000);
  EXPECT_EQ(seen_.stale, 0);
  EXPECT_EQ(seen_.older_than_before, 0);
  EXPECT_EQ(seen_.errors, 0);
  EXPECT_GT(refreshes, 3u);
  EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
}

}  // namespace
}  // namespace tokenbroker
