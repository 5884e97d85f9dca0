// The port through which the broker keeps pending logins: PENDING → EXCHANGING → DONE, ten minutes
// in all. A code is never presented twice (RFC 6749 4.1.2); a retry gets the first answer again.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/boxed.h"
#include "io/task.h"
#include "store/grant_store.h"
#include "token/grant.h"
#include "token/refusal.h"
#include "token/store_time.h"

namespace tokenbroker {

// From BuildLoginUri to the last retry of ExchangeCode.
inline constexpr absl::Duration kLoginLife = absl::Minutes(10);

// A pending authorization.
struct Login {
  GrantKey key;
  // Who began it; nobody else may finish it.
  std::string caller;
  std::string client_id;
  std::string redirect_uri;
  std::vector<std::string> scopes;
  // PKCE (RFC 7636); empty when the provider's configuration disables it.
  Secret code_verifier;
  // OpenID Connect; empty when `openid` was not asked for.
  Secret nonce;
  // The issuer that the callback must come from (RFC 9207); empty when it is not known.
  std::string issuer;
  bool allow_account_change = false;
  std::string caller_context;
  absl::Time created_at;
};

struct LoginOutcome {
  enum class Kind {
    kNotSent,  // Nothing was presented: the login is pending again.
    kGrant,
    kRefused,
  };
  Kind kind = Kind::kNotSent;
  // kGrant: which generation the login made.
  int64_t generation = 0;
  // kRefused: what to tell the caller, now and at every retry.
  Refusal refusal;
};

struct CreateLoginAnswer {
  enum class Outcome { kStored, kNoStore, kUnavailable };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
};

struct BeginExchangeRequest {
  std::string state;
  Attempt attempt;
  // SHA-256 of the code (or of the error that came in its place).
  std::string code_hash;
  std::string caller;
  // How long the exchange may take before its outcome counts as unknown.
  absl::Duration patience;
  SteadyTime not_after;
};

struct BeginExchangeAnswer {
  enum class Outcome {
    kGo,  // `login`, and the present `grant` of its key if there is one.
    kNoStore,
    kUnavailable,
    kExpired,
    kNotFound,     // Unknown, or older than kLoginLife.
    kWrongCaller,  // Nothing was consumed.
    kOtherCode,    // Used before, with another code.
    kBusy,         // The same code is being exchanged, until `until`.
    kDone,         // `login_outcome` is the answer; `login` says whose it is.
    kOutcomeUnknown,
  };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
  absl::optional<Login> login;
  // kGo: the present grant, tombstones included (their generation counts).
  Boxed<Grant> grant;
  absl::Time until;
  LoginOutcome login_outcome;
};

struct FinishExchangeRequest {
  std::string state;
  Attempt attempt;
  // The login_generation of the grant that the account was compared with; 0 when there was none.
  int64_t seen_login_generation = 0;
  // The generation to store the record with.
  int64_t generation = 0;
  LoginOutcome outcome;
  // With LoginOutcome::kGrant: what to store.
  Boxed<Grant> record;
  // With a record that inherits its refresh token: that token's generation.
  int64_t expected = 0;
  // kHarmless: one that inherits does not wait for a store that settles.
  Replay replay = Replay::kHarmful;
};

struct FinishExchangeAnswer {
  enum class Outcome {
    kStored,
    kAlready,   // By this attempt, earlier.
    kReload,    // Another login or refresh came between: `grant` is the present one, check again.
    kRenumber,  // `generation` is taken: repeat above it.
    kSettling,  // It inherits, and a failover may have lost the last token: repeat in a moment.
    kNoStore,
    kUnavailable,
  };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
  int64_t generation = 0;
  Boxed<Grant> grant;
};

// Loop thread only. Calls with the same attempt repeat their answer.
class LoginStore {
 public:
  virtual ~LoginStore() = default;
  // What `state` must begin with for its login to lie beside its grant.
  virtual std::string StatePrefix(const GrantKey& key) = 0;
  // Keeps the login under the hash of `state` for kLoginLife.
  virtual Task<CreateLoginAnswer> CreateLogin(std::string state, Login login) = 0;
  // A look without a touch: kGo with the login whatever its phase, kNotFound, kNoStore or
  // kUnavailable. For the checks that must precede the exchange.
  virtual Task<BeginExchangeAnswer> PeekLogin(std::string state) = 0;
  virtual Task<BeginExchangeAnswer> BeginExchange(BeginExchangeRequest request) = 0;
  // Stores the grant and the outcome in one step, also when it comes late.
  virtual Task<FinishExchangeAnswer> FinishExchange(FinishExchangeRequest request) = 0;
};

}  // namespace tokenbroker
