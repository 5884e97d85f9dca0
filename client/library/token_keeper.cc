#include "client/library/token_keeper.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "client/library/error_details.h"
#include "client/library/grant_refusal.h"

namespace tokenbroker::client {
namespace {

constexpr absl::Duration kFirstFetchRetry = absl::Milliseconds(200);
constexpr absl::Duration kLongestFetchRetry = absl::Seconds(30);
constexpr absl::Duration kFirstWatchRetry = absl::Seconds(1);
constexpr absl::Duration kLongestWatchRetry = absl::Minutes(1);
// A broker without WatchToken may be replaced by one that has it.
constexpr absl::Duration kUnimplementedRetry = absl::Minutes(10);
// While a due token has no successor yet.
constexpr absl::Duration kShortestAsking = absl::Seconds(1);
constexpr absl::Duration kLongestAsking = absl::Minutes(1);

}  // namespace

// Holds the mutex; starts and cancels what it was told to when it has let it go.
class TokenKeeper::Turn {
 public:
  explicit Turn(TokenKeeper& keeper) : lock_(keeper.mutex_) {}
  ~Turn() {
    lock_.unlock();
    for (const OperationPtr& operation : ended_) operation->Cancel();
    for (const OperationPtr& operation : begun_) operation->Start();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  OperationPtr Begin(OperationPtr operation) {
    begun_.push_back(operation);
    return operation;
  }
  void End(OperationPtr& operation) {
    if (operation != nullptr) ended_.push_back(std::move(operation));
    operation = nullptr;
  }
  // REQUIRES: nothing was begun or ended.
  void Wait(Timers& timers, std::condition_variable& changed, absl::Time deadline) {
    timers.Wait(changed, lock_, deadline);
  }

 private:
  std::unique_lock<std::mutex> lock_;
  std::vector<OperationPtr> begun_;
  std::vector<OperationPtr> ended_;
};

TokenKeeper::TokenKeeper(TokenSourceOptions options, std::shared_ptr<BrokerLink> link,
                         std::shared_ptr<Timers> timers)
    : options_(std::move(options)),
      link_(std::move(link)),
      timers_(std::move(timers)),
      fetch_backoff_(kFirstFetchRetry, kLongestFetchRetry),
      watch_backoff_(kFirstWatchRetry, kLongestWatchRetry) {}

void TokenKeeper::Start() {
  if (options_.upkeep == Upkeep::kAsking) return;
  Turn turn(*this);
  BeginWatch(turn);
}

void TokenKeeper::Close() {
  Turn turn(*this);
  closed_ = true;
  for (OperationPtr* operation : {&fetch_, &fetch_timer_, &watch_, &watch_timer_}) {
    turn.End(*operation);
  }
  Drop();
  changed_.notify_all();
}

absl::StatusOr<AccessTokenPtr> TokenKeeper::Token() {
  AccessTokenPtr token = TokenIfFresh();
  if (token != nullptr) return token;
  return Await(timers_->Now() + options_.timeout);
}

absl::StatusOr<AccessTokenPtr> TokenKeeper::Token(absl::Time deadline) {
  AccessTokenPtr token = TokenIfFresh();
  if (token != nullptr) return token;
  return Await(deadline);
}

void TokenKeeper::Rejected(int64_t generation) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!Usable() || current_->generation() != generation) return;
  rejected_ = generation;
  served_.Store(nullptr, absl::InfinitePast());
}

absl::StatusOr<AccessTokenPtr> TokenKeeper::Await(absl::Time deadline) {
  absl::optional<uint64_t> answers;
  for (;;) {
    Turn turn(*this);
    if (!answers) answers = answers_;
    absl::optional<absl::StatusOr<AccessTokenPtr>> decided = Decide(deadline, *answers);
    if (decided) return *std::move(decided);
    const absl::Time now = timers_->Now();
    if (fetch_ == nullptr && now >= not_before_) {
      BeginFetch(turn);
      continue;
    }
    if (now >= deadline) {
      if (!failure_.ok()) return failure_;
      return absl::DeadlineExceededError("the broker has not answered yet");
    }
    turn.Wait(*timers_, changed_, deadline);
  }
}

absl::optional<absl::StatusOr<AccessTokenPtr>> TokenKeeper::Decide(absl::Time deadline,
                                                                   uint64_t answers) const {
  if (closed_) return absl::CancelledError("the token source was destroyed");
  const absl::Time now = timers_->Now();
  const bool answered = answers_ != answers;
  // What the broker has just given is good, whatever our clock says.
  if (Usable() && (now < until_ || (answered && failure_.ok() && !refusal_))) return current_;
  if (refusal_ && (now < refusal_->believed_until || answered)) return refusal_->status;
  if (!failure_.ok() && fetch_ == nullptr && not_before_ > std::max(now, deadline)) return failure_;
  return absl::nullopt;
}

void TokenKeeper::BeginFetch(Turn& turn) {
  turn.End(fetch_timer_);
  const uint64_t id = fetch_id_ = ++last_id_;
  fetch_rejected_ = rejected_;
  fetch_floor_ = floor_;
  fetch_ = turn.Begin(link_->Fetch(
      fetch_rejected_, [weak = weak_from_this(), id](absl::StatusOr<AccessTokenPtr> answer) {
        if (const auto self = weak.lock()) self->OnFetched(id, std::move(answer));
      }));
}

void TokenKeeper::OnFetched(uint64_t id, absl::StatusOr<AccessTokenPtr> answer) {
  Turn turn(*this);
  if (fetch_ == nullptr || id != fetch_id_) return;
  fetch_ = nullptr;
  ++answers_;
  if (answer.ok()) {
    if (fetch_floor_ == floor_) LowerFloor(**answer);
    Adopt(*answer);
    // A call that was under way when the token was rejected knew nothing of it: the next one does.
    if (!Usable() && fetch_rejected_ == rejected_) {
      answer = absl::UnavailableError("the broker gave an outdated token");
    }
  }
  if (!answer.ok()) Fail(WithNames(answer.status(), options_));
  ScheduleFetch(turn);
  changed_.notify_all();
}

void TokenKeeper::Fail(const absl::Status& status) {
  const BrokerError error = BrokerErrorIn(status);
  const absl::Duration asked = error.retry_delay.value_or(absl::ZeroDuration());
  const absl::Time now = timers_->Now();
  const bool restored = error.reason == "GENERATION_UNKNOWN";
  if (restored) {
    // The broker's store is from a time before our token.
    rejected_ = floor_ = 0;
    Drop();
  }
  if (restored || MayPass(status.code())) {
    failure_ = status;
    not_before_ = now + std::max(asked, fetch_backoff_.Next());
  } else {
    failure_ = absl::OkStatus();
    not_before_ = absl::InfinitePast();
    refusal_ = Refusal{status, now + std::max(asked, options_.refusal_memory)};
  }
}

void TokenKeeper::BeginWatch(Turn& turn) {
  const uint64_t id = watch_id_ = ++last_id_;
  watch_accepted_ = false;
  watch_begin_ = timers_->Now();
  watch_floor_ = floor_;
  BrokerLink::WatchCallbacks callbacks;
  callbacks.on_event = [weak = weak_from_this(), id](const WatchEvent& event) {
    if (const auto self = weak.lock()) self->OnEvent(id, event);
  };
  callbacks.on_end = [weak = weak_from_this(), id](const absl::Status& status) {
    if (const auto self = weak.lock()) self->OnWatchEnded(id, status);
  };
  // A refusal is the stream's to take back, so it shall say what is so now.
  const int64_t known = current_ == nullptr || refusal_ ? 0 : current_->generation();
  watch_ = turn.Begin(link_->Watch(known, std::move(callbacks)));
}

void TokenKeeper::OnEvent(uint64_t id, const WatchEvent& event) {
  Turn turn(*this);
  if (watch_ == nullptr || id != watch_id_) return;
  watch_accepted_ = true;
  if (const auto* token = absl::get_if<AccessTokenPtr>(&event)) {
    watch_backoff_.Reset();
    if (watch_floor_ == floor_) LowerFloor(**token);
    Adopt(*token);
  } else if (const auto* grant = absl::get_if<GrantStatus>(&event)) {
    watch_backoff_.Reset();
    Adopt(*grant);
  }
  ScheduleFetch(turn);
  changed_.notify_all();
}

void TokenKeeper::OnWatchEnded(uint64_t id, const absl::Status& status) {
  Turn turn(*this);
  if (watch_ == nullptr || id != watch_id_) return;
  watch_ = nullptr;
  watch_accepted_ = false;
  const absl::Time now = timers_->Now();
  if (refusal_) {
    refusal_->believed_until = std::min(refusal_->believed_until, now + options_.refusal_memory);
  }
  if (now - watch_begin_ > kLongestWatchRetry) watch_backoff_.Reset();
  const absl::Duration delay = status.code() == absl::StatusCode::kUnimplemented
                                   ? kUnimplementedRetry
                                   : watch_backoff_.Next();
  watch_timer_id_ = ++last_id_;
  watch_timer_ = turn.Begin(CallAfter(delay, watch_timer_id_, &TokenKeeper::OnWatchTimer));
  ScheduleFetch(turn);
}

void TokenKeeper::LowerFloor(const AccessToken& token) {
  if (!Served() && token.generation() > rejected_) floor_ = std::min(floor_, token.generation());
}

void TokenKeeper::Adopt(const AccessTokenPtr& token) {
  if (token->generation() < floor_) return;
  refusal_ = absl::nullopt;
  failure_ = absl::OkStatus();
  fetch_backoff_.Reset();
  not_before_ = absl::InfinitePast();
  const absl::Time now = timers_->Now();
  if (current_ != nullptr && current_->generation() == token->generation()) {
    // Its successor is late.
    ask_at_ = until_ <= now ? absl::InfiniteFuture()
                            : now + std::clamp((until_ - now) / 3, kShortestAsking, kLongestAsking);
    return;
  }
  current_ = token;
  floor_ = token->generation();
  const absl::Duration life = std::max(token->expire_time() - now, absl::ZeroDuration());
  until_ = token->expire_time() == absl::InfiniteFuture()
               ? absl::InfiniteFuture()
               : token->expire_time() - std::min(options_.expiry_margin, life / 10);
  // A little later than the broker itself, which draws another time for each token.
  const absl::Time due = std::min(token->refresh_time(), until_);
  ask_at_ = std::max(due, now + kShortestAsking) + std::min((until_ - due) * 0.1, kLongestAsking);
  if (Usable()) served_.Store(current_, until_);
}

void TokenKeeper::Adopt(const GrantStatus& grant) {
  if (grant.generation != 0 && grant.generation < floor_) return;
  const absl::Status status = RefusalOf(grant);
  floor_ = std::max(floor_, grant.generation);
  failure_ = absl::OkStatus();
  not_before_ = absl::InfinitePast();
  if (status.ok()) {
    refusal_ = absl::nullopt;
    return;
  }
  refusal_ = Refusal{WithNames(status, options_), absl::InfiniteFuture()};
  if (grant.state == v1::GRANT_STATE_REVOKED || grant.state == v1::GRANT_STATE_ABSENT) Drop();
}

void TokenKeeper::Drop() {
  current_ = nullptr;
  until_ = absl::InfinitePast();
  served_.Store(nullptr, until_);
}

void TokenKeeper::ScheduleFetch(Turn& turn) {
  turn.End(fetch_timer_);
  if (fetch_ != nullptr || closed_) return;
  const absl::Time at = NextFetch();
  if (at == absl::InfiniteFuture()) return;
  fetch_timer_id_ = ++last_id_;
  fetch_timer_ = turn.Begin(CallAfter(std::max(at - timers_->Now(), absl::ZeroDuration()),
                                      fetch_timer_id_, &TokenKeeper::OnFetchTimer));
}

absl::Time TokenKeeper::NextFetch() const {
  if (!failure_.ok()) return watch_accepted_ && Served() ? absl::InfiniteFuture() : not_before_;
  if (watch_accepted_ || !Served() || refusal_) return absl::InfiniteFuture();
  return ask_at_;
}

OperationPtr TokenKeeper::CallAfter(absl::Duration delay, uint64_t id,
                                    void (TokenKeeper::*member)(uint64_t)) {
  return timers_->After(delay, [weak = weak_from_this(), id, member] {
    if (const auto self = weak.lock()) ((*self).*member)(id);
  });
}

void TokenKeeper::OnFetchTimer(uint64_t id) {
  Turn turn(*this);
  if (fetch_timer_ == nullptr || id != fetch_timer_id_) return;
  fetch_timer_ = nullptr;
  if (fetch_ == nullptr) BeginFetch(turn);
}

void TokenKeeper::OnWatchTimer(uint64_t id) {
  Turn turn(*this);
  if (watch_timer_ == nullptr || id != watch_timer_id_) return;
  watch_timer_ = nullptr;
  BeginWatch(turn);
}

}  // namespace tokenbroker::client
