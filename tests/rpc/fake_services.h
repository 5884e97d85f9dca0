// Use cases that answer what a test tells them to.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "broker/login_service.h"
#include "broker/token_service.h"
#include "broker/watch_service.h"
#include "io/event.h"
#include "tests/support/with_traits.h"

namespace tokenbroker {

inline std::shared_ptr<CachedToken> MakeToken(int64_t generation, const std::string& secret) {
  auto token = std::make_shared<CachedToken>();
  token->generation = generation;
  token->access_token = Secret(secret);
  ChangeTraits(token.get(), [](TokenTraits* t) { t->token_type = "Bearer"; });
  return token;
}

class FakeTokenService : public TokenService {
 public:
  using Answer = std::function<void(const FreshTokenQuery&, SteadyTime deadline, Done)>;

  absl::optional<FreshToken> AnswerFromCache(const FreshTokenQuery&) override {
    if (cached == nullptr) return absl::nullopt;
    return FreshToken{cached, TokenSource::kCache};
  }
  void GetFreshToken(const FreshTokenQuery& query, SteadyTime deadline, Done done) override {
    answer(query, deadline, std::move(done));
  }

  // What is answered at once; null: nothing.
  std::shared_ptr<CachedToken> cached;
  Answer answer = [](const FreshTokenQuery&, SteadyTime, Done done) {
    done(FreshToken{MakeToken(7, "at-7"), TokenSource::kCache});
  };
};

// Remembers who watches, and shows nothing by itself. Its own methods: any thread.
class FakeWatchService : public WatchService {
 public:
  struct Watch {
    std::shared_ptr<TokenWatcher> watcher;
    WatchQuery query;
    WatchRights rights;
    bool left = false;
  };

  void Begin(std::shared_ptr<TokenWatcher> watcher, WatchQuery query, WatchRights rights) override {
    MutexLock lock(mutex_);
    watches_.push_back({std::move(watcher), std::move(query), std::move(rights)});
  }
  void ChangeRights(const TokenWatcher* watcher, WatchRights rights) override {
    MutexLock lock(mutex_);
    for (Watch& watch : watches_) {
      if (watch.watcher.get() == watcher) watch.rights = rights;
    }
  }
  void Leave(const TokenWatcher* watcher) override {
    MutexLock lock(mutex_);
    for (Watch& watch : watches_) {
      if (watch.watcher.get() == watcher) watch.left = true;
    }
  }

  // In the order of their begin.
  std::vector<Watch> watches() {
    MutexLock lock(mutex_);
    return watches_;
  }
  void Forget() {
    MutexLock lock(mutex_);
    watches_.clear();
  }

 private:
  Mutex mutex_;
  std::vector<Watch> watches_ TB_GUARDED_BY(mutex_);
};

class FakeLoginService : public LoginService {
 public:
  explicit FakeLoginService(Loop& loop) : gate(loop) { gate.Notify(); }

  Task<absl::StatusOr<LoginUri>> BuildLoginUri(BuildLoginUriRequest request) override {
    built.push_back(std::move(request));
    co_await gate.Wait();
    co_return login_uri;
  }
  Task<absl::StatusOr<CompletedLogin>> ExchangeCode(ExchangeCodeRequest request) override {
    if (request.permit) (void)request.permit(exchanged_key);
    exchanged.push_back(std::move(request));
    Event& slow = exchange_gate == nullptr ? gate : *exchange_gate;
    co_await slow.Wait();
    ++finished;
    co_return completed;
  }

  // Open; a test that wants a slow exchange sets exchange_gate.
  Event gate;
  Event* exchange_gate = nullptr;
  absl::StatusOr<LoginUri> login_uri = LoginUri{"https://id/authorize", "st", absl::UnixEpoch()};
  absl::StatusOr<CompletedLogin> completed = CompletedLogin{};
  std::vector<BuildLoginUriRequest> built;
  std::vector<ExchangeCodeRequest> exchanged;
  int finished = 0;
  // Of the login that a callback turns out to be of.
  GrantKey exchanged_key;
};

}  // namespace tokenbroker
