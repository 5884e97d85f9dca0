// How long it takes from a commit at one replica to the message at a watcher of another: from when
// Redis announces it (the last act of the commit) until the client has read the token.
#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "tests/bench/bench_line.h"
#include "tests/chaos/fleet.h"
#include "tests/integration/caller_credentials.h"
#include "tests/integration/watch_client.h"

namespace tokenbroker {
namespace {

constexpr int kCommits = 300;

// When Redis announced each generation. A thread of its own reads.
class Announcements {
 public:
  explicit Announcements(const std::string& unix_path)
      : connection_(redisConnectUnix(unix_path.c_str())) {
    freeReplyObject(redisCommand(connection_, "SUBSCRIBE tb:changed"));
    thread_ = std::thread([this] { Read(); });
  }
  ~Announcements() {
    shutdown(connection_->fd, SHUT_RDWR);
    thread_.join();
    redisFree(connection_);
  }

  // Waits for it.
  absl::Time TimeOf(int64_t generation) {
    absl::Time time = absl::InfinitePast();
    Eventually([&] {
      const std::lock_guard<std::mutex> lock(mutex_);
      const std::string text = std::to_string(generation);
      for (const auto& [message, heard] : messages_) {
        if (message.find(text) != std::string::npos) time = heard;
      }
      return time != absl::InfinitePast();
    });
    return time;
  }

 private:
  void Read() {
    void* answer = nullptr;
    while (redisGetReply(connection_, &answer) == REDIS_OK) {
      const absl::Time now = absl::Now();
      auto* const reply = static_cast<redisReply*>(answer);
      if (reply->elements == 3) {
        const std::lock_guard<std::mutex> lock(mutex_);
        messages_.emplace_back(std::string(reply->element[2]->str, reply->element[2]->len), now);
      }
      freeReplyObject(reply);
    }
  }

  redisContext* const connection_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, absl::Time>> messages_;
  std::thread thread_;
};

class WatchLatencyBench : public FleetTest {};

TEST_F(WatchLatencyBench, FromACommitToTheMessageElsewhere) {
  StartReplicas(2);
  Announcements announcements(redis().unix_path());
  WatchClient client(replica(1).address(), CredentialsOf(authority(), kPlayer), "alice");
  ASSERT_EQ(client.Next(), "ABSENT");
  std::vector<absl::Duration> times;
  for (int i = 0; i < kCommits; ++i) {
    absl::Time arrived;
    std::thread watcher([&] {
      ASSERT_EQ(client.Next(), "token");
      arrived = absl::Now();
    });
    LogIn("alice", 0);
    watcher.join();
    times.push_back(arrived - announcements.TimeOf(client.token().generation()));
  }
  std::sort(times.begin(), times.end());
  const auto at = [&times](double part) {
    return absl::ToDoubleMilliseconds(
        times[static_cast<size_t>(part * static_cast<double>(times.size() - 1))]);
  };
  Report({"watch/commit_to_message_elsewhere_p50_ms",
          at(0.5),
          {},
          {{"p90_ms", at(0.9)}, {"p99_ms", at(0.99)}, {"slowest_ms", at(1)}}});
}

}  // namespace
}  // namespace tokenbroker
