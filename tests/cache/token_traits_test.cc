#include "cache/token_traits.h"

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <functional>
#include <iterator>

namespace tokenbroker {
namespace {

TokenTraits OfOwner(const std::string& owner) {
  TokenTraits traits;
  traits.token_type = "Bearer";
  traits.scopes = {"read", "write"};
  traits.attributes = {{"instance_url", "https://eu1.example.com"}};
  traits.owner = owner;
  return traits;
}

TEST(TokenTraitsTest, EqualTraitsAreOneObject) {
  TokenTraitsPool pool;
  const auto first = pool.Share(OfOwner("dns:a"));
  EXPECT_EQ(pool.Share(OfOwner("dns:a")), first);
  EXPECT_TRUE(*first == OfOwner("dns:a"));
  EXPECT_EQ(pool.size(), 1u);
}

TEST(TokenTraitsTest, WhateverDiffersIsKeptApart) {
  TokenTraitsPool pool;
  const auto first = pool.Share(OfOwner("dns:a"));
  const std::function<void(TokenTraits*)> changes[] = {
      [](TokenTraits* t) { t->token_type = "DPoP"; },
      [](TokenTraits* t) { t->scopes = {"read"}; },
      [](TokenTraits* t) { t->attributes["instance_url"] = "https://eu2.example.com"; },
      [](TokenTraits* t) { t->owner = "dns:b"; },
      [](TokenTraits* t) { t->provider_error = "invalid_grant"; },
      [](TokenTraits* t) { t->unmet_ttl = absl::Hours(1); }};
  for (const auto& change : changes) {
    TokenTraits other = OfOwner("dns:a");
    change(&other);
    EXPECT_NE(pool.Share(other), first);
  }
  EXPECT_EQ(pool.size(), 1 + std::size(changes));
}

TEST(TokenTraitsTest, WhatNobodyHasIsForgotten) {
  TokenTraitsPool pool;
  const auto kept = pool.Share(OfOwner("dns:kept"));
  for (int i = 0; i < 10'000; ++i) pool.Share(OfOwner(absl::StrCat("dns:", i)));
  EXPECT_LE(pool.size(), 200u);
  EXPECT_EQ(pool.Share(OfOwner("dns:kept")), kept);
}

TEST(TokenTraitsTest, WhatIsUsedStays) {
  TokenTraitsPool pool;
  std::vector<std::shared_ptr<const TokenTraits>> used;
  for (size_t i = 0; i < 1000; ++i) used.push_back(pool.Share(OfOwner(absl::StrCat("dns:", i))));
  EXPECT_EQ(pool.size(), 1000u);
  for (size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(pool.Share(OfOwner(absl::StrCat("dns:", i))), used[i]);
  }
}

}  // namespace
}  // namespace tokenbroker
