// Watchers that remember what they were told, and what happens to the grant that they watch.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/token_watches.h"
#include "broker/watch_progress.h"
#include "tests/broker/broker_test.h"

namespace tokenbroker {

// Tells everything at once, as a transport with a quick reader does.
class RecordingWatcher : public TokenWatcher {
 public:
  explicit RecordingWatcher(int64_t known_generation = 0) : progress_(known_generation) {}

  void Show(WatchView view) override {
    ++shows;
    for (;;) {
      switch (progress_.Advance(view)) {
        case WatchProgress::Message::kNone:
          return;
        case WatchProgress::Message::kToken:
          told.emplace_back(std::string(view.token->access_token.Expose()));
          last_generation = view.generation;
          break;
        case WatchProgress::Message::kStatus:
          told.push_back(Text(view));
          break;
      }
    }
  }
  void End(absl::Status why) override {
    const absl::optional<Refusal> refusal = RefusalOf(why);
    told.push_back(absl::StrCat("end ", refusal ? ReasonName(refusal->reason) : ""));
  }

  std::vector<std::string> told;
  int64_t last_generation = 0;
  int shows = 0;

 private:
  static std::string Text(const WatchView& view) {
    constexpr const char* kStates[] = {"ACTIVE", "REAUTHORIZATION_REQUIRED", "FROZEN", "REVOKED",
                                       "ABSENT"};
    const absl::string_view reason = StateReasonName(view.reason);
    return absl::StrCat(kStates[static_cast<int>(view.state)], reason.empty() ? "" : " ", reason);
  }

  WatchProgress progress_;
};

class TokenWatchesTest : public BrokerTest {
 protected:
  using Watcher = std::shared_ptr<RecordingWatcher>;

  Watcher Begin(int64_t known_generation = 0, WatchRights rights = {}) {
    auto watcher = std::make_shared<RecordingWatcher>(known_generation);
    watches_.Begin(watcher, {key_, known_generation}, std::move(rights));
    Settle();
    return watcher;
  }
  static WatchRights OwnedBy(const std::string& owner) {
    WatchRights rights;
    rights.required_owner = owner;
    return rights;
  }
  static WatchRights Within(std::vector<std::string> max_scopes) {
    auto kept = std::make_shared<const std::vector<std::string>>(std::move(max_scopes));
    WatchRights rights;
    rights.max_scopes = kept.get();
    rights.keeper = kept;
    return rights;
  }

  // Another login, with a token of that name.
  int64_t LogInAgain(const std::string& token) {
    Advance(absl::Milliseconds(5));
    Grant grant = NewGrant();
    grant.access_token = Secret(token);
    return Store(std::move(grant));
  }
  // As another replica refreshes: this one hears of it only by the change message.
  int64_t RefreshElsewhere(const std::string& token) {
    Advance(absl::Milliseconds(5));
    const Grant stored = Stored();
    BeginRefreshRequest begin;
    begin.key = key_;
    begin.known_generation = stored.generation;
    begin.attempt = RandomBytes(16);
    begin.not_after = SteadyTime::InfiniteFuture();
    const BeginRefreshAnswer go = Run(store_.BeginRefresh(begin));
    CommitRequest commit;
    commit.attempt = begin.attempt;
    commit.parent = stored.refresh_token_generation;
    commit.next = go.next;
    commit.record = *go.grant;
    commit.record.access_token = Secret(token);
    const CommitAnswer answer = Run(store_.Commit(commit));
    EXPECT_EQ(answer.outcome, CommitAnswer::Outcome::kStored);
    Settle();
    return answer.generation;
  }
  void Flap() {
    store_.CutSubscription();
    Settle();
    Advance(absl::Milliseconds(1));
    store_.RestoreSubscription();
    Settle();
  }

  // As a real store says so: there a task that is spawned runs at once, up to its first wait.
  void ConnectOnTheLoop() {
    loop_.Post([this] { watches_.OnConnected(); });
    Settle();
  }

  TokenWatches watches_{parts_, broker_};
};

}  // namespace tokenbroker
