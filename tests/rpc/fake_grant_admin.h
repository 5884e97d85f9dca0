// Grant administration that answers what a test tells it to, and remembers what it was asked.
#pragma once

#include <utility>
#include <vector>

#include "broker/grant_admin_service.h"

namespace tokenbroker {

class FakeGrantAdmin : public GrantAdminService {
 public:
  Task<absl::StatusOr<GrantView>> GetGrant(GrantKey key) override { return View(std::move(key)); }
  Task<absl::StatusOr<GrantPage>> ListGrants(ListGrantsQuery query) override {
    listed.push_back(std::move(query));
    co_return page;
  }
  Task<absl::StatusOr<GrantView>> RefreshGrant(GrantKey key, SteadyTime) override {
    return View(std::move(key));
  }
  Task<absl::StatusOr<RevokedGrant>> RevokeGrant(GrantKey key, SteadyTime) override {
    absl::StatusOr<GrantView> found = co_await View(std::move(key));
    if (!found.ok()) co_return found.status();
    co_return RevokedGrant{*std::move(found), true};
  }
  Task<absl::StatusOr<RevokedCount>> RevokeGrants(RevokeGrantsQuery query) override {
    revoked.push_back(std::move(query));
    co_return RevokedCount{3, 2};
  }
  Task<absl::Status> DeleteGrant(GrantKey key) override {
    const absl::StatusOr<GrantView> found = co_await View(std::move(key));
    co_return found.status();
  }
  Task<absl::StatusOr<GrantView>> ImportGrant(ImportGrantQuery query, SteadyTime) override {
    GrantKey key = query.key;
    imported.push_back(std::move(query));
    co_return co_await View(std::move(key));
  }
  Task<absl::StatusOr<std::vector<KeyUsage>>> GetKeyUsage() override { co_return keys; }

  // Every view is this, under the key that was asked for.
  absl::StatusOr<GrantView> view = GrantView{};
  GrantPage page;
  std::vector<KeyUsage> keys;
  std::vector<GrantKey> asked;
  std::vector<ListGrantsQuery> listed;
  std::vector<RevokeGrantsQuery> revoked;
  std::vector<ImportGrantQuery> imported;

 private:
  Task<absl::StatusOr<GrantView>> View(GrantKey key) {
    asked.push_back(key);
    absl::StatusOr<GrantView> answer = view;
    if (answer.ok()) answer->grant.key = std::move(key);
    co_return answer;
  }
};

}  // namespace tokenbroker
