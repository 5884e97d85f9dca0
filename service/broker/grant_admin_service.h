// Looking after grants, as a transport sees it.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "io/task.h"
#include "store/grant_store.h"
#include "token/grant.h"

namespace tokenbroker {

// A grant as it reads now: freezing is computed, never stored.
struct GrantView {
  enum class Freeze {
    kNone,
    kProvider,       // Its provider refuses the broker's registration, or is not configured.
    kClientChanged,  // It was made under another client_id than the configured one.
  };
  Grant grant;
  Freeze freeze = Freeze::kNone;
};

// The states that a listing can ask for.
enum class ListedState { kAny, kActive, kReauthorizationRequired, kFrozen, kRevoked };

struct ListGrantsQuery {
  // Empty fields match everything.
  std::string tenant;
  std::string provider;
  std::string subject;
  ListedState state = ListedState::kAny;
  // 1 to 1,000.
  int page_size = 100;
  std::string page;
  // Those alone are listed. Null: all.
  std::function<bool(const Grant&)> covered;
  // When nobody waits for it any more: one that finds little goes through many grants.
  SteadyTime deadline = SteadyTime::InfiniteFuture();
};

struct GrantPage {
  std::vector<GrantView> grants;
  // Empty at the end.
  std::string next_page;
};

struct RevokedGrant {
  GrantView view;
  // The provider confirmed before the call's deadline. Else it has no revocation endpoint, or is
  // asked again in the background.
  bool revoked_at_provider = false;
};

// At least one of provider, subject and account_id is given.
struct RevokeGrantsQuery {
  std::string tenant;
  std::string provider;
  std::string subject;
  std::string account_id;
  // Only count.
  bool dry_run = false;
  // Those alone are counted and revoked. Null: all.
  std::function<bool(const Grant&)> covered;
};

struct RevokedCount {
  int64_t matched = 0;
  int64_t revoked = 0;
};

struct ImportGrantQuery {
  GrantKey key;
  // Whoever imports: the grant's owner.
  std::string caller;
  Secret refresh_token;
  // Empty: as the first refresh says.
  std::vector<std::string> scopes;
  // Unset: now.
  absl::optional<absl::Time> authorize_time;
  // CALLER_NOT_ALLOWED where another owner's grant is.
  bool replaces_own_only = false;
};

// Loop thread only. Every refusal is a Refusal. A caller that gives up cancels nothing; where a
// deadline is taken, DEADLINE_EXCEEDED says that it came first.
class GrantAdminService {
 public:
  virtual ~GrantAdminService() = default;

  // GRANT_NOT_FOUND, STORE_UNAVAILABLE.
  virtual Task<absl::StatusOr<GrantView>> GetGrant(GrantKey key) = 0;
  // FIELD_INVALID for a page that no listing gave, STORE_UNAVAILABLE, DEADLINE_EXCEEDED.
  virtual Task<absl::StatusOr<GrantPage>> ListGrants(ListGrantsQuery query) = 0;
  // Presents the kept refresh token now, a dead grant's too. A token that is younger than its
  // minimal refresh interval is left as it is. GRANT_NOT_FOUND, and the refusals of a refresh.
  virtual Task<absl::StatusOr<GrantView>> RefreshGrant(GrantKey key, SteadyTime deadline) = 0;
  // Here first, so that nobody is served any more, then at the provider (RFC 7009).
  // GRANT_NOT_FOUND, STORE_UNAVAILABLE. A revoked grant may be revoked again.
  virtual Task<absl::StatusOr<RevokedGrant>> RevokeGrant(GrantKey key, SteadyTime deadline) = 0;
  // STORE_UNAVAILABLE when the store stops answering on the way; repeat it then.
  virtual Task<absl::StatusOr<RevokedCount>> RevokeGrants(RevokeGrantsQuery query) = 0;
  // Forgets the grant; the provider is not told. GRANT_NOT_FOUND, STORE_UNAVAILABLE.
  virtual Task<absl::Status> DeleteGrant(GrantKey key) = 0;
  // Stores the refresh token in place of what is there, then proves it by a refresh.
  // PROVIDER_UNKNOWN, FIELD_INVALID for an authorize_time to come, STORE_UNAVAILABLE, and the
  // refusals of a refresh: the grant stays stored.
  virtual Task<absl::StatusOr<GrantView>> ImportGrant(ImportGrantQuery query,
                                                      SteadyTime deadline) = 0;
  // STORE_UNAVAILABLE. Empty where grants are not sealed.
  virtual Task<absl::StatusOr<std::vector<KeyUsage>>> GetKeyUsage() = 0;
};

}  // namespace tokenbroker
