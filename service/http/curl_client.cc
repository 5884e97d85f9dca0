#include "http/curl_client.h"

#include <utility>

#include "base/status_macros.h"
#include "http/curl_transfer.h"

namespace tokenbroker {
namespace {

// More than providers have endpoints.
constexpr size_t kMostParsed = 256;

}  // namespace

Task<HttpResult> CurlClient::Send(HttpRequest request) {
  const absl::StatusOr<RequestUrl> url = Parse(request.url);
  const auto transfer = std::make_shared<CurlTransfer>(loop_, std::move(request));
  transfer->MarkStarted(loop_.clock().SteadyNow());
  if (absl::Status status = url.ok() ? transfer->Prepare(*url, handles_) : url.status();
      status.ok()) {
    MultiFor(transfer->peer()).Start(transfer);
  } else {
    transfer->Fail(std::move(status));
  }
  // From here on we may be gone; the transfer is not.
  co_await transfer->done().Wait();
  co_return transfer->TakeResult();
}

absl::StatusOr<RequestUrl> CurlClient::Parse(const std::string& url) {
  const auto known = parsed_.find(url);
  if (known != parsed_.end()) return known->second;
  TB_ASSIGN_OR_RETURN(RequestUrl parsed, ParseRequestUrl(url));
  if (parsed_.size() >= kMostParsed) parsed_.clear();
  parsed_.emplace(url, parsed);
  return parsed;
}

CurlMulti& CurlClient::MultiFor(const std::string& peer) {
  std::erase_if(left_, [](const auto& multi) { return multi->idle(); });
  std::unique_ptr<CurlMulti>& multi = by_peer_[peer];
  if (multi != nullptr && multi->gone_silent()) left_.push_back(std::exchange(multi, nullptr));
  if (multi == nullptr) multi = std::make_unique<CurlMulti>(loop_);
  return *multi;
}

}  // namespace tokenbroker
