// OperationsService's handler: no transport in it.
#pragma once

#include <tokenbroker/v1/operations.pb.h>

#include "broker/operations_service.h"
#include "io/loop.h"
#include "rpc/call.h"

namespace tokenbroker {

// Any thread; the use case runs on the loop. Errors: CALLER_NOT_ALLOWED and FIELD_INVALID;
// DEADLINE_EXCEEDED.
class OperationsHandler {
 public:
  // Both must outlive the handler and its calls.
  OperationsHandler(OperationsService& operations, Loop& loop)
      : operations_(operations), loop_(loop) {}

  void GetStatus(const CallInfo& call, const v1::GetStatusRequest& request,
                 v1::GetStatusResponse* response, CallDone done);
  void SetLogLevel(const CallInfo& call, const v1::SetLogLevelRequest& request,
                   v1::SetLogLevelResponse* response, CallDone done);

 private:
  OperationsService& operations_;
  Loop& loop_;
};

}  // namespace tokenbroker
