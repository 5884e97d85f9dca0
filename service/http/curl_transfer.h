// One request on its way through curl: its easy handle, what curl reads from it and writes to it.
#pragma once

#include <curl/curl.h>

#include <memory>

#include "http/answer_buffer.h"
#include "http/http_client.h"
#include "http/request_url.h"
#include "io/event.h"

namespace tokenbroker {

// Loop thread only. Owns all that curl points to; must not go while its handle is in a multi
// handle.
class CurlTransfer {
 public:
  // `loop` must outlive the transfer.
  CurlTransfer(Loop& loop, HttpRequest request);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Makes the easy handle ready; `url` is the request's. INVALID_ARGUMENT: a header that is not
  // allowed. DEADLINE_EXCEEDED: no time is left.
  absl::Status Prepare(const RequestUrl& url);
  CURL* easy() const { return easy_.get(); }
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
  struct EasyCleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  // Wipes the lines: an Authorization header is among them.
  struct HeaderCleanup {
    void operator()(curl_slist* list) const;
  };

  template <typename Value>
  void Set(CURLoption option, Value value);
  void SetConnection(const RequestUrl& url);
  void SetTls();
  void SetAnswer();
  absl::Status SetHeaders();
  bool AddHeader(absl::string_view name, absl::string_view value);
  void SetBody();

  // What curl calls; none of them may call curl.
  static size_t OnRead(char* buffer, size_t size, size_t count, void* self);
  static int OnSeek(void* self, curl_off_t offset, int origin);
  static size_t OnHeader(char* bytes, size_t size, size_t count, void* self);
  static size_t OnBody(char* bytes, size_t size, size_t count, void* self);
  static curl_socket_t OnConnect(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnAttempt(void* self, char* remote_ip, char* local_ip, int remote_port,
                       int local_port);

  bool MayConnectTo(const sockaddr& address) const;

  HttpRequest request_;
  std::string peer_;
  Reach reach_ = Reach::kNetwork;
  // An address of the host's was not connected to.
  bool address_refused_ = false;
  size_t body_offset_ = 0;
  AnswerBuffer answer_;
  HttpResult result_;
  Event done_;
  // The first option that curl did not take.
  CURLcode refused_option_ = CURLE_OK;
  std::unique_ptr<curl_slist, HeaderCleanup> headers_;
  // Last: goes before what it points to.
  std::unique_ptr<CURL, EasyCleanup> easy_;
};

}  // namespace tokenbroker
