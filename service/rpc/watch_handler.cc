#include "rpc/watch_handler.h"

#include <utility>
#include <vector>

#include "access/authorization.h"
#include "rpc/permit.h"
#include "rpc/request_validation.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kAskAgain = absl::Milliseconds(250);
// For whoever must be asked about a token.
constexpr absl::Duration kAskPatience = absl::Seconds(10);
// Streams that are ended or changed before the loop does other work.
constexpr int kAtOnce = 32;

WatchRights RightsOf(const Permission& permission, const KnownCallerPtr& caller) {
  WatchRights rights;
  if (permission.owner == Owner::kSelf) rights.required_owner = caller->caller.name;
  rights.max_scopes = permission.max_scopes;
  rights.keeper = caller;
  return rights;
}

prometheus::Counter& MessagesOf(Metrics& metrics, const char* kind) {
  return metrics.Counter("tokenbroker_watch_messages_total",
                         "Messages to those who watch, by what they tell.", {{"kind", kind}});
}

}  // namespace

WatchMeters::WatchMeters(Metrics& metrics)
    : open(metrics.Gauge("tokenbroker_watches", "Open streams of WatchToken.")),
      tokens(MessagesOf(metrics, "token")),
      states(MessagesOf(metrics, "status")),
      skipped(metrics.Counter("tokenbroker_watch_skipped_total",
                              "What those who watch were not told because they read too slowly: "
                              "something newer took its place.")) {}

void WatchHandler::WatchToken(const CallInfo& call, const v1::WatchTokenRequest& request,
                              const std::shared_ptr<WatchStream>& stream) {
  if (absl::Status valid = Validate(request); !valid.ok()) return stream->End(std::move(valid));
  const absl::StatusOr<Permission> permission = Permit(call, Rpc::kWatchToken, request);
  if (!permission.ok()) return stream->End(permission.status());

  WatchQuery query;
  query.key = call.notes->key;
  if (absl::Status valid = Validate(query.key.view()); !valid.ok()) {
    return stream->End(std::move(valid));
  }
  query.known_generation = request.known_generation();
  Watching watching{stream, call.caller, request.tenant(), query.key};
  loop_.Post([this, watching = std::move(watching), query = std::move(query),
              rights = RightsOf(*permission, call.caller)]() mutable {
    Begin(std::move(watching), std::move(query), std::move(rights));
  });
}

void WatchHandler::Begin(Watching watching, WatchQuery query, WatchRights rights) {
  if (is_closed_) return watching.stream->Close();
  const std::shared_ptr<WatchStream> stream = watching.stream;
  Group& group = groups_[watching.caller.get()];
  group.caller = watching.caller;
  group.streams.insert(stream.get());
  watching_.emplace(stream.get(), std::move(watching));
  watches_.Begin(stream, std::move(query), std::move(rights));
  if (!std::exchange(asks_, true)) loop_.Spawn(AskAgainAndAgain());
}

void WatchHandler::Left(std::shared_ptr<WatchStream> stream) {
  loop_.Post([this, stream = std::move(stream)] {
    watches_.Leave(stream.get());
    Forget(stream.get());
  });
}

void WatchHandler::Forget(const WatchStream* stream) {
  const auto it = watching_.find(stream);
  if (it == watching_.end()) return;
  const auto group = groups_.find(it->second.caller.get());
  group->second.streams.erase(stream);
  if (group->second.streams.empty()) groups_.erase(group);
  watching_.erase(it);
}

void WatchHandler::CloseAll() {
  loop_.Post([this] {
    if (!std::exchange(is_closed_, true)) loop_.Spawn(CloseEach());
  });
}

Task<void> WatchHandler::CloseEach() {
  while (!watching_.empty()) {
    for (int i = 0; i < kAtOnce && !watching_.empty(); ++i) {
      const std::shared_ptr<WatchStream> stream = watching_.begin()->second.stream;
      watches_.Leave(stream.get());
      Forget(stream.get());
      stream->Close();
    }
    co_await loop_.Sleep(absl::ZeroDuration());
  }
}

Task<void> WatchHandler::AskAgainAndAgain() {
  while (!groups_.empty()) {
    co_await loop_.Sleep(kAskAgain);
    std::vector<const KnownCaller*> callers;
    for (const auto& [caller, group] : groups_) callers.push_back(caller);
    for (const KnownCaller* caller : callers) {
      const auto group = groups_.find(caller);
      if (group != groups_.end() && !group->second.is_asking) AskWho(group->second);
    }
  }
  asks_ = false;
}

void WatchHandler::AskWho(Group& group) {
  absl::optional<KeptCredentials> shown;
  for (const WatchStream* stream : group.streams) {
    shown = watching_.at(stream).stream->Shown();
    if (shown) break;
  }
  if (!shown) return;
  group.is_asking = true;
  callers_.Identify(shown->view(), loop_.clock().SteadyNow() + kAskPatience,
                    [this, before = group.caller](absl::StatusOr<KnownCallerPtr> now) {
                      if (now.ok() && *now == before) {
                        const auto same = groups_.find(before.get());
                        if (same != groups_.end()) same->second.is_asking = false;
                        return;
                      }
                      loop_.Spawn(Judge(before, std::move(now)));
                    });
}

Task<void> WatchHandler::Judge(KnownCallerPtr before, absl::StatusOr<KnownCallerPtr> now) {
  for (;;) {
    for (int i = 0; i < kAtOnce; ++i) {
      const auto group = groups_.find(before.get());
      if (group == groups_.end()) co_return;
      const WatchStream* const one = *group->second.streams.begin();
      if (now.ok()) {
        Reconsider(one, *now);
        continue;
      }
      const std::shared_ptr<WatchStream> stream = watching_.at(one).stream;
      watches_.Leave(one);
      Forget(one);
      stream->End(now.status());
    }
    co_await loop_.Sleep(absl::ZeroDuration());
  }
}

void WatchHandler::Reconsider(const WatchStream* stream, const KnownCallerPtr& caller) {
  Watching watching = std::move(watching_.at(stream));
  watching_.at(stream).caller = watching.caller;
  Forget(stream);
  const GrantKey& key = watching.key;
  const absl::StatusOr<Permission> permission =
      Authorize(*caller, Rpc::kWatchToken, watching.requested_tenant, key.provider, key.subject);
  // A rule that means another tenant's grant does not allow this one.
  const bool may = permission.ok() && permission->tenant == key.tenant;
  if (!may) {
    watches_.Leave(stream);
    watching.stream->End(permission.ok() ? CallerNotAllowed() : permission.status());
    return;
  }
  watching.stream->SetRule(permission->rule);
  watches_.ChangeRights(stream, RightsOf(*permission, caller));
  watching.caller = caller;
  Group& group = groups_[caller.get()];
  group.caller = caller;
  group.streams.insert(stream);
  watching_.emplace(stream, std::move(watching));
}

}  // namespace tokenbroker
