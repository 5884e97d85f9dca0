#include "store/memory_store.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "io/use_task.h"
#include "store/memory_scripts.h"

namespace tokenbroker {
namespace {

struct TouchAnswer {
  enum class Outcome { kOk, kNoStore, kUnavailable };
  Outcome outcome = Outcome::kUnavailable;
};

ProviderState Merged(const ProviderState& stored, const ProviderChange& change) {
  ProviderState merged = change.state;
  const bool may_end =
      change.pause == ProviderChange::Pause::kEnded && stored.backoff_class != ErrorClass::kQuota;
  if (stored.not_before > merged.not_before && !may_end) {
    merged.not_before = stored.not_before;
    merged.backoff_class = stored.backoff_class;
  }
  if (change.freeze == ProviderChange::Freeze::kKeep) {
    merged.frozen_fingerprint = stored.frozen_fingerprint;
    merged.frozen_at = stored.frozen_at;
    merged.frozen_error = stored.frozen_error;
  }
  return merged;
}

}  // namespace

MemoryStore::MemoryStore(Loop& loop, Clock& clock)
    : loop_(loop), clock_(clock), listeners_(std::make_shared<std::vector<ChangeListener*>>()) {}

MemoryStore::~MemoryStore() = default;

template <typename Answer, typename Script>
Answer MemoryStore::Execute(Script& script) {
  MemoryScript run{
      grants_, faults_, InMilliseconds(clock_.TimeNow()), loop_.clock().SteadyNow(), {}};
  Answer answer;
  if (faults_.no_store()) {
    answer.outcome = Answer::Outcome::kNoStore;
  } else {
    answer = script(run);
    Publish(std::move(run.published));
  }
  if constexpr (requires { answer.time; }) answer.time.store_time = run.time;
  return answer;
}

template <typename Answer, typename Script>
Task<Answer> MemoryStore::Call(StoreVerb verb, Script script) {
  const SteadyTime sent = loop_.clock().SteadyNow();
  const StoreFault fault = faults_.Take(verb);
  if (fault.what == StoreFault::What::kExecutedLate) {
    loop_.CallAt(sent + fault.delay,
                 [this, alive = std::weak_ptr(listeners_), script = std::move(script)]() mutable {
                   if (!alive.expired()) Execute<Answer>(script);
                 });
    co_await Arrive(absl::ZeroDuration());
    co_return Answer();
  }
  const bool late_answer = fault.what == StoreFault::What::kAnsweredLate;
  co_await Arrive(late_answer ? absl::ZeroDuration() : fault.delay);
  if (fault.what == StoreFault::What::kUnavailable) co_return Answer();
  Answer answer = Execute<Answer>(script);
  if (late_answer) co_await Arrive(fault.delay);
  if (fault.what == StoreFault::What::kLostAcknowledgement) co_return Answer();
  if constexpr (requires { answer.time; }) answer.time.steady = sent;
  co_return answer;
}

Task<void> MemoryStore::Arrive(absl::Duration delay) {
  if (delay > absl::ZeroDuration()) co_await loop_.Sleep(delay);
  co_await boost::asio::post(loop_.context(), kUseTask);
}

Task<LoadAnswer> MemoryStore::Load(GrantKey key) {
  return Call<LoadAnswer>(StoreVerb::kLoad, [key = std::move(key)](MemoryScript& script) {
    return RunLoad(script, key);
  });
}

Task<BeginRefreshAnswer> MemoryStore::BeginRefresh(BeginRefreshRequest request) {
  return Call<BeginRefreshAnswer>(StoreVerb::kBeginRefresh,
                                  [request = std::move(request)](MemoryScript& script) {
                                    return RunBeginRefresh(script, request);
                                  });
}

Task<RenewAnswer> MemoryStore::Renew(RenewRequest request) {
  return Call<RenewAnswer>(StoreVerb::kRenew, [request = std::move(request)](MemoryScript& script) {
    return RunRenew(script, request);
  });
}

Task<CommitAnswer> MemoryStore::Commit(CommitRequest request) {
  return Call<CommitAnswer>(
      StoreVerb::kCommit,
      [request = std::move(request)](MemoryScript& script) { return RunCommit(script, request); });
}

Task<FailAnswer> MemoryStore::Fail(FailRequest request) {
  return Call<FailAnswer>(StoreVerb::kFail, [request = std::move(request)](MemoryScript& script) {
    return RunFail(script, request);
  });
}

Task<PutGrantAnswer> MemoryStore::PutGrant(PutGrantRequest request) {
  return Call<PutGrantAnswer>(StoreVerb::kPutGrant,
                              [request = std::move(request)](MemoryScript& script) {
                                return RunPutGrant(script, request);
                              });
}

Task<ClaimAnswer> MemoryStore::ClaimDue(std::string provider, int limit, absl::Duration push) {
  return Call<ClaimAnswer>(
      StoreVerb::kClaimDue, [provider = std::move(provider), limit, push](MemoryScript& script) {
        ClaimAnswer answer;
        answer.outcome = ClaimAnswer::Outcome::kOk;
        answer.backlog = script.grants.BacklogOf(provider, script.time);
        answer.due = script.grants.ClaimDue(provider, limit, script.time, push);
        return answer;
      });
}

Task<bool> MemoryStore::Touch(std::vector<std::pair<GrantKey, absl::Time>> uses) {
  Task<TouchAnswer> call =
      Call<TouchAnswer>(StoreVerb::kTouch, [uses = std::move(uses)](MemoryScript& script) {
        for (const auto& [key, used] : uses) {
          RefreshRecord* record = script.grants.Find(key, script.time);
          if (record == nullptr || record->tombstone()) continue;
          absl::Time& last = record->grant.last_used_at;
          last = std::max(last, InMilliseconds(used));
        }
        return TouchAnswer{TouchAnswer::Outcome::kOk};
      });
  const TouchAnswer answer = co_await std::move(call);
  co_return answer.outcome == TouchAnswer::Outcome::kOk;
}

Task<ListAnswer> MemoryStore::List(GrantFilter filter, int page_size, std::string page) {
  return Call<ListAnswer>(StoreVerb::kList, [filter = std::move(filter), page_size,
                                             page = std::move(page)](MemoryScript& script) {
    return script.grants.List(filter, page_size, page, script.time);
  });
}

Task<KeyUsageAnswer> MemoryStore::CountKeyUsage() {
  return Call<KeyUsageAnswer>(StoreVerb::kList, [](MemoryScript&) {
    KeyUsageAnswer answer;
    answer.outcome = KeyUsageAnswer::Outcome::kOk;
    return answer;
  });
}

Task<ProviderStateAnswer> MemoryStore::GetProviderState(std::string provider) {
  return Call<ProviderStateAnswer>(StoreVerb::kGetProviderState,
                                   [this, provider = std::move(provider)](MemoryScript&) {
                                     ProviderStateAnswer answer;
                                     answer.outcome = ProviderStateAnswer::Outcome::kOk;
                                     const auto found = provider_states_.find(provider);
                                     if (found != provider_states_.end())
                                       answer.state = found->second;
                                     return answer;
                                   });
}

Task<ProviderStateAnswer> MemoryStore::SetProviderState(std::string provider,
                                                        ProviderChange change) {
  change.state.not_before = InMilliseconds(change.state.not_before);
  change.state.frozen_at = InMilliseconds(change.state.frozen_at);
  return Call<ProviderStateAnswer>(
      StoreVerb::kSetProviderState,
      [this, provider = std::move(provider), change = std::move(change)](MemoryScript&) {
        ProviderState& stored = provider_states_[provider];
        stored = Merged(stored, change);
        ProviderStateAnswer answer;
        answer.outcome = ProviderStateAnswer::Outcome::kOk;
        answer.state = stored;
        return answer;
      });
}

std::string MemoryStore::StatePrefix(const GrantKey&) { return ""; }

Task<CreateLoginAnswer> MemoryStore::CreateLogin(std::string state, Login login) {
  return Call<CreateLoginAnswer>(
      StoreVerb::kCreateLogin,
      [this, state = std::move(state), login = std::move(login)](MemoryScript& script) {
        return logins_.Create(script, state, login);
      });
}

Task<BeginExchangeAnswer> MemoryStore::PeekLogin(std::string state) {
  return Call<BeginExchangeAnswer>(StoreVerb::kPeekLogin,
                                   [this, state = std::move(state)](MemoryScript& script) {
                                     return logins_.Peek(script, state);
                                   });
}

Task<BeginExchangeAnswer> MemoryStore::BeginExchange(BeginExchangeRequest request) {
  return Call<BeginExchangeAnswer>(StoreVerb::kBeginExchange,
                                   [this, request = std::move(request)](MemoryScript& script) {
                                     return logins_.Begin(script, request);
                                   });
}

Task<FinishExchangeAnswer> MemoryStore::FinishExchange(FinishExchangeRequest request) {
  return Call<FinishExchangeAnswer>(StoreVerb::kFinishExchange,
                                    [this, request = std::move(request)](MemoryScript& script) {
                                      return logins_.Finish(script, request);
                                    });
}

template <typename Tell>
void MemoryStore::PostToListeners(Tell tell) {
  if (listeners_->empty()) return;
  loop_.Post([alive = std::weak_ptr(listeners_), tell = std::move(tell)] {
    const auto listeners = alive.lock();
    if (listeners == nullptr) return;
    for (ChangeListener* listener : std::vector<ChangeListener*>(*listeners)) tell(*listener);
  });
}

void MemoryStore::Subscribe(ChangeListener* listener) {
  listeners_->push_back(listener);
  loop_.Post([this, alive = std::weak_ptr(listeners_), listener] {
    if (!alive.expired() && subscription_ == Subscription::kConnected) listener->OnConnected();
  });
}

void MemoryStore::Publish(std::vector<Change> changes) {
  if (subscription_ == Subscription::kCut || changes.empty()) return;
  PostToListeners([changes = std::move(changes)](ChangeListener& listener) {
    for (const Change& change : changes) listener.OnChange(change);
  });
}

void MemoryStore::CutSubscription() {
  subscription_ = Subscription::kCut;
  PostToListeners([](ChangeListener& listener) { listener.OnCut(); });
}

void MemoryStore::RestoreSubscription() {
  subscription_ = Subscription::kConnected;
  PostToListeners([](ChangeListener& listener) { listener.OnConnected(); });
}

void MemoryStore::ChangeServer() {
  PostToListeners([](ChangeListener& listener) { listener.OnServerChanged(); });
}

}  // namespace tokenbroker
