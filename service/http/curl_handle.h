// A handle of curl's, with the options that many requests have alike: making one and setting them
// costs more than the rest of a small request.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

#include "http/http_client.h"
#include "http/request_url.h"

namespace tokenbroker {

// What a handle is made for. A plain value.
struct HandleOptions {
  HandleOptions(const RequestUrl& url, const HttpRequest& request);

  RequestUrl url;
  HttpMethod method;
  Repetition repetition;
  Destinations destinations;
  absl::Duration connect_timeout;
  absl::Duration timeout;
  std::string ca_file;
  size_t max_body_bytes;

  friend bool operator==(const HandleOptions& a, const HandleOptions& b);
};

// What curl asks and tells while a request is under way; none of it may call curl.
class CurlEvents {
 public:
  virtual ~CurlEvents() = default;
  // The next bytes of the body; how many there were.
  virtual size_t OnRead(char* buffer, size_t size) = 0;
  // Whether the body can begin there again.
  virtual bool OnSeek(curl_off_t offset) = 0;
  // False: no more of it is taken.
  virtual bool OnHeader(absl::string_view line) = 0;
  virtual bool OnBody(absl::string_view bytes) = 0;
  // Whether that address may be connected to.
  virtual bool MayConnectTo(const sockaddr& address) = 0;
  // A connection is there and the request is about to be written to it: for the first time, or
  // again because a reused connection died. Whether it may.
  virtual bool OnAttempt() = 0;
};

// Loop thread only. One request at a time.
class CurlHandle {
 public:
  explicit CurlHandle(HandleOptions options);
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;

  const HandleOptions& options() const { return options_; }
  CURL* easy() const { return easy_.get(); }

  // Makes it ready for a request of its options; else says why it cannot be. `events` and `headers`
  // outlive the request.
  CURLcode Begin(CurlEvents* events, curl_slist* headers, size_t body_bytes);
  // REQUIRES: it is in no multi handle.
  void End();

 private:
  struct Cleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  template <typename Value>
  void Set(CURLoption option, Value value);
  void SetConnection();
  void SetTls();
  void SetAnswer();
  void SetBody();

  static size_t OnRead(char* buffer, size_t size, size_t count, void* self);
  static int OnSeek(void* self, curl_off_t offset, int origin);
  static size_t OnHeader(char* bytes, size_t size, size_t count, void* self);
  static size_t OnBody(char* bytes, size_t size, size_t count, void* self);
  static curl_socket_t OnConnect(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnAttempt(void* self, char* remote_ip, char* local_ip, int remote_port,
                       int local_port);

  const HandleOptions options_;
  // Null between requests.
  CurlEvents* events_ = nullptr;
  CURLcode trouble_ = CURLE_OK;
  const std::unique_ptr<CURL, Cleanup> easy_;
};

// Handles for the next requests of their kind. Loop thread only.
class CurlHandles {
 public:
  // One that was given back, or a new one.
  std::unique_ptr<CurlHandle> Take(HandleOptions options);
  // REQUIRES: its request has ended, and well: what else it may remember is not looked into.
  void GiveBack(std::unique_ptr<CurlHandle> handle);
  size_t size() const { return kept_.size(); }

 private:
  // The last is taken first: it is the one that the processor's caches know.
  std::vector<std::unique_ptr<CurlHandle>> kept_;
};

}  // namespace tokenbroker
