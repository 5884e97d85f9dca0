// The pending logins of the in-memory store, with the scripts of the login protocol over them.
// Loop thread only.
#pragma once

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>
#include <absl/time/time.h>

#include <string>
#include <utility>

#include "store/login_store.h"
#include "store/memory_scripts.h"

namespace tokenbroker {

class LoginTable {
 public:
  CreateLoginAnswer Create(const MemoryScript& script, const std::string& state,
                           const Login& login);
  BeginExchangeAnswer Peek(const MemoryScript& script, const std::string& state);
  BeginExchangeAnswer Begin(MemoryScript& script, const BeginExchangeRequest& request);
  FinishExchangeAnswer Finish(MemoryScript& script, const FinishExchangeRequest& request);
  size_t size() const { return entries_.size(); }

 private:
  enum class Phase { kPending, kExchanging, kDone };
  struct Entry {
    Login login;
    absl::Time end;
    Phase phase = Phase::kPending;
    Attempt attempt;
    // The last one that was given back unsent: it must not begin again.
    Attempt ended_attempt;
    std::string code_hash;
    absl::Time until;
    LoginOutcome outcome;
  };

  Entry* Find(const std::string& state, absl::Time now);
  void DropSomeEnded(absl::Time now);
  static BeginExchangeAnswer::Outcome Judge(const Entry* entry, const BeginExchangeRequest& request,
                                            const MemoryScript& script);
  static void SetDone(Entry& entry, const LoginOutcome& outcome);

  // By the hash of the state: who reads the table cannot finish a login.
  absl::flat_hash_map<std::string, Entry> entries_;
  absl::btree_set<std::pair<absl::Time, std::string>> ends_;
};

}  // namespace tokenbroker
