// GrantAdminService, free of any transport.
#pragma once

#include <tokenbroker/v1/grant_admin.pb.h>

#include "broker/grant_admin_service.h"
#include "io/loop.h"
#include "rpc/call.h"

namespace tokenbroker {

// Any thread; never blocks. A call ends on the loop thread; with DEADLINE_EXCEEDED when its
// deadline comes first, and the use case goes on without it. Errors: those of the use case, and
// FIELD_INVALID.
class GrantAdminHandler {
 public:
  // Both must outlive the handler and its calls.
  GrantAdminHandler(GrantAdminService& admin, Loop& loop) : admin_(admin), loop_(loop) {}

  void GetGrant(const CallInfo& call, const v1::GetGrantRequest& request,
                v1::GetGrantResponse* response, CallDone done);
  void ListGrants(const CallInfo& call, const v1::ListGrantsRequest& request,
                  v1::ListGrantsResponse* response, CallDone done);
  void RefreshGrant(const CallInfo& call, const v1::RefreshGrantRequest& request,
                    v1::RefreshGrantResponse* response, CallDone done);
  void RevokeGrant(const CallInfo& call, const v1::RevokeGrantRequest& request,
                   v1::RevokeGrantResponse* response, CallDone done);
  void RevokeGrants(const CallInfo& call, const v1::RevokeGrantsRequest& request,
                    v1::RevokeGrantsResponse* response, CallDone done);
  void DeleteGrant(const CallInfo& call, const v1::DeleteGrantRequest& request,
                   v1::DeleteGrantResponse* response, CallDone done);
  void ImportGrant(const CallInfo& call, const v1::ImportGrantRequest& request,
                   v1::ImportGrantResponse* response, CallDone done);
  void GetKeyUsage(const CallInfo& call, const v1::GetKeyUsageRequest& request,
                   v1::GetKeyUsageResponse* response, CallDone done);

 private:
  GrantAdminService& admin_;
  Loop& loop_;
};

}  // namespace tokenbroker
