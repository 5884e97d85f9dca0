// Counts what asking the policy allocates: nothing. Sanitizers bring their own operator new.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "config/policy.h"

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
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

namespace tokenbroker {
namespace {

// Too long for any small-string buffer.
constexpr absl::string_view kCaller =
    "spiffe://production.example/ns/music/sa/player-in-the-kitchen";
constexpr absl::string_view kSubject = "user-42/the-account-that-is-used-at-home";
constexpr absl::string_view kTenant = "the-tenant-of-everything-musical";

PolicyRule Rule(absl::string_view subjects) {
  PolicyRule rule;
  rule.name = "players";
  rule.callers = {*CallerPattern::Parse("spiffe://production.example/ns/*/sa/player-*")};
  rule.rpcs = RpcSet::TokenBroker();
  rule.tenants.names = {std::string(kTenant)};
  rule.providers.any = true;
  rule.subjects = {*SubjectPattern::Parse(subjects)};
  rule.max_scopes = {"playlist-modify-private", "playlist-read-collaborative"};
  rule.redirect_uris = {"https://app.example.com/a/long/path/of/the/callback"};
  return rule;
}

TEST(PolicyAllocationTest, AskingAllocatesNothing) {
  const Policy policy({Rule("{caller}:*"), Rule("user-*")});
  const auto rights = policy.RightsOf(*ParseCaller(kCaller));
  const std::vector<std::string> scopes = {"playlist-read-collaborative"};
  allocations = 0;
  counting = true;
  const auto found = rights->Find(Rpc::kGetFreshToken, kTenant, "spotify", kSubject);
  const bool allowed = found && found->AllowsScopes(scopes) && rights->MayCall(Rpc::kWatchToken);
  const bool denied = !rights->Find(Rpc::kGetFreshToken, kTenant, "spotify", "nobody");
  counting = false;
  EXPECT_TRUE(allowed);
  EXPECT_TRUE(denied);
  EXPECT_EQ(allocations, 0);
}

TEST(PolicyAllocationTest, MatchingACallerAllocatesNothing) {
  const CallerPattern pattern = Rule("*").callers[0];
  const Caller caller = *ParseCaller(kCaller);
  allocations = 0;
  counting = true;
  const bool matches = pattern.Matches(caller);
  counting = false;
  EXPECT_TRUE(matches);
  EXPECT_EQ(allocations, 0);
}

}  // namespace
}  // namespace tokenbroker
#endif
