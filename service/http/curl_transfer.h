// One request on its way through curl: what curl reads from it and writes to it.
#pragma once

#include <curl/curl.h>

#include <memory>

#include "http/answer_buffer.h"
#include "http/curl_handle.h"
#include "http/http_client.h"
#include "http/request_url.h"
#include "io/event.h"

namespace tokenbroker {

// Loop thread only. Owns all that curl points to; must not go while its handle is in a multi
// handle.
class CurlTransfer : private CurlEvents {
 public:
  // `loop` must outlive the transfer.
  CurlTransfer(Loop& loop, HttpRequest request);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Makes a handle of `handles` ready; `url` is the request's. INVALID_ARGUMENT: a header that is
  // not allowed. DEADLINE_EXCEEDED: no time is left.
  absl::Status Prepare(const RequestUrl& url, std::shared_ptr<CurlHandles> handles);
  CURL* easy() const { return handle_->easy(); }
  // Those with the same name may share connections: "host:port", and where it may be. After
  // Prepare.
  const std::string& peer() const { return peer_; }

  // The request is handed over: lifetimes count from here.
  void MarkStarted(SteadyTime now) { result_.sent_at = now; }
  // Settles the result and wakes who waits. REQUIRES: the handle is in no multi handle.
  void Finish(CURLcode code);
  void Fail(absl::Status error);

  Event& done() { return done_; }
  HttpResult TakeResult() { return std::move(result_); }
  // It was sent, and nothing came back in time.
  bool unanswered() const { return result_.sent && absl::IsDeadlineExceeded(result_.error); }

 private:
  // Wipes the lines: an Authorization header is among them.
  struct HeaderCleanup {
    void operator()(curl_slist* list) const;
  };

  absl::Status MakeHeaders();
  bool AddHeader(absl::string_view name, absl::string_view value);

  size_t OnRead(char* buffer, size_t size) override;
  bool OnSeek(curl_off_t offset) override;
  bool OnHeader(absl::string_view line) override { return answer_.AddHeaderLine(line); }
  bool OnBody(absl::string_view bytes) override { return answer_.AddBody(bytes); }
  bool MayConnectTo(const sockaddr& address) override;
  bool OnAttempt() override;

  bool IsAllowed(const sockaddr& address) const;

  HttpRequest request_;
  std::string peer_;
  Reach reach_ = Reach::kNetwork;
  // An address of the host's was not connected to.
  bool address_refused_ = false;
  size_t body_offset_ = 0;
  AnswerBuffer answer_;
  HttpResult result_;
  Event done_;
  std::unique_ptr<curl_slist, HeaderCleanup> headers_;
  std::shared_ptr<CurlHandles> handles_;
  // Last: goes before what it points to. Null before Prepare, and after a success.
  std::unique_ptr<CurlHandle> handle_;
};

}  // namespace tokenbroker
