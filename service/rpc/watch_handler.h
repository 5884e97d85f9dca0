// WatchToken, free of any transport: who may watch, and whether it still may.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <tokenbroker/v1/token_broker.pb.h>

#include <memory>
#include <string>

#include "access/callers.h"
#include "base/metrics.h"
#include "broker/watch_service.h"
#include "io/loop.h"
#include "rpc/call.h"
#include "rpc/watch_stream.h"

namespace tokenbroker {

// What all streams count.
struct WatchMeters {
  explicit WatchMeters(Metrics& metrics);
  prometheus::Gauge& open;
  prometheus::Counter& tokens;
  prometheus::Counter& states;
  prometheus::Counter& skipped;
};

// Every quarter of a second each caller that watches is asked anew who it is: certificate or token,
// revocation lists, policy. Its streams follow what came out, a few at a turn of the loop.
class WatchHandler {
 public:
  // All must outlive the handler and its streams' ends.
  WatchHandler(Loop& loop, WatchService& watches, Callers& callers, Metrics& metrics)
      : loop_(loop), watches_(watches), callers_(callers), meters_(metrics) {}

  Loop& loop() { return loop_; }
  WatchMeters& meters() { return meters_; }

  // Any thread; never blocks. Errors: those of WatchService, FIELD_INVALID, CALLER_NOT_ALLOWED; and
  // later what a new call of the caller would be refused with.
  void WatchToken(const CallInfo& call, const v1::WatchTokenRequest& request,
                  const std::shared_ptr<WatchStream>& stream);
  // Any thread. The stream has ended; must follow every WatchToken, once.
  void Left(std::shared_ptr<WatchStream> stream);
  // Any thread. Ends all, and those that come: the broker stops.
  void CloseAll();

 private:
  struct Watching {
    std::shared_ptr<WatchStream> stream;
    KnownCallerPtr caller;
    // Empty: the request named none.
    std::string requested_tenant;
    GrantKey key;
  };
  // Those of one certificate or token: what is true of one is true of all.
  struct Group {
    KnownCallerPtr caller;
    absl::flat_hash_set<const WatchStream*> streams;
    bool is_asking = false;
  };

  // Loop thread only from here on.
  void Begin(Watching watching, WatchQuery query, WatchRights rights);
  void Forget(const WatchStream* stream);
  Task<void> CloseEach();
  Task<void> AskAgainAndAgain();
  void AskWho(Group& group);
  Task<void> Judge(KnownCallerPtr before, absl::StatusOr<KnownCallerPtr> now);
  // Of a stream whose caller has other rights than before.
  void Reconsider(const WatchStream* stream, const KnownCallerPtr& caller);

  Loop& loop_;
  WatchService& watches_;
  Callers& callers_;
  WatchMeters meters_;
  absl::flat_hash_map<const WatchStream*, Watching> watching_;
  absl::flat_hash_map<const KnownCaller*, Group> groups_;
  bool asks_ = false;
  bool is_closed_ = false;
};

}  // namespace tokenbroker
