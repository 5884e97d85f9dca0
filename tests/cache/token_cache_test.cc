#include "cache/token_cache.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define TB_COUNTS_ALLOCATIONS 1
namespace {

// Counts this thread's allocations while it is on.
thread_local bool counting = false;
thread_local int allocations = 0;

}  // namespace

void* operator new(size_t size) {
  if (counting) ++allocations;
  if (void* p = std::malloc(size)) return p;
  std::abort();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
#endif

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

GrantKey Key(absl::string_view subject) { return {"default", "spotify", std::string(subject)}; }

std::shared_ptr<const CachedToken> Token(int64_t generation) {
  auto token = std::make_shared<CachedToken>();
  token->generation = generation;
  token->access_token = Secret(absl::StrCat("access-", generation));
  return token;
}

int64_t Generation(const std::shared_ptr<const CachedToken>& token) {
  return token == nullptr ? 0 : token->generation;
}

TEST(TokenCacheTest, FindsWhatWasPutAndNothingElse) {
  TokenCache cache(10);
  EXPECT_EQ(cache.Find(Key("a").view()), nullptr);
  EXPECT_TRUE(cache.Put(Key("a"), Token(7)));
  EXPECT_EQ(Generation(cache.Find(Key("a").view())), 7);
  EXPECT_EQ(cache.Find(Key("b").view()), nullptr);
  EXPECT_EQ(cache.Find({"other", "spotify", "a"}), nullptr);
  EXPECT_EQ(cache.Find({"default", "other", "a"}), nullptr);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(TokenCacheTest, ATokenReplacesOneOfTheSameOrALowerGeneration) {
  TokenCache cache(10);
  cache.Put(Key("a"), Token(7));
  const auto same = Token(7);
  EXPECT_TRUE(cache.Put(Key("a"), same));
  EXPECT_EQ(cache.Peek(Key("a").view()), same);
  EXPECT_TRUE(cache.Put(Key("a"), Token(8)));
  EXPECT_EQ(Generation(cache.Peek(Key("a").view())), 8);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(TokenCacheTest, ATokenNeverReplacesAHigherGeneration) {
  TokenCache cache(10);
  cache.Put(Key("a"), Token(8));
  EXPECT_FALSE(cache.Put(Key("a"), Token(7)));
  EXPECT_EQ(Generation(cache.Find(Key("a").view())), 8);
}

TEST(TokenCacheTest, ErasesUpToAGenerationOnly) {
  TokenCache cache(10);
  cache.Put(Key("a"), Token(8));
  cache.Erase(Key("a").view(), 7);
  EXPECT_EQ(cache.size(), 1u);
  cache.Erase(Key("b").view(), 100);
  EXPECT_EQ(cache.size(), 1u);
  cache.Erase(Key("a").view(), 8);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.Find(Key("a").view()), nullptr);
}

TEST(TokenCacheTest, TheLeastRecentlyUsedTokenGoesFirst) {
  TokenCache cache(3);
  for (const char* subject : {"a", "b", "c"}) cache.Put(Key(subject), Token(1));
  cache.Find(Key("a").view());
  cache.Put(Key("d"), Token(1));
  EXPECT_EQ(cache.Peek(Key("b").view()), nullptr);
  EXPECT_NE(cache.Peek(Key("a").view()), nullptr);
  EXPECT_EQ(cache.size(), 3u);
}

TEST(TokenCacheTest, APeekAndARefreshAreNoUses) {
  TokenCache cache(2);
  cache.Put(Key("a"), Token(1));
  cache.Put(Key("b"), Token(1));
  cache.Peek(Key("a").view());
  cache.Put(Key("a"), Token(2));
  cache.Put(Key("c"), Token(1));
  EXPECT_EQ(cache.Peek(Key("a").view()), nullptr);
  EXPECT_THAT(cache.DrainUses(), IsEmpty());
}

TEST(OnceFlagTest, ACopyStartsAnewAndSoDoesWhatIsAssigned) {
  OnceFlag flag;
  EXPECT_TRUE(flag.Take());
  EXPECT_FALSE(flag.Take());
  EXPECT_TRUE(OnceFlag(flag).Take());
  flag = OnceFlag();
  EXPECT_TRUE(flag.Take());
}

TEST(TokenCacheTest, TellsEachUsedKeyOncePerDrain) {
  TokenCache cache(10);
  for (const char* subject : {"a", "b", "c"}) cache.Put(Key(subject), Token(1));
  for (int i = 0; i < 3; ++i) cache.Find(Key("a").view());
  cache.Find(Key("c").view());
  cache.Find(Key("unknown").view());
  EXPECT_THAT(cache.DrainUses(), UnorderedElementsAre(Key("a"), Key("c")));
  EXPECT_THAT(cache.DrainUses(), IsEmpty());
  cache.Find(Key("a").view());
  EXPECT_THAT(cache.DrainUses(), ElementsAre(Key("a")));
}

TEST(TokenCacheTest, AUseOutlivesItsToken) {
  TokenCache cache(10);
  cache.Put(Key("a"), Token(1));
  cache.Find(Key("a").view());
  cache.Erase(Key("a").view(), 1);
  EXPECT_THAT(cache.DrainUses(), ElementsAre(Key("a")));
}

TEST(TokenCacheTest, ATokenOutlivesItsPlaceInTheCache) {
  TokenCache cache(10);
  cache.Put(Key("a"), Token(1));
  const auto held = cache.Find(Key("a").view());
  cache.Erase(Key("a").view(), 1);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(held->access_token.Expose(), "access-1");
}

TEST(TokenCacheTest, KeepsNoMoreThanItsCapacityAndNotMuchLess) {
  for (const size_t capacity : {1u, 2u, 63u, 64u, 1000u, 5000u}) {
    TokenCache cache(capacity);
    for (size_t i = 0; i < 2 * capacity + 10; ++i) cache.Put(Key(absl::StrCat(i)), Token(1));
    EXPECT_LE(cache.size(), capacity);
    EXPECT_GE(cache.size(), capacity * 9 / 10) << capacity;
  }
}

TEST(TokenCacheTest, ACacheOfNothingKeepsOne) {
  TokenCache cache(0);
  cache.Put(Key("a"), Token(1));
  cache.Put(Key("b"), Token(1));
  EXPECT_EQ(cache.size(), 1u);
}

#ifdef TB_COUNTS_ALLOCATIONS
TEST(TokenCacheTest, AFindAllocatesNothingAfterTheFirstUse) {
  TokenCache cache(1000);
  const GrantKey key = Key("a-subject-that-does-not-fit-into-a-short-string-at-all");
  cache.Put(key, Token(1));
  cache.Find(key.view());
  allocations = 0;
  counting = true;
  const auto found = cache.Find(key.view());
  const auto missed = cache.Find({"default", "spotify", "another-subject-that-is-long-as-well"});
  counting = false;
  EXPECT_EQ(allocations, 0);
  EXPECT_NE(found, nullptr);
  EXPECT_EQ(missed, nullptr);
}
#endif

TEST(TokenCacheTest, ManyThreadsNeverSeeAGenerationGoBack) {
  constexpr int kThreads = 8;
  constexpr int kKeys = 40;
  constexpr int64_t kRounds = 3000;
  TokenCache cache(1000);
  std::vector<GrantKey> keys;
  for (int i = 0; i < kKeys; ++i) keys.push_back(Key(absl::StrCat("subject-", i)));
  std::atomic<int> went_back{0};
  std::atomic<size_t> drained{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::vector<int64_t> seen(kKeys, 0);
      for (int64_t round = 1; round <= kRounds; ++round) {
        const size_t k = static_cast<size_t>(round * (t + 1)) % kKeys;
        if (t < 2) cache.Put(keys[k], Token(round));
        if (t == 2 && round % 500 == 0) drained += cache.DrainUses().size();
        if (t == 3) cache.Peek(keys[k].view());
        const auto found = cache.Find(keys[k].view());
        if (found == nullptr) continue;
        if (found->generation < seen[k]) ++went_back;
        seen[k] = found->generation;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  drained += cache.DrainUses().size();
  EXPECT_EQ(went_back, 0);
  EXPECT_GE(drained, static_cast<size_t>(kKeys));
  EXPECT_EQ(cache.size(), static_cast<size_t>(kKeys));
}

TEST(TokenCacheTest, ManyThreadsEvictAndEraseTogether) {
  constexpr int kThreads = 6;
  constexpr size_t kCapacity = 256;
  TokenCache cache(kCapacity);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&cache, &wrong, t] {
      for (int i = 0; i < 4000; ++i) {
        const int subject = (i * 7 + t * 131) % 1000;
        const GrantKey key = Key(absl::StrCat(subject));
        cache.Put(key, Token(subject + 1));
        const auto found = cache.Find(key.view());
        if (found != nullptr && found->generation != subject + 1) ++wrong;
        if (i % 5 == 0) cache.Erase(key.view(), subject + 1);
        if (cache.size() > kCapacity) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace tokenbroker
