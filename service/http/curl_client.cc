#include "http/curl_client.h"

#include <memory>

#include "http/curl_transfer.h"

namespace tokenbroker {

Task<HttpResult> CurlClient::Send(HttpRequest request) {
  const auto transfer = std::make_shared<CurlTransfer>(loop_, std::move(request));
  transfer->MarkStarted(loop_.clock().SteadyNow());
  if (absl::Status status = transfer->Prepare(); status.ok()) {
    multi_.Start(transfer);
  } else {
    transfer->Fail(std::move(status));
  }
  // From here on we may be gone; the transfer is not.
  co_await transfer->done().Wait();
  co_return transfer->TakeResult();
}

}  // namespace tokenbroker
