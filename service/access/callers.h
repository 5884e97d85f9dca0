// Who calls: from what a call shows to an identity and its rights. What was found out is
// remembered, so that a call costs a look-up.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <array>
#include <memory>
#include <string>

#include "access/known_caller.h"
#include "access/service_account_tokens.h"
#include "base/mutex.h"
#include "base/secret.h"
#include "config/snapshot.h"
#include "config/tls_files.h"
#include "io/loop.h"

namespace tokenbroker {

// What a call shows of who makes it. Views for the time of the call to Identify.
struct Credentials {
  // The client certificate in PEM, verified by the handshake; empty for none.
  absl::string_view certificate;
  // Of an `authorization: Bearer` header; empty for none.
  absl::string_view token;
};

// The same, kept for as long as the call lasts.
struct KeptCredentials {
  std::string certificate;
  Secret token;

  Credentials view() const { return {certificate, token.Expose()}; }
};

// Any thread.
class Callers {
 public:
  // `tls` is null on a plaintext listener, where a caller that shows nothing is anonymous; `tokens`
  // is null where service-account tokens are not taken. All must outlive it and its tasks.
  Callers(Loop& loop, const ConfigSource& config, const TlsSource* tls,
          ServiceAccountTokens* tokens);

  using Identified = absl::AnyInvocable<void(absl::StatusOr<KnownCallerPtr>)>;

  // Calls `done` exactly once: before it returns, unless the API server must be asked; else on the
  // loop thread (dropped with the loop's tasks). A certificate says who calls; the token counts
  // where there is none. UNAUTHENTICATED CALLER_UNKNOWN, or UNAVAILABLE CALLER_CHECK_UNAVAILABLE.
  void Identify(const Credentials& shown, SteadyTime deadline, Identified done);

  // How many it remembers.
  size_t size();

 private:
  struct Entry {
    absl::StatusOr<Caller> who;
    // Of what was asked for, and of the certificate or token itself.
    SteadyTime ask_again = SteadyTime::InfiniteFuture();
    absl::Time expiry = absl::InfiniteFuture();
    // By which the certificate was judged, and which it keeps from nobody's memory; none for a
    // token.
    std::weak_ptr<const TlsMaterial> material = {};
    std::shared_ptr<const Policy> policy = nullptr;
    // Null when `who` is a refusal.
    KnownCallerPtr known = nullptr;

    // The clock of what never ends is not read.
    bool IsOver(const Clock& clock) const {
      return (ask_again != SteadyTime::InfiniteFuture() && clock.SteadyNow() >= ask_again) ||
             (expiry != absl::InfiniteFuture() && clock.TimeNow() >= expiry);
    }
  };
  using Entries = absl::flat_hash_map<std::string, Entry>;
  // Strangers can fill what is kept of refusals; they push no caller out.
  struct Stripe {
    Mutex mutex;
    Entries callers TB_GUARDED_BY(mutex);
    Entries refusals TB_GUARDED_BY(mutex);
  };

  absl::StatusOr<KnownCallerPtr> IdentifyCertificate(absl::string_view certificate);
  void IdentifyToken(absl::string_view token, SteadyTime deadline, Identified done);
  Task<void> Review(std::string digest, Secret token, SteadyTime deadline, Identified done);

  KnownCallerPtr Know(const Caller& caller, const Policy& policy);
  Stripe& StripeOf(absl::string_view key);
  // What is known of `key` and still holds; brought up to date with the policy.
  absl::optional<absl::StatusOr<KnownCallerPtr>> Recall(
      absl::string_view key, const std::shared_ptr<const TlsMaterial>& material);
  absl::StatusOr<KnownCallerPtr> Remember(absl::string_view key, Entry entry);

  Loop& loop_;
  const ConfigSource& config_;
  const TlsSource* const tls_;
  ServiceAccountTokens* const tokens_;
  std::array<Stripe, 16> stripes_;

  Mutex usage_mutex_;
  // By name. Those that nobody refers to, and whose quota is whole again, are let go in time.
  absl::flat_hash_map<std::string, std::shared_ptr<CallerUsage>> usage_ TB_GUARDED_BY(usage_mutex_);
};

}  // namespace tokenbroker
