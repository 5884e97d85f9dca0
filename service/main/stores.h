// The store that the configuration names, with all that it needs to work. Part of the composition.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <memory>

#include "base/metrics.h"
#include "broker/operations_service.h"
#include "config/snapshot.h"
#include "io/loop.h"
#include "store/grant_store.h"
#include "store/login_store.h"
#include "store/spill.h"

namespace tokenbroker {

// Made, started and stopped by the main thread; what it gives is used on the loop thread.
class Stores {
 public:
  // INVALID_ARGUMENT or UNAVAILABLE, naming the key of the configuration: the keyring cannot be
  // read, the spill folder cannot be used. Whether Redis answers is not asked: it may come later.
  // `loop` and `metrics` must outlive the stores.
  static absl::StatusOr<std::unique_ptr<Stores>> Make(Loop& loop, Metrics& metrics,
                                                      const StoreConfig& config);
  virtual ~Stores() = default;

  virtual GrantStore& grants() = 0;
  virtual LoginStore& logins() = 0;
  virtual Spill& spill() = 0;
  // How the store is doing, as far as this process knows without asking it.
  virtual StoreStatus Status() const = 0;

  // Begins to watch files and servers. Once, before the loop runs. `unfit` is called on the loop
  // thread, at most once, when the store turns out to be one that must not be used.
  virtual void Start(absl::AnyInvocable<void(absl::Status)> unfit) = 0;
  // When the loop has stopped, before its tasks are dropped: no thread of the stores goes on.
  virtual void Stop() = 0;

 protected:
  Stores() = default;
};

}  // namespace tokenbroker
