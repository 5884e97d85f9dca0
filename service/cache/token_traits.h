// What many tokens have alike, kept once for all of them.
#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/time/time.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tokenbroker {

// A plain value; any thread.
struct TokenTraits {
  std::string token_type;
  std::vector<std::string> scopes;
  std::map<std::string, std::string> attributes;
  // The grant's owner, for rules that are about their caller's own grants.
  std::string owner;
  // The provider's registered error code that ended a grant which is not active; else empty.
  std::string provider_error;
  // A min_ttl that the token was made for and did not meet when it was brand-new: another would not
  // either.
  absl::Duration unmet_ttl = absl::InfiniteDuration();

  // Those of a token that has none.
  static std::shared_ptr<const TokenTraits> None();

  friend bool operator==(const TokenTraits& a, const TokenTraits& b);
  template <typename H>
  friend H AbslHashValue(H h, const TokenTraits& t) {
    return H::combine(std::move(h), t.token_type, t.scopes, t.attributes, t.owner, t.provider_error,
                      t.unmet_ttl);
  }
};

// One thread; what it hands out may be used and dropped on any.
class TokenTraitsPool {
 public:
  // The same object for equal traits, as long as anybody has it.
  std::shared_ptr<const TokenTraits> Share(TokenTraits traits);
  // Those that nobody has any more are dropped now and then.
  size_t size() const { return known_.size(); }

 private:
  using Shared = std::shared_ptr<const TokenTraits>;
  struct Hash {
    using is_transparent = void;
    size_t operator()(const TokenTraits& t) const { return absl::Hash<TokenTraits>()(t); }
    size_t operator()(const Shared& t) const { return (*this)(*t); }
  };
  struct Equal {
    using is_transparent = void;
    static const TokenTraits* Of(const TokenTraits& t) { return &t; }
    static const TokenTraits* Of(const Shared& t) { return t.get(); }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return *Of(a) == *Of(b);
    }
  };

  absl::flat_hash_set<Shared, Hash, Equal> known_;
  size_t sweep_at_ = 64;
};

}  // namespace tokenbroker
