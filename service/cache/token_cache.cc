#include "cache/token_cache.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <list>
#include <utility>

#include "cache/packed_key.h"

namespace tokenbroker {
namespace {

// More stripes than cores that could contend; a stripe of fewer tokens than this would evict what
// another has room for, only because of how the hashes fell.
constexpr size_t kMostStripes = 64;
constexpr size_t kLeastPerStripe = 64;
// The table inside a stripe takes the low bits of the hash; the stripe takes the high ones.
constexpr int kStripeBitsBelow = 58;

size_t StripeCount(size_t capacity) {
  size_t stripes = 1;
  while (stripes < kMostStripes && stripes * 2 * kLeastPerStripe <= capacity) stripes *= 2;
  return stripes;
}

size_t StripeIndex(size_t hash, size_t stripes) {
  return (hash >> kStripeBitsBelow) & (stripes - 1);
}

struct Entry {
  PackedKey key;
  std::shared_ptr<const CachedToken> token;
  // Its key is among the stripe's uses.
  bool used = false;
};

using Order = std::list<Entry>;

// Lets the index hold nothing but places in the list, where the keys are.
struct PlaceHash {
  using is_transparent = void;
  size_t operator()(const GrantKeyView& key) const { return GrantKeyHash()(key); }
  size_t operator()(const Order::iterator& place) const { return (*this)(place->key.view()); }
};
struct PlaceEqual {
  using is_transparent = void;
  static GrantKeyView View(const GrantKeyView& key) { return key; }
  static GrantKeyView View(const Order::iterator& place) { return place->key.view(); }
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return View(a) == View(b);
  }
};

}  // namespace

// Invariants: `index` holds every place of `order` and nothing else; order.size() <= capacity.
struct TokenCache::Stripe {
  explicit Stripe(size_t most) : capacity(most) {}

  const size_t capacity;
  mutable Mutex mutex;
  // Most recently used first.
  Order order TB_GUARDED_BY(mutex);
  absl::flat_hash_set<Order::iterator, PlaceHash, PlaceEqual> index TB_GUARDED_BY(mutex);
  // Outlives its entries: an evicted token was used all the same.
  std::vector<PackedKey> uses TB_GUARDED_BY(mutex);
};

TokenCache::TokenCache(size_t capacity) {
  const size_t count = StripeCount(capacity);
  stripes_.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t share = capacity / count + (i < capacity % count ? 1 : 0);
    stripes_.push_back(std::make_unique<Stripe>(std::max<size_t>(share, 1)));
  }
}

TokenCache::~TokenCache() = default;

TokenCache::Stripe& TokenCache::StripeOf(size_t hash) const {
  return *stripes_[StripeIndex(hash, stripes_.size())];
}

std::shared_ptr<const CachedToken> TokenCache::Find(const GrantKeyView& key) {
  const size_t hash = GrantKeyHash()(key);
  Stripe& stripe = StripeOf(hash);
  MutexLock lock(stripe.mutex);
  const auto found = stripe.index.find(key, hash);
  if (found == stripe.index.end()) return nullptr;
  const Order::iterator place = *found;
  stripe.order.splice(stripe.order.begin(), stripe.order, place);
  if (!place->used) {
    place->used = true;
    stripe.uses.push_back(place->key);
  }
  return place->token;
}

std::shared_ptr<const CachedToken> TokenCache::Peek(const GrantKeyView& key) const {
  const size_t hash = GrantKeyHash()(key);
  const Stripe& stripe = StripeOf(hash);
  MutexLock lock(stripe.mutex);
  const auto found = stripe.index.find(key, hash);
  return found == stripe.index.end() ? nullptr : (*found)->token;
}

bool TokenCache::Put(const GrantKey& key, std::shared_ptr<const CachedToken> token) {
  if (!PackedKey::Fits(key.view())) return false;
  // Destroyed after the lock is released, like the token that `token` is swapped for.
  Order evicted;
  const size_t hash = GrantKeyHash()(key);
  Stripe& stripe = StripeOf(hash);
  MutexLock lock(stripe.mutex);
  const auto found = stripe.index.find(key.view(), hash);
  if (found != stripe.index.end()) {
    const Order::iterator place = *found;
    if (place->token->generation > token->generation) return false;
    place->token.swap(token);
    return true;
  }
  if (stripe.order.size() >= stripe.capacity) {
    const Order::iterator last = std::prev(stripe.order.end());
    stripe.index.erase(last);
    evicted.splice(evicted.begin(), stripe.order, last);
  }
  stripe.order.push_front(Entry{PackedKey(key.view()), std::move(token)});
  stripe.index.insert(stripe.order.begin());
  return true;
}

void TokenCache::Erase(const GrantKeyView& key, int64_t generation) {
  Order erased;
  const size_t hash = GrantKeyHash()(key);
  Stripe& stripe = StripeOf(hash);
  MutexLock lock(stripe.mutex);
  const auto found = stripe.index.find(key, hash);
  if (found == stripe.index.end()) return;
  const Order::iterator place = *found;
  if (place->token->generation > generation) return;
  stripe.index.erase(found);
  erased.splice(erased.begin(), stripe.order, place);
}

std::vector<GrantKey> TokenCache::DrainUses() {
  std::vector<GrantKey> all;
  for (const auto& stripe : stripes_) {
    MutexLock lock(stripe->mutex);
    for (const PackedKey& used : stripe->uses) {
      const GrantKeyView key = used.view();
      const auto found = stripe->index.find(key);
      if (found != stripe->index.end()) (*found)->used = false;
      all.push_back({std::string(key.tenant), std::string(key.provider), std::string(key.subject)});
    }
    stripe->uses.clear();
  }
  return all;
}

size_t TokenCache::size() const {
  size_t total = 0;
  for (const auto& stripe : stripes_) {
    MutexLock lock(stripe->mutex);
    total += stripe->order.size();
  }
  return total;
}

}  // namespace tokenbroker
