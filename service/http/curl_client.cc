#include "http/curl_client.h"

#include <utility>

#include "http/curl_transfer.h"

namespace tokenbroker {

Task<HttpResult> CurlClient::Send(HttpRequest request) {
  const auto transfer = std::make_shared<CurlTransfer>(loop_, std::move(request));
  transfer->MarkStarted(loop_.clock().SteadyNow());
  if (absl::Status status = transfer->Prepare(); status.ok()) {
    MultiFor(transfer->peer()).Start(transfer);
  } else {
    transfer->Fail(std::move(status));
  }
  // From here on we may be gone; the transfer is not.
  co_await transfer->done().Wait();
  co_return transfer->TakeResult();
}

CurlMulti& CurlClient::MultiFor(const std::string& peer) {
  std::erase_if(left_, [](const auto& multi) { return multi->idle(); });
  std::unique_ptr<CurlMulti>& multi = by_peer_[peer];
  if (multi != nullptr && multi->gone_silent()) left_.push_back(std::move(multi));
  if (multi == nullptr) multi = std::make_unique<CurlMulti>(loop_);
  return *multi;
}

}  // namespace tokenbroker
