// A C++ service on its bad days: many threads use one token that is rotated every two seconds,
// while the broker that they ask is killed, and stopped, and started again.
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <iostream>
#include <thread>

#include "tests/chaos/fleet.h"
#include "tests/chaos/source_user.h"
#include "tests/integration/caller_credentials.h"
#include "tokenbroker/client/channel.h"
#include "tokenbroker/client/token_source.h"

namespace tokenbroker {
namespace {

constexpr int kThreads = 64;
constexpr char kSubject[] = "user-42";

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

  std::unique_ptr<client::TokenSource> source_;
  StopEvent stop_;
  SourceUse use_;
};

TEST_F(ClientLibraryTest, AServiceNeverHoldsAStaleTokenThoughItsBrokerIsStartedAgain) {
  const uint64_t before = counters().Refreshes();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this] { UseSource(*source_, absl::Milliseconds(2), stop_, use_); });
  }
  const absl::Duration third = RunTime(absl::Seconds(12), absl::Minutes(1)) / 3;
  absl::SleepFor(third);
  replica(0).Kill();
  replica(0).Start();
  absl::SleepFor(third);
  replica(0).Terminate();
  replica(0).Start();
  absl::SleepFor(third);
  stop_.Stop();
  for (std::thread& thread : threads) thread.join();
  const uint64_t refreshes = counters().Refreshes() - before;
  std::cout << kThreads << " threads: " << use_ << "; " << refreshes << " refreshes\n";
  EXPECT_GT(use_.tokens, 1000);
  EXPECT_EQ(use_.stale, 0);
  EXPECT_EQ(use_.older_than_before, 0);
  EXPECT_EQ(use_.errors, 0);
  EXPECT_GT(refreshes, 3u);
  EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
}

}  // namespace
}  // namespace tokenbroker
