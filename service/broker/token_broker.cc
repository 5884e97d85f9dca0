#include "broker/token_broker.h"

#include <utility>

#include "base/status_macros.h"
#include "broker/refusals.h"
#include "broker/token_choice.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

// A query is answered in one or two rounds; more means that the grant changes faster than we look.
constexpr int kMaxRounds = 8;
constexpr absl::Duration kDrainPoll = absl::Milliseconds(20);

constexpr const char* kSourceNames[] = {"cache", "store", "refreshed", "stale"};

absl::Status DeadlineExceeded() {
  return absl::DeadlineExceededError("the deadline passed before there was a token");
}

absl::Status TooManyWaiters(absl::string_view provider) {
  Refusal refusal;
  refusal.reason = Reason::kQuotaExceeded;
  refusal.provider = std::string(provider);
  refusal.message = "too many callers wait for this grant";
  refusal.retry_after = absl::Seconds(1);
  return ToStatus(refusal);
}

}  // namespace

struct TokenBroker::OwnedQuery {
  explicit OwnedQuery(const FreshTokenQuery& query)
      : key{std::string(query.key.tenant), std::string(query.key.provider),
            std::string(query.key.subject)},
        scopes(query.required_scopes.begin(), query.required_scopes.end()),
        owner(query.required_owner),
        trace(query.trace == nullptr ? TraceContext() : *query.trace),
        view(query) {
    view.key = key.view();
    view.required_scopes = scopes;
    view.required_owner = owner;
    view.trace = &trace;
  }
  OwnedQuery(const OwnedQuery&) = delete;
  OwnedQuery& operator=(const OwnedQuery&) = delete;

  const GrantKey key;
  const std::vector<std::string> scopes;
  const std::string owner;
  const TraceContext trace;
  FreshTokenQuery view;
};

TokenBroker::TokenBroker(BrokerParts& parts)
    : parts_(parts),
      loads_(parts.loop),
      refreshes_(parts.loop),
      remaining_(parts.metrics.Distribution(
          "tokenbroker_token_remaining_seconds",
          "Life left of the tokens that GetFreshToken handed out; those of unknown life left out.",
          {0, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200})),
      cached_(parts.metrics.ReadBeforeText(
          [&cache = parts.cache,
           &gauge = parts.metrics.Gauge("tokenbroker_cached_grants",
                                        "Grants whose tokens this process has in memory.")] {
            gauge.Set(static_cast<double>(cache.size()));
          })) {
  for (size_t i = 0; i < 4; ++i) {
    served_[i] = &parts.metrics.Counter("tokenbroker_tokens_served_total",
                                        "Answers to GetFreshToken with a token, by its source.",
                                        {{"source", kSourceNames[i]}});
  }
  refused_ = &parts.metrics.Counter("tokenbroker_tokens_refused_total",
                                    "Answers to GetFreshToken without a token.");
  parts.grants.Subscribe(this);
}

void TokenBroker::GetFreshToken(const FreshTokenQuery& query, SteadyTime deadline, Done done) {
  if (absl::optional<FreshToken> fresh = AnswerFromCache(query)) return done(*std::move(fresh));
  if (absl::Status valid = Validate(query.key); !valid.ok()) {
    done(std::move(valid));
    return;
  }
  parts_.loop.Spawn(AnswerSlowly(std::make_unique<OwnedQuery>(query), deadline, std::move(done)));
}

absl::optional<FreshToken> TokenBroker::AnswerFromCache(const FreshTokenQuery& query) {
  std::shared_ptr<const CachedToken> token = parts_.cache.Find(query.key);
  const SteadyTime now = parts_.Now();
  if (token == nullptr || !vouching_.IsCurrent(token->verified)) return absl::nullopt;
  if (!Answers(*token, query, now)) return absl::nullopt;
  if (IsDue(*token, now) && token->refresh_posted.Take()) PostRefresh(query.key, *token);
  const TokenSource source = SourceOf(*token, TokenSource::kCache);
  FreshToken fresh{std::move(token), source};
  Count(fresh, now);
  return fresh;
}

void TokenBroker::Count(const FreshToken& fresh, SteadyTime now) {
  served_[static_cast<size_t>(fresh.source)]->Increment();
  const absl::Duration remaining = fresh.token->Remaining(now);
  if (remaining == absl::InfiniteDuration()) return;
  remaining_.Observe(absl::ToDoubleSeconds(remaining));
}

void TokenBroker::PostRefresh(const GrantKeyView& key, const CachedToken& token) {
  GrantKey owned{std::string(key.tenant), std::string(key.provider), std::string(key.subject)};
  parts_.loop.Post([this, owned = std::move(owned), generation = token.generation] {
    RefreshInBackground(owned, generation);
  });
}

void TokenBroker::RefreshInBackground(const GrantKey& key, int64_t known_generation) {
  if (!refreshes_ahead_) return;
  RefreshOrder order;
  order.key = key;
  order.known_generation = known_generation;
  refreshes_.Launch(key,
                    [this, order = std::move(order)]() mutable { return Fly(std::move(order)); });
}

Task<RefreshResult> TokenBroker::Fly(RefreshOrder order) {
  const AnnouncedChanges::Listener listener(parts_.announced, order.key);
  co_return co_await RunRefreshFlight(&parts_, std::move(order));
}

Task<void> TokenBroker::AnswerSlowly(std::unique_ptr<OwnedQuery> query, SteadyTime deadline,
                                     Done done) {
  absl::StatusOr<FreshToken> answer = co_await Find(query.get(), deadline);
  if (answer.ok()) {
    Count(*answer, parts_.Now());
  } else {
    refused_->Increment();
  }
  done(std::move(answer));
}

Task<absl::StatusOr<FreshToken>> TokenBroker::FindFor(FreshTokenQuery query) {
  absl::Status valid = Validate(query.key);
  if (!valid.ok()) co_return valid;
  const auto owned = std::make_unique<OwnedQuery>(query);
  co_return co_await Find(owned.get(), SteadyTime::InfiniteFuture());
}

Task<LoadAnswer::Outcome> TokenBroker::Reload(GrantKey key) {
  SingleFlight<GrantKey, LoadResult>::Start start = [this, key] { return Load(key); };
  const absl::optional<LoadResult> loaded =
      co_await loads_.Join(key, SteadyTime::InfiniteFuture(), std::move(start));
  co_return loaded ? loaded->outcome : LoadAnswer::Outcome::kUnavailable;
}

Task<absl::StatusOr<FreshToken>> TokenBroker::Find(const OwnedQuery* query, SteadyTime deadline) {
  TokenSource source = TokenSource::kCache;
  Confirmation confirmation = Confirmation::kNone;
  for (int round = 0; round < kMaxRounds; ++round) {
    std::shared_ptr<const CachedToken> token = parts_.cache.Find(query->view.key);
    const int64_t generation = token == nullptr ? 0 : token->generation;
    bool refresh = false;
    const bool vouched_for = confirmation != Confirmation::kNone ||
                             (token != nullptr && vouching_.IsCurrent(token->verified));
    if (token != nullptr && vouched_for) {
      if (Answers(*token, query->view, parts_.Now())) {
        if (IsDue(*token, parts_.Now())) RefreshInBackground(query->key, generation);
        const TokenSource from = SourceOf(*token, source);
        co_return FreshToken{std::move(token), from};
      }
      Shortcoming shortcoming = WhatStandsInTheWay(*token, query->view, parts_.Now());
      refresh = shortcoming.remedy == Shortcoming::Remedy::kRefresh;
      if (!refresh && confirmation == Confirmation::kStore) {
        // A grant that is not this caller's reads as none, in whatever words there are for that.
        if (absl::IsNotFound(shortcoming.refusal)) co_return NotFound(query->key);
        co_return std::move(shortcoming.refusal);
      }
      if (!refresh && confirmation == Confirmation::kMemory) {
        co_return StoreUnavailable(query->key.provider);
      }
    }
    if (refresh) {
      TB_CO_ASSIGN_OR_RETURN(source, co_await RefreshFor(query, generation, deadline));
      confirmation = Confirmation::kStore;
    } else {
      TB_CO_ASSIGN_OR_RETURN(confirmation, co_await Confirm(query->key, deadline));
      const std::shared_ptr<const CachedToken> now = parts_.cache.Peek(query->view.key);
      if (now != nullptr && now->generation != generation) source = TokenSource::kStore;
    }
  }
  if (parts_.cache.Peek(query->view.key) == nullptr) {
    co_return StoreUnavailable(query->key.provider);
  }
  co_return RefreshFailed(query->key.provider, ErrorClass::kProviderTrouble, "tokens_too_short",
                          absl::Seconds(1));
}

Task<absl::StatusOr<TokenSource>> TokenBroker::RefreshFor(const OwnedQuery* query,
                                                          int64_t generation, SteadyTime deadline) {
  if (refreshes_.Waiters(query->key) >= kMaxWaitersPerGrant) {
    co_return TooManyWaiters(query->key.provider);
  }
  RefreshOrder order;
  order.key = query->key;
  order.known_generation = generation;
  order.demand = Demand::kCaller;
  order.trigger = RefreshTrigger::kCaller;
  order.min_ttl = query->view.min_ttl;
  order.trace = query->trace;
  absl::optional<RefreshResult> result = co_await Refresh(std::move(order), deadline);
  if (!result) co_return DeadlineExceeded();
  if (result->status.ok()) co_return result->source;
  // A login may have come between, and made its failure unimportant.
  const std::shared_ptr<const CachedToken> token = parts_.cache.Find(query->view.key);
  const bool newer = token != nullptr && token->generation > generation;
  if (newer && Answers(*token, query->view, parts_.Now())) co_return TokenSource::kStore;
  co_return result->status;
}

absl::Status TokenBroker::NotFound(const GrantKey& key) const {
  const bool configured = parts_.config.Current()->FindProvider(key.provider) != nullptr;
  return configured ? GrantNotFound(key.view()) : ProviderUnknown(key.provider);
}

Task<absl::StatusOr<TokenBroker::Confirmation>> TokenBroker::Confirm(GrantKey key,
                                                                     SteadyTime deadline) {
  if (loads_.Waiters(key) >= kMaxWaitersPerGrant) co_return TooManyWaiters(key.provider);
  SingleFlight<GrantKey, LoadResult>::Start start = [this, key] { return Load(key); };
  const absl::optional<LoadResult> loaded = co_await loads_.Join(key, deadline, std::move(start));
  if (!loaded) co_return DeadlineExceeded();
  switch (loaded->outcome) {
    case LoadAnswer::Outcome::kFound:
      co_return Confirmation::kStore;
    case LoadAnswer::Outcome::kNotFound:
      co_return NotFound(key);
    case LoadAnswer::Outcome::kNoStore:
    case LoadAnswer::Outcome::kUnavailable:
      break;
  }
  const std::shared_ptr<const CachedToken> token = parts_.cache.Peek(key.view());
  if (token != nullptr && MayServeUnverified(*token)) co_return Confirmation::kMemory;
  co_return StoreUnavailable(key.provider);
}

bool TokenBroker::MayServeUnverified(const CachedToken& token) const {
  const SteadyTime now = parts_.Now();
  const absl::Duration limit = parts_.config.Current()->cache.max_unverified;
  return now - vouching_.KnownGoodAt(token.verified, now) < limit;
}

absl::Status TokenBroker::CanServe() const {
  const absl::optional<SteadyTime> heard = vouching_.LastHeard(parts_.Now());
  if (!heard) {
    return absl::UnavailableError(
        "no store was found yet: Redis does not answer, or is empty; the log says which");
  }
  const absl::Duration limit = parts_.config.Current()->cache.max_unverified;
  if (parts_.Now() - *heard < limit) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("the store has not answered for longer than ",
                                             absl::FormatDuration(limit),
                                             ", which is cache.max_unverified"));
}

Task<absl::optional<RefreshResult>> TokenBroker::Refresh(RefreshOrder order, SteadyTime deadline) {
  const GrantKey key = order.key;
  SingleFlight<GrantKey, RefreshResult>::Start start = [this, order = std::move(order)] {
    return Fly(order);
  };
  co_return co_await refreshes_.Join(key, deadline, std::move(start));
}

Task<bool> TokenBroker::Drain(SteadyTime deadline) {
  while (InFlight() > 0 && parts_.Now() < deadline) {
    co_await parts_.loop.Sleep(kDrainPoll);
  }
  co_return InFlight() == 0;
}

}  // namespace tokenbroker
